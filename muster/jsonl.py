"""Files of JSON lines that several processes append to, one after the other.

Decides what becomes of a last line that a crash has cut: nobody can read it, and what is appended
to it would be lost with it. So it is taken away first.
"""

import os
from pathlib import Path

BLOCK = 64 * 1024


def cut_torn_line(path: Path) -> None:
    """Cut off a last line without its end; nothing if there is no such file. Raises OSError."""
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
