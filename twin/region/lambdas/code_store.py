"""The functions' code on disk: each deployed zip is unpacked once, in a folder named by its hash.

A folder is complete or absent: it gets its name only after everything is unpacked. Code that is no
longer in use is removed.
"""

import asyncio
import logging
import shutil
import tempfile
import uuid
import zipfile
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path

from twin.core.lambda_.code_archives import ERRORS_OF_DAMAGED_ARCHIVES, find_size_problem
from twin.region.lambdas.invocation import CodeUnusable
from twin.runtime.folder_removal import discard_folder
from twin.runtime.instance import Instance
from twin.runtime.threads import run_in_thread

log = logging.getLogger(__name__)


class CodeStore:
    """Unpacked code of one Region; `discard` removes a folder, in a thread."""

    def __init__(
        self,
        instance: Instance,
        region: str,
        *,
        discard: Callable[[Path], None] = discard_folder,
    ) -> None:
        self._instance = instance
        self._discard = discard
        self._folder = instance.region_state(region) / "code"
        self._lock = asyncio.Lock()

    async def unpack(self, sha256_hex: str) -> Path:
        """The folder with this code, unpacked if necessary. Raises CodeUnusable, OSError."""
        folder = self._folder / sha256_hex
        async with self._lock:
            if not folder.is_dir():
                await run_in_thread(self._unpack, sha256_hex, folder)
        return folder

    def _unpack(self, sha256_hex: str, folder: Path) -> None:
        source = self._instance.code_path(sha256_hex)
        self._folder.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix="unpacking-", dir=self._folder))
        try:
            with zipfile.ZipFile(source) as archive:
                if problem := find_size_problem(archive):
                    raise CodeUnusable(problem)
                for member in archive.infolist():
                    _extract(archive, member, draft)
            draft.rename(folder)
        except ERRORS_OF_DAMAGED_ARCHIVES as exc:
            raise CodeUnusable(f"the code {source} can't be unpacked: {exc}") from exc
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    async def keep_only(self, in_use: Callable[[], Collection[str]]) -> None:
        """Remove all other code, and folders that a killed process left half done.

        Code can be unpacked meanwhile: the removal of many folders takes minutes on a slow disk.
        """
        try:
            async with self._lock:
                unused = await run_in_thread(self._set_aside_others, frozenset(in_use()))
            for folder in unused:
                await run_in_thread(self._discard, folder)
        except OSError as exc:
            log.warning("unused code in %s stays: %s", self._folder, exc.strerror)

    def _set_aside_others(self, wanted: frozenset[str]) -> list[Path]:
        """Free the names of all other folders, where that is possible; what they are called now."""
        set_aside = list[Path]()
        try:
            folders = list(self._folder.iterdir())
        except FileNotFoundError:
            return []
        except OSError as exc:  # a function may have changed what its user may do
            log.warning("unused code in %s stays: %s", self._folder, exc.strerror)
            return []
        for folder in folders:
            if folder.name not in wanted:
                with suppress(OSError):
                    set_aside.append(folder.rename(self._folder / f"removing-{uuid.uuid4()}"))
        return set_aside


def _extract(archive: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path) -> None:
    """Extract a member with the owner's permissions in the zip, plus the one to read it.

    Lambda requires files to be readable:
    https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-deployment.html
    """
    path = Path(archive.extract(member, folder))
    mode = member.external_attr >> 16 & 0o777
    if mode and not member.is_dir():
        path.chmod(mode & 0o700 | 0o400)
