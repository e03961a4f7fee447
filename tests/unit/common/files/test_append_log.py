"""The append-only log: appended lines are read back, a torn end is cut off, damage is an error."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.files.append_log import AppendLog, LineDamaged, decode_line, encode_line, read_lines
from tests.full_disk import file_size_limit

texts = st.binary().filter(lambda text: b"\n" not in text)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log"


def append(path: Path, *lines: bytes, sync: bool = False) -> None:
    path.touch()
    read(path)
    with AppendLog(path, sync=sync) as log:
        for line in lines:
            log.append(line)


def read(path: Path) -> list[bytes]:
    return [line.text for line in read_lines(path, cut_torn_end=True)]


def test_a_line_has_the_checksum_before_its_text() -> None:
    assert encode_line(b'{"n":1}') == b'd44b3b7e {"n":1}\n'


@pytest.mark.parametrize("sync", [False, True])
def test_lines_come_back_in_order_and_numbered(path: Path, sync: bool) -> None:
    append(path, b"one", b"two", sync=sync)
    append(path, b"three", sync=sync)

    lines = list(read_lines(path, cut_torn_end=False))

    assert [(line.number, line.text) for line in lines] == [(1, b"one"), (2, b"two"), (3, b"three")]


@given(texts, st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_a_line_is_read_back_or_known_to_be_damaged(text: bytes, place: int, flip: int) -> None:
    line = encode_line(text)
    damaged = bytearray(line)
    damaged[place % len(line)] ^= flip

    assert decode_line(line) == text
    assert decode_line(bytes(damaged)) is None


@given(st.lists(texts, min_size=1, max_size=4), st.data())
def test_a_log_that_was_cut_anywhere_keeps_every_whole_line(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("log") / "log"
    encoded = [encode_line(line) for line in lines]
    whole = b"".join(encoded)
    cut = data.draw(st.integers(0, len(whole)))
    path.write_bytes(whole[:cut])

    kept = [line for i, line in enumerate(lines) if len(b"".join(encoded[: i + 1])) <= cut]

    assert read(path) == kept
    append(path, b"after")
    assert read(path) == [*kept, b"after"]


def test_a_torn_end_is_reported_and_cut_off_the_file(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    append(path, b"one", b"two")
    os.truncate(path, path.stat().st_size - 2)

    assert read(path) == [b"one"]
    assert f"{path}: line 2 is torn; cut off at byte 13" in caplog.text
    assert path.read_bytes() == encode_line(b"one")


def test_a_torn_end_is_damage_in_a_file_that_was_finished(path: Path) -> None:
    append(path, b"one", b"two")
    os.truncate(path, path.stat().st_size - 2)

    with pytest.raises(LineDamaged, match=r"line 2 \(byte 13\): its checksum is wrong"):
        list(read_lines(path, cut_torn_end=False))


def test_damage_before_the_last_line_is_an_error_and_changes_nothing(path: Path) -> None:
    append(path, b"one", b"two", b"three")
    raw = bytearray(path.read_bytes())
    raw[14] ^= 1
    path.write_bytes(raw)

    with pytest.raises(LineDamaged) as caught:
        read(path)

    assert (caught.value.path, caught.value.number, caught.value.offset) == (path, 2, 13)
    assert path.read_bytes() == raw


def test_a_line_that_can_not_be_written_whole_is_taken_back(path: Path) -> None:
    with AppendLog(path) as log:
        log.append(b"one")
        with file_size_limit(20), pytest.raises(OSError, match="File too large"):
            log.append(b"two is too long")
        log.append(b"three")

        assert log.size == path.stat().st_size
    assert read(path) == [b"one", b"three"]


def test_a_log_that_can_not_be_repaired_takes_nothing_more(path: Path) -> None:
    log = AppendLog(path)
    log.append(b"one")
    log.close()

    with pytest.raises(OSError, match="Bad file descriptor"):
        log.append(b"two")
    with pytest.raises(OSError, match="could not be repaired"):
        log.append(b"three")
