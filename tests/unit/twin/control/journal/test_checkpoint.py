"""A checkpoint is used by the program and for the journal that it was made by, or not at all."""

import shutil
from pathlib import Path

import pytest

import twin.moto
from common.files.append_log import encode_line
from twin.control.journal.checkpoint import (
    Checkpoint,
    CheckpointFile,
    describe_program,
    digest_code,
    find_born,
)
from twin.moto.state_snapshot import StateSnapshot

BORN = 1_800_000_000.0
CHECKPOINT = Checkpoint(number=7, snapshot=StateSnapshot(b"state\n", (b"zip", b"")))


def written(folder: Path) -> Path:
    path = folder / "checkpoint"
    CheckpointFile(path, BORN).write(CHECKPOINT)
    return path


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = written(tmp_path)

    assert CheckpointFile(path, BORN).read() == CHECKPOINT
    assert path.stat().st_mode & 0o777 == 0o600


def test_no_file_is_no_checkpoint(tmp_path: Path) -> None:
    assert CheckpointFile(tmp_path / "checkpoint", BORN).read() is None


def test_the_checkpoint_of_another_journal_is_not_used(tmp_path: Path) -> None:
    assert CheckpointFile(written(tmp_path), BORN + 1).read() is None


@pytest.mark.parametrize("damaged", [b"", b"{}", b"{}\n", b"\x80\x05\n."])
def test_something_else_is_not_used(tmp_path: Path, damaged: bytes) -> None:
    path = tmp_path / "checkpoint"
    path.write_bytes(damaged)

    assert CheckpointFile(path, BORN).read() is None


def test_a_checkpoint_with_a_changed_byte_is_not_used(tmp_path: Path) -> None:
    path = written(tmp_path)
    content = path.read_bytes()
    for position in range(0, len(content), 7):
        other = bytes((content[position] ^ 1,))
        path.write_bytes(content[:position] + other + content[position + 1 :])
        found = CheckpointFile(path, BORN).read()
        assert found is None, position


def test_the_checkpoint_of_another_program_is_not_used(tmp_path: Path) -> None:
    path = written(tmp_path)
    line, _, content = path.read_bytes().partition(b"\n")
    text = line[9:].replace(b"moto ", b"moto 4.")
    path.write_bytes(encode_line(text) + content)

    assert CheckpointFile(path, BORN).read() is None


def test_a_program_is_another_one_with_other_corrections_of_moto(tmp_path: Path) -> None:
    code = tmp_path / "moto"
    shutil.copytree(Path(*twin.moto.__path__), code)
    assert describe_program().endswith(digest_code(code))

    changed = code / "patches" / "determinism.py"
    changed.write_text(f"{changed.read_text()}# another version\n")

    assert not describe_program().endswith(digest_code(code))


def test_a_checkpoint_names_the_birth_of_its_journal(tmp_path: Path) -> None:
    path = written(tmp_path)
    assert find_born(path) == BORN

    path.write_bytes(b"garbage\n")
    assert find_born(path) is None
    path.unlink()
    assert find_born(path) is None
