"""Damaged lines leave their file and stay beside it; everything else stays where it was."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.files.append_log import encode_line, read_lines
from twin.runtime.damaged_state import (
    SUFFIX,
    find_damaged,
    keep_damaged,
    list_state_files,
    set_damaged_lines_aside,
    set_other_kinds_aside,
)

LINES = [encode_line(text) for text in (b"one", b"two", b"three", b"four")]


@given(
    st.sets(st.integers(0, 2)),
    st.binary(min_size=1, max_size=20).map(lambda damage: damage.replace(b"\n", b"?")),
)
def test_whole_lines_stay_and_damaged_ones_are_kept(
    tmp_path_factory: pytest.TempPathFactory, places: set[int], damage: bytes
) -> None:
    path = tmp_path_factory.mktemp("log") / "log"
    path.write_bytes(b"".join(damage + LINES[n] if n in places else LINES[n] for n in range(4)))

    kept = set_damaged_lines_aside(path)

    assert path.read_bytes() == b"".join(LINES[n] for n in range(4) if n not in places)
    if kept is None:
        assert not places
    else:
        assert kept.read_bytes() == b"".join(damage + LINES[n] for n in sorted(places))
        assert find_damaged(path.parent) == (kept,)


def test_a_torn_end_is_left_to_the_reader(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"".join((LINES[0], b"x\n", LINES[1], LINES[2][:-3])))

    kept = set_damaged_lines_aside(path)

    assert kept is not None
    assert kept.read_bytes() == b"x\n"
    assert [line.text for line in read_lines(path, cut_torn_end=True)] == [b"one", b"two"]


def test_a_torn_end_of_a_finished_file_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(LINES[0] + LINES[1][:-3])

    kept = set_damaged_lines_aside(path, torn_end_is_damage=True)

    assert kept is not None
    assert path.read_bytes() == LINES[0]


def test_an_undamaged_file_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"".join(LINES))
    before = path.stat()

    assert set_damaged_lines_aside(path) is None
    assert path.stat().st_ino == before.st_ino
    path.write_bytes(b"")
    assert set_damaged_lines_aside(path, torn_end_is_damage=True) is None


def test_each_damage_has_a_file_of_its_own_that_only_its_user_reads(tmp_path: Path) -> None:
    kept = [keep_damaged(tmp_path / "log", text) for text in (b"a", b"b")]

    assert [path.name for path in kept] == ["log.damaged-1", "log.damaged-2"]
    assert [path.read_bytes() for path in kept] == [b"a", b"b"]
    assert {path.stat().st_mode & 0o777 for path in kept} == {0o600}
    assert find_damaged(tmp_path) == tuple(kept)


def test_what_functions_have_written_is_not_looked_at(tmp_path: Path) -> None:
    region = tmp_path / "regions" / "eu-central-1"
    for folder in ("tables", "tmp", "tmp-4f2a", "code"):
        (region / folder).mkdir(parents=True)
        (region / folder / f"log{SUFFIX}1").touch()

    assert find_damaged(tmp_path) == (region / "tables" / f"log{SUFFIX}1",)


def test_what_is_no_file_gets_another_name_and_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    control, tables = tmp_path / "control", tmp_path / "regions" / "eu-central-1" / "tables"
    control.mkdir()
    tables.mkdir(parents=True)
    (tmp_path / "settings.json").write_text("{}")
    os.mkfifo(tables / "log-00000001")
    (control / "journal").mkdir()
    (control / "journal" / "x.json").mkdir()
    (control / "checkpoint").symlink_to("nowhere")
    (control / "checkpoint.damaged-1").touch()

    set_other_kinds_aside(tmp_path)
    set_other_kinds_aside(tmp_path)

    assert find_damaged(tmp_path) == (
        control / "checkpoint.damaged-1",
        control / "checkpoint.damaged-2",
        control / "journal.damaged-1",
        tables / "log-00000001.damaged-1",
    )
    assert set(list_state_files(tmp_path)) >= {tmp_path / "settings.json"}
    assert (control / "journal.damaged-1" / "x.json").is_dir()
    assert "log-00000001 was a FIFO, not a file, and counts as lost" in caplog.text
    assert len(caplog.records) == 3


def test_a_document_of_gigabytes_gets_another_name_and_a_log_stays(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    document, log = tmp_path / "topology.json", tmp_path / "log-00000001"
    for path in (document, log):
        path.touch()
        os.truncate(path, 3 << 30)

    set_other_kinds_aside(tmp_path)

    assert find_damaged(tmp_path) == (tmp_path / "topology.json.damaged-1",)
    assert log.exists()
    assert "topology.json was a file of 3221225472 bytes, where at most" in caplog.text
