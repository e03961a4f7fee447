"""How a process follows the stored faults (twin.faults.store).

The `twin` command writes the file, then tells the processes to read it (POST /_twin/faults). A
process that misses that, because it is frozen or not running, notices the changed file within half
a second of its own running time. So a fault survives the restart of every process, and each process
ends it by the clock.
"""

import logging
from collections.abc import Callable
from pathlib import Path

from aiohttp import web

from common.clock import Clock
from twin.core.faults import Faults
from twin.faults.store import read_faults
from twin.runtime.instance import Instance

log = logging.getLogger(__name__)

POLL_S = 0.5
MIN_PAUSE_S = 0.01

FaultsCallback = Callable[[Faults], None]
_FileVersion = tuple[int, int, int] | None
"""Inode, size and modification time; None without a file."""


class FaultWatcher:
    """Hands the faults in force to one process, whenever they change."""

    def __init__(self, instance: Instance, clock: Clock, on_faults: FaultsCallback) -> None:
        """`on_faults` is called at the first `look`, then at each change."""
        self._instance = instance
        self._clock = clock
        self._on_faults = on_faults
        self._read_version: _FileVersion = None
        self._stored = Faults()
        self._in_force: Faults | None = None
        """Faults of the last call of `on_faults`."""
        self._unread = ""
        """Why the file could not be read at the last look; empty if it could."""

    def look(self) -> None:
        """Read a changed file; drop the faults that have ended.

        A file that can't be read now, for example because no descriptor is left, changes nothing.
        """
        unread, self._unread = self._unread, ""
        try:
            self._read_changes()
        except OSError as exc:
            self._unread = str(exc)
            if self._unread != unread:
                log.error("the stored faults can't be read, the last ones stay in force: %s", exc)
        in_force = self._stored.active_at(self._clock.now())
        if in_force != self._in_force:
            self._in_force = in_force
            self._on_faults(in_force)

    def _read_changes(self) -> None:
        """Raises OSError."""
        version = _file_version(self._instance.faults_path)
        if version != self._read_version:
            self._stored = read_faults(self._instance)
            self._read_version = version

    async def run(self) -> None:
        """Look for ever, every POLL_S and at the end of each fault."""
        while True:
            self.look()
            left_s = self._stored.next_expiry_s(self._clock.now())
            pause_s = POLL_S if left_s is None else min(POLL_S, left_s)
            await self._clock.sleep(max(MIN_PAUSE_S, pause_s))

    def add_routes(self, app: web.Application) -> None:
        """Serve POST /_twin/faults: look now, and answer once the faults are in force."""

        async def look(_: web.Request) -> web.Response:
            self.look()
            return web.Response(status=204)

        app.router.add_post("/_twin/faults", look)


def _file_version(path: Path) -> _FileVersion:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns
