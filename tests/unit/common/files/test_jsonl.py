"""Files of JSON lines that a crash has cut."""

from pathlib import Path

import pytest

from common.files.jsonl import BLOCK, cut_torn_line, read_last_line, split_whole_lines


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"", b""),
        (b"{}\n", b"{}\n"),
        (b"{}\n[1,", b"{}\n"),
        (b'{"cut', b""),
        (b"{}\n" + b"x" * (2 * BLOCK + 1), b"{}\n"),
        (b"x" * (2 * BLOCK), b""),
    ],
)
def test_a_last_line_without_its_end_is_cut_off(
    tmp_path: Path, before: bytes, after: bytes
) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_bytes(before)

    cut_torn_line(path)

    assert path.read_bytes() == after


def test_a_file_that_is_not_there_is_left_alone(tmp_path: Path) -> None:
    cut_torn_line(tmp_path / "lines.jsonl")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"", []),
        (b"{}\n", [b"{}"]),
        (b"1\n2\n", [b"1", b"2"]),
        (b"1\n2", [b"1"]),
        (b"1", []),
    ],
)
def test_only_whole_lines_are_read(data: bytes, lines: list[bytes]) -> None:
    assert split_whole_lines(data) == lines


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"", None),
        (b'{"cut', None),
        (b"1\n", b"1"),
        (b"1\n2\n3", b"2"),
        (b"1\n" + b"x" * (2 * BLOCK) + b"\n", b"x" * (2 * BLOCK)),
        (b"1\n" + b"x" * (2 * BLOCK), b"1"),
    ],
)
def test_the_last_whole_line_is_read_without_the_rest(
    tmp_path: Path, data: bytes, line: bytes | None
) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_bytes(data)

    assert read_last_line(path) == line
    assert read_last_line(tmp_path / "none.jsonl") is None
