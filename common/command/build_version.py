"""The version that tells builds apart: `0.1.0+1b2c3d4e`, the version and a digest of the code.

The version alone changes with a release only. The digest is made of the files that run, so that an
installed package and a copy without a repository have one too, and a change that is not committed
has another one. Reading them takes some milliseconds, so it is done only when the version is told.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).parents[2]
"""The folder of the packages: the checkout, or where they are installed."""
SHARED_PACKAGE = "common"
DIGITS = 8
UNKNOWN = "unknown"
"""In place of the digest, where the code can't be read as files."""


@cache
def build_version(package: str, version: str) -> str:
    """The version with the digest of a package of this code and of what it shares."""
    return f"{version}+{digest_code((ROOT / package, ROOT / SHARED_PACKAGE))}"


def digest_code(folders: Sequence[Path]) -> str:
    """Equal for folders with the same names, files and bytes; `unknown` if they can't be read."""
    import hashlib  # noqa: PLC0415 - it loads OpenSSL, which no other command needs

    digest = hashlib.sha256()
    try:
        for folder in folders:
            for path in _list_files(folder):
                data = path.read_bytes()
                name = path.relative_to(folder.parent).as_posix()
                digest.update(f"{name}\0{len(data)}\0".encode() + data)
    except OSError:
        return UNKNOWN
    return digest.hexdigest()[:DIGITS]


def _list_files(folder: Path) -> Iterator[Path]:
    """All but what Python compiles, in an order that is always the same. Raises OSError."""
    for parent, folders, names in os.walk(folder, onerror=_raise):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        yield from (Path(parent, name) for name in sorted(names))


def _raise(error: OSError) -> None:
    raise error


def version_option(program: str, version: str) -> Callable[[Any], Any]:
    """`--version` of a command; `program` is its name, and that of its package."""

    def show(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:
        if wanted and not ctx.resilient_parsing:
            click.echo(f"{program} {build_version(program, version)}")
            ctx.exit()

    return click.option(
        "--version",
        is_flag=True,
        expose_value=False,
        is_eager=True,
        callback=show,
        help="Show the version, with a digest of the code, and exit.",
    )
