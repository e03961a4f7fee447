"""The functions' code on disk: each deployed zip unpacked once, by its content.

An unpacked folder is complete or absent: it gets its name only when everything is in it. What
is no longer wanted is removed. Who runs the code is not known here.
"""

import asyncio
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Collection
from pathlib import Path

from twin.region.lambdas.invocation import CodeUnusable
from twin.runtime.instance import Instance


class CodeStore:
    """Unpacked code of one Region."""

    def __init__(self, instance: Instance, region: str) -> None:
        """Reads zips of the instance, writes into the Region's own folder."""
        self._instance = instance
        self._folder = instance.region_state(region) / "code"
        self._changing = asyncio.Lock()

    async def unpacked(self, sha256_hex: str) -> Path:
        """The folder with this code. Raises CodeUnusable."""
        folder = self._folder / sha256_hex
        async with self._changing:
            if not folder.is_dir():
                await asyncio.to_thread(self._unpack, sha256_hex, folder)
        return folder

    def _unpack(self, sha256_hex: str, folder: Path) -> None:
        source = self._instance.code_path(sha256_hex)
        self._folder.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix="unpacking-", dir=self._folder))
        try:
            with zipfile.ZipFile(source) as archive:
                for member in archive.infolist():
                    _extract(archive, member, fresh)
            fresh.chmod(0o755)
            fresh.rename(folder)
        except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as exc:
            raise CodeUnusable(f"the code {source} can't be unpacked: {exc}") from exc
        finally:
            shutil.rmtree(fresh, ignore_errors=True)

    async def keep_only(self, in_use: Callable[[], Collection[str]]) -> None:
        """Remove all code but this, and what a killed process left half unpacked."""
        async with self._changing:
            if self._folder.is_dir():
                await asyncio.to_thread(self._remove_others, frozenset(in_use()))

    def _remove_others(self, wanted: frozenset[str]) -> None:
        for folder in self._folder.iterdir():
            if folder.name not in wanted:
                shutil.rmtree(folder, ignore_errors=True)


def _extract(archive: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path) -> None:
    """One member, with the permissions that the zip has for it.

    Lambda needs them to be readable for everyone, so a zip without any gets that here:
    https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-deployment.html
    """
    path = Path(archive.extract(member, folder))
    mode = member.external_attr >> 16 & 0o777
    if mode and not member.is_dir():
        path.chmod(mode | 0o400)
