"""Code to zip bytes."""

import io
import os
import zipfile
from pathlib import Path

import pytest

from twin.provider.archive import zip_bytes
from twin.provider.errors import ArchiveError
from twin.provider.values import Archive, Asset


def names(packed: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(packed)) as opened:
        return {name: opened.read(name).decode() for name in opened.namelist()}


def folder(root: Path, **files: str) -> Archive:
    for name, text in files.items():
        path = root / "code" / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Archive(path="code")


def test_a_folder_is_packed_with_paths_from_its_root(tmp_path: Path) -> None:
    archive = folder(tmp_path, main="1", sub__inner="2")

    assert names(zip_bytes(archive, tmp_path)) == {"main": "1", "sub/inner": "2"}


def test_equal_files_give_equal_bytes_whenever_they_were_written(tmp_path: Path) -> None:
    archive = folder(tmp_path, b="1", a="2")
    first = zip_bytes(archive, tmp_path)

    os.utime(tmp_path / "code" / "a", (0, 0))
    (tmp_path / "code" / "a").chmod(0o600)

    assert zip_bytes(archive, tmp_path) == first


def test_given_entries_and_a_folder_of_them_are_the_same(tmp_path: Path) -> None:
    archive = folder(tmp_path, a="1", b="2")
    given = Archive(assets={"b": Asset(text="2"), "a": Asset(path="code/a")})

    assert zip_bytes(given, tmp_path) == zip_bytes(archive, tmp_path)


def test_the_order_of_entries_does_not_matter(tmp_path: Path) -> None:
    one = Archive(assets={"a": Asset(text="1"), "b": Asset(text="2")})
    other = Archive(assets={"b": Asset(text="2"), "a": Asset(text="1")})

    assert zip_bytes(one, tmp_path) == zip_bytes(other, tmp_path)


def test_archives_nest_as_folders_and_zips(tmp_path: Path) -> None:
    inner = folder(tmp_path, a="1")
    (tmp_path / "lib.zip").write_bytes(zip_bytes(inner, tmp_path))
    outer = Archive(assets={"x": inner, "y": Archive(path="lib.zip"), "z": Asset(text="3")})

    assert names(zip_bytes(outer, tmp_path)) == {"x/a": "1", "y/a": "1", "z": "3"}


def test_a_zip_goes_as_it_is(tmp_path: Path) -> None:
    packed = zip_bytes(folder(tmp_path, a="1"), tmp_path)
    (tmp_path / "ready.zip").write_bytes(packed)

    assert zip_bytes(Archive(path="ready.zip"), tmp_path) == packed


def test_compiled_files_stay_out(tmp_path: Path) -> None:
    archive = folder(tmp_path, a="1", __pycache____a="x")
    (tmp_path / "code" / "__pycache__").mkdir(exist_ok=True)
    (tmp_path / "code" / "__pycache__" / "a.pyc").write_text("x")

    assert "__pycache__" not in str(names(zip_bytes(archive, tmp_path)))


@pytest.mark.parametrize(
    ("archive", "reason"),
    [
        (Archive(path="nowhere"), "neither a folder nor a zip"),
        (Archive(assets={}), "no files"),
        (Archive(assets={"a": Asset(path="gone.py")}), "gone.py: No such file"),
        (Archive(assets={"a": Asset(uri="https://example.com/a")}), "this machine"),
        (Archive(uri="https://example.com/a.zip"), "this machine"),
    ],
)
def test_the_error_names_an_archive_that_can_t_be_packed(
    archive: Archive, reason: str, tmp_path: Path
) -> None:
    with pytest.raises(ArchiveError, match=reason):
        zip_bytes(archive, tmp_path)


def make_zip(*, flags: int = 0, method: int = 0) -> bytes:
    """A zip of one file whose headers say that it is encrypted, or compressed in some way."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        packed.writestr("a.py", "x")
    content = bytearray(buffer.getvalue())
    entry = content.index(b"PK\x01\x02")
    content[6] = content[entry + 8] = flags
    content[8] = content[entry + 10] = method
    return bytes(content)


@pytest.mark.parametrize("content", [b"no zip", make_zip(flags=1), make_zip(method=99)])
def test_a_zip_inside_that_can_not_be_read_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "lib.zip").write_bytes(content)

    with pytest.raises(ArchiveError, match=r"lib\.zip"):
        zip_bytes(Archive(assets={"x": Archive(path="lib.zip")}), tmp_path)


def test_a_file_whose_name_is_no_unicode_is_named(tmp_path: Path) -> None:
    archive = folder(tmp_path, main="1")
    Path(tmp_path, "code", os.fsdecode(b"\xff.py")).touch()

    with pytest.raises(ArchiveError, match=r"\\udcff\.py.*rename it"):
        zip_bytes(archive, tmp_path)
