"""Zips that Lambda refuses: none, empty, damaged, too large."""

import io
import zipfile

import pytest

from tests.lambda_function import make_zip
from twin.core.lambda_.code_archives import MAX_FILES, MAX_UNZIPPED_BYTES, find_archive_problem

COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)


def compressed(method: int) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr("app.py", "def handler(event, context): return {}\n" * 100)
        archive.writestr("data.bin", bytes(range(256)) * 50)
    return file.getvalue()


@pytest.mark.parametrize("method", COMPRESSIONS)
def test_a_whole_zip_has_no_problem(method: int) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html"""
    assert find_archive_problem(compressed(method)) is None


@pytest.mark.parametrize("code", [b"", b"no zip", make_zip()[:-30]])
def test_code_that_can_not_be_unzipped_is_refused(code: bytes) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html"""
    assert (find_archive_problem(code) or "").startswith("Could not unzip uploaded file")


@pytest.mark.parametrize("method", COMPRESSIONS)
@pytest.mark.parametrize("place", [0, 45, 60, 90])
def test_a_zip_with_a_damaged_member_is_refused(method: int, place: int) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html"""
    code = bytearray(compressed(method))
    code[place] ^= 0xFF

    assert (find_archive_problem(bytes(code)) or "").startswith("Could not unzip uploaded file")


def test_a_zip_with_a_password_is_refused() -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html"""
    code = bytearray(make_zip())
    for flag in (6, code.index(b"PK\x01\x02") + 8):
        code[flag] |= 1

    assert (find_archive_problem(bytes(code)) or "").startswith("Could not unzip uploaded file")


def test_an_empty_zip_is_refused() -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html"""
    file = io.BytesIO()
    zipfile.ZipFile(file, "w").close()

    assert find_archive_problem(file.getvalue()) == "Uploaded file must be a non-empty zip"


def test_code_that_fills_the_disk_when_it_is_unzipped_is_refused() -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("index.py", "")
        archive.writestr("zeros", "")
        archive.infolist()[1].file_size = MAX_UNZIPPED_BYTES

    problem = find_archive_problem(packed.getvalue())

    assert problem == "Unzipped size must be smaller than 262144000 bytes"


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    "names",
    [
        ("link", "link/x"),
        ("link/x", "link"),
        ("link", "link/"),
        ("a/link", "./a//link/../x/y", "a/link/x"),
        ("..",),
        ("n" * 256,),
        ("ü" * 128,),
        ("/".join(["deep"] * 700),),
    ],
)
def test_a_zip_of_paths_that_can_not_be_created_is_refused(names: tuple[str, ...]) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html"""
    assert (find_archive_problem(zip_of(*names)) or "").startswith("Could not unzip uploaded file")


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    "names", [("a/", "a/b", "a/"), ("a", "a"), ("a/../b", "b"), ("/a/b", "a/c"), ("../",)]
)
def test_a_zip_may_name_a_folder_or_a_file_twice(names: tuple[str, ...]) -> None:
    """The last member of a name counts, as unzip does it."""
    assert find_archive_problem(zip_of(*names)) is None


def zip_of(*names: str) -> bytes:
    """Members without content."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), b"")
    return packed.getvalue()


def test_a_zip_of_too_many_folders_is_refused() -> None:
    names = (f"{number}/" + "f/" * 600 for number in range(100))

    problem = find_archive_problem(zip_of(*names))

    assert problem == "The twin unzips up to 50000 files and folders"


def test_a_zip_of_too_many_files_is_refused() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number in range(MAX_FILES + 1):
            archive.writestr(zipfile.ZipInfo(f"{number}"), b"")

    assert (find_archive_problem(packed.getvalue()) or "").startswith("The twin unzips up to 50000")
