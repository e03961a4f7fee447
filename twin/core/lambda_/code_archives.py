"""The zips that functions are deployed as: their limits, and whether they are whole.

zipfile extracts no more of a member than the size that the member declares.
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterable

MAX_UNZIPPED_BYTES = 262_144_000
MAX_FILES = 50_000
"""A limit of the twin, of folders too: so many files take seconds to unpack."""
MAX_NAME_BYTES = 255
MAX_PATH_BYTES = 3000
"""What Linux can create below the folder of the code: a name, and all names of a path."""
ERRORS_OF_DAMAGED_ARCHIVES = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
)
"""zipfile checks little of what it reads: damage shows itself wherever it is used."""


def find_archive_problem(archive: bytes) -> str | None:
    """Why Lambda would refuse the zip, in its words; None for a good one.

    Every member is unzipped to see that it is whole, which may take seconds.
    https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html
    """
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            return (
                find_size_problem(opened)
                or _find_path_problem(opened.infolist())
                or (_DAMAGED if opened.testzip() else None)
            )
    except ERRORS_OF_DAMAGED_ARCHIVES:
        return _DAMAGED


_DAMAGED = "Could not unzip uploaded file. Please check your file, then try to upload again."


def find_size_problem(archive: zipfile.ZipFile) -> str | None:
    """Why a zip is too large, or empty; None for a good one."""
    members = archive.infolist()
    if not members:
        return "Uploaded file must be a non-empty zip"
    if sum(member.file_size for member in members) >= MAX_UNZIPPED_BYTES:
        return f"Unzipped size must be smaller than {MAX_UNZIPPED_BYTES} bytes"
    if len(members) > MAX_FILES:
        return f"The twin unzips up to {MAX_FILES} files, not {len(members)}"
    return None


_Folder = dict[str, "_Folder | None"]
"""Name -> the folder with this name, None for a file."""


def _find_path_problem(members: Iterable[zipfile.ZipInfo]) -> str | None:
    """Why the members can't be created side by side; None if they can."""
    root: _Folder = {}
    created = 0
    for member in members:
        # As zipfile does when it extracts: no path leads out of the folder.
        names = [name for name in member.filename.split("/") if name not in ("", ".", "..")]
        if not _can_be_created(names):
            return _DAMAGED
        folders, files = (names, []) if member.is_dir() else (names[:-1], names[-1:] or [""])
        folder = root
        for name in folders:
            created += name not in folder
            inner = folder.setdefault(name, {})
            if inner is None:
                return _DAMAGED
            folder = inner
        for name in files:
            created += name not in folder
            if not name or folder.setdefault(name, None) is not None:
                return _DAMAGED
        if created > MAX_FILES:
            return f"The twin unzips up to {MAX_FILES} files and folders"
    return None


def _can_be_created(names: Iterable[str]) -> bool:
    sizes = [len(name.encode()) for name in names]
    return max(sizes, default=0) <= MAX_NAME_BYTES and sum(sizes) + len(sizes) <= MAX_PATH_BYTES
