"""Packs FileArchive and AssetArchive into zip bytes, the same bytes for the same files.

Entries are sorted, times and permissions fixed. So equal code has an equal hash, and Lambda sees no
change where there is none. Remote archives are an error.
"""

import io
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from twin.provider.errors import ArchiveError
from twin.provider.values import Archive, Asset

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time in a zip
_READABLE = 0o644 << 16
_SKIPPED = "__pycache__"
_UNREADABLE = (OSError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError)
"""What zipfile raises for a zip that is damaged, encrypted, or compressed in a way it lacks."""


def zip_bytes(archive: Archive, root: Path) -> bytes:
    """Pack the archive; paths are relative to `root`. Raises ArchiveError.

    The path of a zip file returns its bytes unchanged.
    """
    if archive.path is not None and (root / archive.path).is_file():
        return _read(root / archive.path)
    entries = dict(_entries(archive, root, ""))
    if not entries:
        raise ArchiveError(f"{_name(archive)}: there are no files in it")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in sorted(entries):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.external_attr = _READABLE
            info.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(info, entries[name])
    return buffer.getvalue()


def _entries(node: Asset | Archive, root: Path, name: str) -> Iterator[tuple[str, bytes]]:
    if isinstance(node, Asset):
        yield name, _content(node, root)
    elif node.assets is not None:
        for key, inner in node.assets.items():
            yield from _entries(inner, root, f"{name}/{key}" if name else key)
    elif node.path is not None and (root / node.path).is_file():
        yield from _unpacked(root / node.path, name)
    elif node.path is not None:
        yield from _folder(root / node.path, name)
    else:
        raise ArchiveError(f"{_name(node)}: only files of this machine can be packed")


def _folder(folder: Path, name: str) -> Iterator[tuple[str, bytes]]:
    if not folder.is_dir():
        raise ArchiveError(f"{folder}: neither a folder nor a zip; the program names it as code")
    for path in folder.rglob("*"):
        if path.is_file() and _SKIPPED not in path.parts:
            inner = path.relative_to(folder).as_posix()
            if not _is_unicode(inner):
                raise ArchiveError(f"{path!a}: a file's name in a zip is in UTF-8; rename it")
            yield (f"{name}/{inner}" if name else inner), _read(path)


def _is_unicode(name: str) -> bool:
    """False for a name that the file system has in other bytes than UTF-8."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _unpacked(path: Path, name: str) -> Iterator[tuple[str, bytes]]:
    """A zip inside an archive is unpacked, as if it were a folder."""
    try:
        with zipfile.ZipFile(path) as packed:
            for inner in packed.namelist():
                if not inner.endswith("/"):
                    yield (f"{name}/{inner}" if name else inner), packed.read(inner)
    except _UNREADABLE as exc:
        raise ArchiveError(f"{path}: {exc}") from exc


def _content(asset: Asset, root: Path) -> bytes:
    if asset.text is not None:
        return asset.text.encode()
    if asset.path is not None:
        return _read(root / asset.path)
    raise ArchiveError(f"{_name(asset)}: only text and files of this machine can be packed")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as exc:
        raise ArchiveError(f"{path}: {exc.strerror or exc}") from exc


def _name(node: Asset | Archive) -> str:
    return node.path or node.uri or (f"asset {node.hash[:12]}" if node.hash else "archive")
