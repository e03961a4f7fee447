"""Named fakes of what is behind the gateway."""

import contextlib
import threading
from collections.abc import AsyncIterator

from aiohttp import web

from twin.errors import StartFailed
from twin.internal_api.server import serving
from twin.runtime.roles import ProcessState


class FakeProcesses:
    """A process table that a test writes."""

    def __init__(self) -> None:
        self.states: dict[str, ProcessState] = {}
        self.started: list[str] = []
        self.may_start = threading.Event()
        self.may_start.set()
        self.start_fails = False

    def state(self, role: str) -> ProcessState:
        """As declared; never started otherwise."""
        return self.states.get(role, ProcessState.ABSENT)

    def start(self, role: str) -> None:
        """Start it once the test lets it."""
        self.started.append(role)
        self.may_start.wait(10)
        if self.start_fails:
            raise StartFailed(f"{role} ended while starting; end of its log: no disk")
        self.states[role] = ProcessState.RUNNING


class FakeService:
    """A process that answers with its name, and remembers what it was asked."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.requests: list[web.Request] = []
        self.bodies: list[bytes] = []
        self.declared: web.Response | None = None
        self.hangs_up = False

    def declare(self, response: web.Response) -> None:
        """Answer this to everything."""
        self.declared = response

    async def answer(self, request: web.Request) -> web.Response:
        self.requests.append(request)
        self.bodies.append(await request.read())
        if self.hangs_up:
            assert request.transport is not None
            request.transport.abort()
        return self.declared or web.Response(text=self.name)

    @contextlib.asynccontextmanager
    async def at(self, address: tuple[str, int]) -> AsyncIterator["FakeService"]:
        app = web.Application(client_max_size=200_000_000)
        app.router.add_route("*", "/{path:.*}", self.answer)
        async with serving(app, address):
            yield self
