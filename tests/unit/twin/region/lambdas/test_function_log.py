"""A function's log and its lines."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.full_disk import file_size_limit
from twin.region.lambdas.function_log import (
    KEPT_BYTES,
    LOG_LIMIT_BYTES,
    FunctionLog,
    ProcessOutput,
    format_end_lines,
    format_start_line,
)


@pytest.fixture
def output() -> Iterator[ProcessOutput]:
    output = ProcessOutput()
    yield output
    output.close()


def test_a_log_is_created_with_its_folder_and_grows(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "lambda.log"
    log = FunctionLog(path)

    log.append(b"")
    assert not path.exists()
    log.append(b"one\n")
    log.close()
    log.append(b"two\n")
    log.close()

    assert path.read_text() == "one\ntwo\n"


def test_the_size_of_a_log_is_limited(tmp_path: Path) -> None:
    path = tmp_path / "lambda.log"
    log = FunctionLog(path)

    log.append(b"x" * LOG_LIMIT_BYTES + b"\n")
    log.append(b"second\n")
    log.append(b"third\n")
    log.close()

    assert path.read_text() == "second\nthird\n"
    assert (tmp_path / "lambda.log.1").read_text().endswith("xxx\n")


def test_an_error_of_the_log_is_not_raised(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()

    FunctionLog(tmp_path / "file" / "lambda.log").append(b"lost\n")

    assert "up to 5 bytes are lost" in caplog.text


def test_a_fifo_in_place_of_a_log_keeps_nobody_waiting(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    os.mkfifo(tmp_path / "lambda.log")

    FunctionLog(tmp_path / "lambda.log").append(b"lost\n")

    assert "up to 5 bytes are lost" in caplog.text


def test_lines_that_fit_on_the_disk_in_part_are_reported(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    log = FunctionLog(tmp_path / "lambda.log")
    with file_size_limit(10):
        log.append(b"twelve bytes")
    log.append(b"later")
    log.close()

    assert "up to 12 bytes are lost: [Errno 27] File too large" in caplog.text
    assert (tmp_path / "lambda.log").read_bytes() == b"twelve bytlater"


def test_output_is_taken_once_and_in_order(output: ProcessOutput) -> None:
    os.write(output.descriptor, b"one\n")
    first = output.take()
    os.write(output.descriptor, b"two\n")

    assert (first, output.take(), output.take()) == (b"one\n", b"two\n", b"")


def test_output_that_never_pauses_does_not_keep_its_memory() -> None:
    block = b"x" * 999_999 + b"\n"

    def read_while_it_writes(descriptor: int, size: int, start: int) -> bytes:
        text = os.pread(descriptor, size, start)
        os.write(descriptor, block)
        return text

    output = ProcessOutput(read_while_it_writes)
    os.write(output.descriptor, block * 10)
    for _ in range(5):
        output.limit_memory()
        os.write(output.descriptor, block * 10)
    output.limit_memory()
    kept = os.fstat(output.descriptor).st_blocks * 512
    taken = output.take()
    output.close()

    assert kept < 2 * len(block)
    assert taken.startswith(b"[")
    assert taken.endswith(b"x\n")
    assert b"\0" not in taken


def test_carriage_returns_in_an_error_become_line_breaks(output: ProcessOutput) -> None:
    os.write(output.descriptor, b"[ERROR] KeyError\rTraceback\n")

    assert output.take() == b"[ERROR] KeyError\nTraceback\n"


def test_taken_output_frees_its_memory(output: ProcessOutput) -> None:
    os.write(output.descriptor, b"x" * 1_500_000)
    output.take()

    size = os.fstat(output.descriptor).st_size
    os.write(output.descriptor, b"after\n")

    assert size == 0
    assert output.take() == b"after\n"


def test_a_process_that_cuts_its_output_off_loses_no_later_output(output: ProcessOutput) -> None:
    os.write(output.descriptor, b"a long line\n")
    output.take()

    os.ftruncate(output.descriptor, 0)
    os.write(output.descriptor, b"short\n")

    assert output.take() == b"short\n"


def test_a_process_that_makes_its_output_huge_costs_no_memory(output: ProcessOutput) -> None:
    os.ftruncate(output.descriptor, 1 << 42)
    os.write(output.descriptor, b"end\n")

    taken = output.take()

    assert len(taken) < KEPT_BYTES + 100
    assert taken.endswith(b"\0end\n")


def test_output_that_nobody_takes_has_a_bounded_size(output: ProcessOutput) -> None:
    for _ in range(5):
        os.write(output.descriptor, b"x" * KEPT_BYTES + b"last\n")
        output.limit_memory()

    in_file = os.fstat(output.descriptor).st_size
    taken = output.take()

    assert in_file == 0
    assert taken.startswith(b"[%d bytes are left out]\nx" % (4 * KEPT_BYTES + 25))
    assert taken.endswith(b"xlast\n")
    assert output.take() == b""


def test_start_end_and_report_are_lambdas_lines() -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html"""
    end = format_end_lines("id", duration_ms=12.345, memory_mb=128, used_mb=50, init_ms=None)
    first = format_end_lines("id", duration_ms=1.0, memory_mb=128, used_mb=50, init_ms=222.2)

    assert format_start_line("id", "$LATEST") == b"START RequestId: id Version: $LATEST\n"
    assert end == (
        b"END RequestId: id\nREPORT RequestId: id\tDuration: 12.35 ms\tBilled Duration: 13 ms"
        b"\tMemory Size: 128 MB\tMax Memory Used: 50 MB\n"
    )
    assert first.endswith(b"\tInit Duration: 222.20 ms\n")
