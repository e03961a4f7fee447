"""Publishes the Topology: a new version when its content changes, on disk first, then to pollers.

Versions only rise, over restarts too. A poller that has a newer version than control ever published
means that control's own record was lost: the Topology is published again above that version. What
each role has acknowledged is remembered as long as control runs.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace

from twin import codec
from twin.control.files import write_atomically
from twin.errors import CodecError
from twin.runtime.instance import Instance
from twin.topology.model import Topology

log = logging.getLogger(__name__)


class TopologyPublisher:
    """The last published Topology, and who has it."""

    def __init__(self, instance: Instance) -> None:
        """Go on from the version on disk."""
        self._instance = instance
        self.current = _last_published(instance)
        self.acknowledged: dict[str, int] = {}
        """Role -> version."""
        self._news = asyncio.Event()
        self._closed = False

    def publish(self, content: Topology, codes: Mapping[str, bytes]) -> int:
        """Publish the content if it is new, its code first; the version that carries it.

        `codes`: hexadecimal SHA-256 -> zip.
        """
        fresh = replace(content, version=self.current.version)
        if fresh == self.current and self._instance.topology_path.exists():
            return self.current.version
        for sha, code in codes.items():
            path = self._instance.code_path(sha)
            if not path.exists():
                write_atomically(path, code)
        self._put(fresh, self.current.version + 1)
        return self.current.version

    def acknowledge(self, role: str, version: int) -> None:
        """The role has this version; 0 means that it has none yet."""
        if version > self.current.version:
            log.warning("%s has Topology %d; publishing above it", role, version)
            self._put(self.current, version + 1)
            return
        if self.acknowledged.get(role) != version:
            self.acknowledged[role] = version
            self.wake()

    async def newer_than(self, version: int, within_s: float) -> Topology | None:
        """The Topology once it is newer than `version`; None when it is not in time (seconds)."""
        try:
            async with asyncio.timeout(within_s):
                while self.current.version <= version and not self._closed:
                    await self.news()
        except TimeoutError:
            return None
        return None if self._closed else self.current

    async def news(self) -> None:
        """Wait for the next publication, acknowledgement or `wake`."""
        await self._news.wait()

    def wake(self) -> None:
        """Make everybody who waits look again."""
        waiting, self._news = self._news, asyncio.Event()
        waiting.set()

    def close(self) -> None:
        """Control stops: let no poll wait any longer."""
        self._closed = True
        self.wake()

    def _put(self, content: Topology, version: int) -> None:
        fresh = replace(content, version=version)
        write_atomically(self._instance.topology_path, codec.dumps(fresh).encode())
        self.current = fresh
        self.wake()


def _last_published(instance: Instance) -> Topology:
    """The Topology on disk; an empty one at version 0 where there is none that can be read."""
    path = instance.topology_path
    try:
        return codec.loads(Topology, path.read_bytes())
    except FileNotFoundError:
        return Topology()
    except CodecError as exc:
        # It is derived: it is built anew, and `acknowledge` lifts its version above the lost one.
        log.warning("%s: %s; publishing it anew", path, exc)
        return Topology()
