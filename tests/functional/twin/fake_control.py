"""A fake control that publishes a test's Topology and notes the polls."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from aiohttp import web

from twin.internal_api.server import json_response, serving
from twin.runtime.instance import Instance
from twin.topology.model import Topology


class FakeControl:
    """Answers the long polls at control's internal address."""

    def __init__(self) -> None:
        self.polls: list[tuple[str, int]] = []
        """Role and `after` of every poll."""
        self.answers_garbage = False
        self._topology: Topology | None = None
        self._changed = asyncio.Event()

    def publish(self, topology: Topology) -> None:
        """Publish a Topology."""
        self._topology = topology
        self._changed.set()
        self._changed = asyncio.Event()

    async def answer(self, request: web.Request) -> web.Response:
        """The current Topology, once it is another than version `after`, as control answers."""
        after = int(request.query["after"])
        self.polls.append((request.query["role"], after))
        if self.answers_garbage:
            return web.Response(text="{}{")
        if self._topology is None or self._topology.version == after:
            await self._changed.wait()
        if self._topology is None:
            return web.Response(status=204)
        return json_response(self._topology)

    @contextlib.asynccontextmanager
    async def serving_at(self, instance: Instance) -> AsyncIterator["FakeControl"]:
        """Serve at the instance's control address."""
        app = web.Application()
        app.router.add_get("/_twin/topology", self.answer)
        async with serving(app, instance.control_address):
            yield self
            self._changed.set()
