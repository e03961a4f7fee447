"""Files of JSON lines, appended to by one process after the other.

A crash may leave a last line without its end. It can't be read, and a line appended to it would be
lost with it: a reader leaves it out, and a writer cuts it off before it appends.
"""

import os
from pathlib import Path

BLOCK = 64 * 1024


def split_whole_lines(data: bytes) -> list[bytes]:
    """The lines of a file, without their line breaks; a last line that has none is left out."""
    return data[: data.rfind(b"\n") + 1].splitlines()


def read_last_line(path: Path) -> bytes | None:
    """The last whole line, without its line break; None without one. Raises OSError."""
    try:
        with path.open("rb") as file:
            end, size = file.seek(0, os.SEEK_END), BLOCK
            while True:
                start = max(0, end - size)
                file.seek(start)
                lines = split_whole_lines(file.read(end - start))
                if start == 0 or len(lines) > 1:  # the first of several may be the end of a line
                    return lines[-1] if lines else None
                size *= 2
    except FileNotFoundError:
        return None


def cut_torn_line(path: Path) -> None:
    """Cut off a last line without its end, if the file is there. Raises OSError."""
    if not path.is_file():
        return
    with path.open("r+b") as file:
        end = whole = file.seek(0, os.SEEK_END)
        while whole:
            start = max(0, whole - BLOCK)
            file.seek(start)
            at = file.read(whole - start).rfind(b"\n")
            whole = start + at + 1
            if at >= 0:
                break
        if whole < end:
            file.truncate(whole)
