"""Folders are removed whatever a function has made of them."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from twin.runtime.folder_removal import discard_folder, remove_folder

DEEPER_THAN_A_PATH = 3000


def make_deep(folder: Path, depth: int = DEEPER_THAN_A_PATH) -> None:
    """Nested folders, the last of them beyond the longest path."""
    folder.mkdir(parents=True)
    descriptor = os.open(folder, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir("nested", dir_fd=descriptor)
        inner = os.open("nested", os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = inner
    os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=descriptor))
    os.close(descriptor)


@pytest.fixture
def deep(tmp_path: Path) -> Iterator[Path]:
    """Nested folders; pytest can't remove what a failed test leaves of them."""
    make_deep(tmp_path / "top")
    yield tmp_path / "top"
    subprocess.run(["rm", "-rf", tmp_path / "top"], check=True)


def test_a_folder_deeper_than_any_path_is_removed(deep: Path) -> None:
    remove_folder(deep)

    assert not deep.exists()


def test_folders_without_permissions_are_removed(tmp_path: Path) -> None:
    (tmp_path / "top" / "one" / "two").mkdir(parents=True)
    (tmp_path / "top" / "one" / "file").touch()
    (tmp_path / "top" / "one" / "two").chmod(0)
    (tmp_path / "top" / "one").chmod(0)

    remove_folder(tmp_path / "top")

    assert list(tmp_path.iterdir()) == []


def test_links_are_removed_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file").touch()
    (tmp_path / "top" / "inner").mkdir(parents=True)
    (tmp_path / "top" / "inner" / "link").symlink_to(tmp_path / "kept")
    os.mkfifo(tmp_path / "top" / "inner" / "pipe")

    remove_folder(tmp_path / "top")

    assert list(tmp_path.iterdir()) == [tmp_path / "kept"]
    assert (tmp_path / "kept" / "file").exists()


def test_a_link_in_the_place_of_the_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "kept")

    with pytest.raises(NotADirectoryError):
        remove_folder(tmp_path / "link")


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        remove_folder(tmp_path / "nothing")


def test_a_folder_that_is_discarded_need_not_be_there(tmp_path: Path) -> None:
    (tmp_path / "old" / "deep").mkdir(parents=True)

    discard_folder(tmp_path / "old")
    discard_folder(tmp_path / "nothing")

    assert list(tmp_path.iterdir()) == []
