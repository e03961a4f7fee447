"""What is no file is told at once, instead of being opened."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from common.files.regular_file import (
    MAX_DOCUMENT_BYTES,
    FileTooLarge,
    find_excess,
    find_other_kind,
    read_regular_file,
)


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))


KINDS: tuple[tuple[Callable[[Path], object], str], ...] = (
    (Path.mkdir, "a folder"),
    (os.mkfifo, "a FIFO"),
    (make_socket, "a socket"),
    (lambda path: path.symlink_to("nowhere"), "a link that leads nowhere"),
    (lambda path: path.symlink_to(path.name), "a link that leads nowhere"),
    (lambda path: path.symlink_to("/dev/null"), "a device"),
)


@pytest.mark.parametrize(("make", "kind"), KINDS)
def test_another_kind_is_named_and_not_opened(
    tmp_path: Path, make: Callable[[Path], object], kind: str
) -> None:
    path = tmp_path / "x"
    make(path)

    assert find_other_kind(path) == kind
    with pytest.raises(OSError, match=f"it is {kind}, not a file") as caught:
        read_regular_file(path)
    assert caught.value.filename == str(path)


def test_a_file_is_read_and_so_is_a_link_to_one(tmp_path: Path) -> None:
    path, link = tmp_path / "file", tmp_path / "link"
    path.write_bytes(b"content")
    link.symlink_to(path)

    assert [read_regular_file(each) for each in (path, link)] == [b"content", b"content"]
    assert find_other_kind(link) is None


def test_a_missing_file_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_regular_file(tmp_path / "x")


def test_a_file_that_is_too_large_is_named_and_not_read(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.touch()
    os.truncate(path, MAX_DOCUMENT_BYTES + 1)

    with pytest.raises(FileTooLarge, match="a file of 67108865 bytes, where at most 67108864"):
        read_regular_file(path)
    assert find_excess(path) == "a file of 67108865 bytes, where at most 67108864 are read"
    assert find_excess(path, MAX_DOCUMENT_BYTES + 1) is None


def test_a_file_of_the_largest_size_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"1234")

    assert read_regular_file(path, max_bytes=4) == b"1234"
    with pytest.raises(FileTooLarge):
        read_regular_file(path, max_bytes=3)
