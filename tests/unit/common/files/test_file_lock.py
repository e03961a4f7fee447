"""Locks between processes; two open files of one process exclude each other as two processes do."""

import os
import threading
from pathlib import Path

import pytest

from common.files.file_lock import FileLock, is_locked, try_lock


def test_a_held_lock_is_not_given_to_another(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    held = FileLock.try_acquire(path)

    assert held is not None
    assert FileLock.try_acquire(path) is None
    held.close()
    again = FileLock.try_acquire(path)
    assert again is not None
    again.close()


def test_who_waits_says_so_and_gets_the_lock_when_it_is_released(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    waiting, acquired = threading.Event(), threading.Event()

    def wait() -> None:
        with FileLock.acquire(path, on_wait=waiting.set):
            acquired.set()

    with FileLock.acquire(path):
        other = threading.Thread(target=wait)
        other.start()
        assert waiting.wait(10)
        assert not acquired.is_set()
    other.join(10)

    assert acquired.is_set()


def test_nobody_is_told_to_wait_for_a_free_lock(tmp_path: Path) -> None:
    told: list[str] = []

    with FileLock.acquire(tmp_path / "lock", on_wait=lambda: told.append("waiting")):
        pass

    assert told == []


def test_a_lock_file_keeps_its_content(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.write_text("content")

    with FileLock.acquire(path):
        assert path.read_text() == "content"


def test_whether_a_file_is_locked_can_be_asked_without_locking_it(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.touch()
    descriptor = os.open(path, os.O_WRONLY)

    assert not is_locked(path)
    assert try_lock(descriptor)
    assert is_locked(path)
    os.close(descriptor)
    assert not is_locked(path)


def test_a_file_that_is_not_there_is_not_locked(tmp_path: Path) -> None:
    assert not is_locked(tmp_path / "nothing")
    assert list(tmp_path.iterdir()) == []


def test_a_lock_on_a_file_that_was_deleted_meanwhile_does_not_count(tmp_path: Path) -> None:
    """Else two processes could hold the lock of one name."""
    path = tmp_path / "lock"
    waiting = threading.Event()
    acquired: list[FileLock] = []
    with FileLock.acquire(path):
        other = threading.Thread(
            target=lambda: acquired.append(FileLock.acquire(path, on_wait=waiting.set))
        )
        other.start()
        assert waiting.wait(10)
        path.unlink()
    other.join(10)

    assert path.exists()
    assert FileLock.try_acquire(path) is None
    acquired[0].close()


def test_a_lock_file_is_no_link(tmp_path: Path) -> None:
    (tmp_path / "lock").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(OSError, match="symbolic links"):
        FileLock.try_acquire(tmp_path / "lock")
    assert not (tmp_path / "elsewhere").exists()
