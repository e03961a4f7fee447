"""How a process follows the twin's faults.

They are written down in one file (twin.faults.store). The `twin` command writes it and then tells
the processes to look (POST /_twin/faults); a process that did not hear, because it was frozen or
not there, finds out by itself within half a second of its life. So a fault outlives the restart of
every process, and ends in each of them by the clock.

What a fault means is not known here (twin.core.faults).
"""

import logging
from collections.abc import Callable
from pathlib import Path

from aiohttp import web

from common.clock import Clock
from twin.core.faults import Faults
from twin.errors import StateCorrupt
from twin.faults.store import read_faults
from twin.runtime.instance import Instance

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.5
SHORTEST_WAIT_S = 0.01

FaultsCallback = Callable[[Faults], None]
_Seen = tuple[int, int, int] | None
"""Inode, size and time of the file; None without one."""


class FaultWatcher:
    """The faults in force, for one process."""

    def __init__(self, instance: Instance, clock: Clock, on_faults: FaultsCallback) -> None:
        """`on_faults` gets them once at the first look, then whenever they change."""
        self._instance = instance
        self._clock = clock
        self._on_faults = on_faults
        self._seen: _Seen = None
        self._written = Faults()
        self._told: Faults | None = None

    def look(self) -> None:
        """Read what is new, and let end what is over."""
        seen = _look_at(self._instance.faults_path)
        if seen != self._seen:
            self._seen = seen
            self._read()
        in_force = self._written.active_at(self._clock.now())
        if in_force != self._told:
            self._told = in_force
            self._on_faults(in_force)

    def _read(self) -> None:
        try:
            self._written = read_faults(self._instance)
        except StateCorrupt as exc:
            log.error("%s; going on with the faults known so far", exc)

    async def run(self) -> None:
        """Look for ever."""
        while True:
            self.look()
            left_s = self._written.next_expiry_s(self._clock.now())
            wait_s = LOOK_EVERY_S if left_s is None else min(LOOK_EVERY_S, left_s)
            await self._clock.sleep(max(SHORTEST_WAIT_S, wait_s))

    def add_routes(self, app: web.Application) -> None:
        """Look at once when the `twin` command asks for it."""

        async def look(_: web.Request) -> web.Response:
            self.look()
            return web.Response(status=204)

        app.router.add_post("/_twin/faults", look)


def _look_at(path: Path) -> _Seen:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
