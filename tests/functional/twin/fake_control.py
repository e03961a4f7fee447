"""A control that publishes what a test declares, and notes who asked for what."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from aiohttp import web

from twin.internal_api.server import json_response, serving
from twin.runtime.instance import Instance
from twin.topology.model import Topology


class FakeControl:
    """Answers the long poll at control's inner address."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []
        """Role and `after` of every poll."""
        self.garbage = False
        self._topology: Topology | None = None
        self._changed = asyncio.Event()

    def declare(self, topology: Topology) -> None:
        """Publish this."""
        self._topology = topology
        self._changed.set()
        self._changed = asyncio.Event()

    async def answer(self, request: web.Request) -> web.Response:
        """What control does: the current one if it is not the one asked after, else wait."""
        after = int(request.query["after"])
        self.asked.append((request.query["role"], after))
        if self.garbage:
            return web.Response(text="{}{")
        if self._topology is None or self._topology.version == after:
            await self._changed.wait()
        if self._topology is None:
            return web.Response(status=204)
        return json_response(self._topology)

    @contextlib.asynccontextmanager
    async def at(self, instance: Instance) -> AsyncIterator["FakeControl"]:
        """Serve while the block runs."""
        app = web.Application()
        app.router.add_get("/_twin/topology", self.answer)
        async with serving(app, instance.control_address):
            yield self
            self._changed.set()
