"""Replacing a file in one step."""

import os
import stat
from pathlib import Path

import pytest

from common.files.atomic_file import remove_abandoned_drafts, sync_folder, write_atomically


@pytest.mark.parametrize("content", ["text \N{SNOWMAN}", "text \N{SNOWMAN}".encode()])
def test_a_file_is_replaced_and_nothing_else_is_left(tmp_path: Path, content: str | bytes) -> None:
    path = tmp_path / "file.json"
    path.write_text("old")

    write_atomically(path, content)

    assert path.read_text() == "text \N{SNOWMAN}"
    assert list(tmp_path.iterdir()) == [path]


def test_a_reader_that_has_the_file_open_keeps_the_old_content(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    with path.open() as reader:
        write_atomically(path, "new")

        assert reader.read() == "old"


def test_the_content_is_synced_before_the_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    content_at_sync: list[str] = []

    write_atomically(path, "new", sync=lambda _: content_at_sync.append(path.read_text()))

    assert content_at_sync == ["old"]
    assert path.read_text() == "new"


def test_a_full_disk_leaves_the_old_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left") as caught:
        write_atomically(path, "new", sync=fail)

    assert caught.value.filename == str(path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_mode_is_set_on_the_new_file(tmp_path: Path) -> None:
    path = tmp_path / "program"

    write_atomically(path, "#!/bin/sh\n", mode=0o755)

    assert stat.S_IMODE(path.stat().st_mode) == 0o755


def test_the_draft_has_no_more_rights_than_the_file(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    modes: list[int] = []
    umask = os.umask(0)
    try:
        write_atomically(
            path, "secret", mode=0o600, sync=lambda fd: modes.append(os.fstat(fd).st_mode & 0o777)
        )
    finally:
        os.umask(umask)

    assert modes == [0o600]


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_atomically(tmp_path / "nowhere" / "file", "new")


def test_a_folder_can_be_synced(tmp_path: Path) -> None:
    sync_folder(tmp_path)


def test_drafts_of_killed_processes_are_removed(tmp_path: Path) -> None:
    (tmp_path / "within").mkdir()
    abandoned = tmp_path / "within" / ".state.json.4194305.new"  # beyond the largest process id
    in_hand = tmp_path / f".state.json.{os.getpid()}.new"
    others = (tmp_path / ".hidden.new", tmp_path / "state.json")
    for path in (abandoned, in_hand, *others):
        path.touch()

    remove_abandoned_drafts(tmp_path.rglob("*"))

    assert {p for p in tmp_path.rglob("*") if p.is_file()} == {in_hand, *others}
