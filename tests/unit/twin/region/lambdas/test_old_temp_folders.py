"""A Region does not wait for the removal of what its functions have left."""

import threading
from pathlib import Path

from twin.region.lambdas.old_temp_folders import discard_old_temp_folders

WITHIN_S = 15.0


def test_the_folder_is_free_at_once_and_removed_beside_the_work(tmp_path: Path) -> None:
    temp_folder = tmp_path / "tmp"
    (temp_folder / "environment").mkdir(parents=True)
    may_remove = threading.Event()
    removed: list[Path] = []

    def discard(folder: Path) -> None:
        may_remove.wait(WITHIN_S)
        removed.append(folder)

    thread = discard_old_temp_folders(temp_folder, discard)
    temp_folder.mkdir()  # as the Region's functions do
    assert removed == []
    may_remove.set()
    thread.join(WITHIN_S)

    assert thread.daemon
    assert [(folder / "environment").exists() for folder in removed] == [True]
    assert temp_folder.exists()


def test_what_an_earlier_start_has_left_is_removed(tmp_path: Path) -> None:
    (tmp_path / "tmp-1" / "environment").mkdir(parents=True)
    (tmp_path / "tables").mkdir()

    discard_old_temp_folders(tmp_path / "tmp").join(WITHIN_S)

    assert [path.name for path in tmp_path.iterdir()] == ["tables"]
