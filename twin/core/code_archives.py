"""The zips that functions are deployed as: their limits, and whether they are whole.

zipfile extracts no more of a member than the size that the member declares.
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

import io
import lzma
import struct
import zipfile
import zlib

MAX_UNZIPPED_BYTES = 262_144_000
MAX_FILES = 50_000
"""A limit of the twin: so many files take seconds to unpack."""
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
            return find_size_problem(opened) or (_DAMAGED if opened.testzip() else None)
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
