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
