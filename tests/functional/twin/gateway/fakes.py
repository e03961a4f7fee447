"""Fakes of the processes behind the gateway."""

import contextlib
import threading
from collections.abc import AsyncIterator

from aiohttp import web

from twin.errors import StartFailed
from twin.internal_api.server import serving
from twin.runtime.roles import ProcessState


class FakeProcesses:
    """Processes whose states the test sets."""

    def __init__(self) -> None:
        self.states: dict[str, ProcessState] = {}
        self.started: list[str] = []
        self.may_start = threading.Event()
        self.may_start.set()
        self.start_fails = False

    def state(self, role: str) -> ProcessState:
        return self.states.get(role, ProcessState.ABSENT)

    def start(self, role: str) -> None:
        """Start the process once the test permits it."""
        self.started.append(role)
        self.may_start.wait(10)
        if self.start_fails:
            raise StartFailed(f"{role} ended while starting; end of its log: no disk")
        self.states[role] = ProcessState.RUNNING


class FakeService:
    """A process that answers with its name, and records the requests."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.requests: list[web.Request] = []
        self.bodies: list[bytes] = []
        self.declared: web.Response | None = None
        self.disconnects = False

    def declare(self, response: web.Response) -> None:
        """Answer every request with this response."""
        self.declared = response

    async def answer(self, request: web.Request) -> web.Response:
        self.requests.append(request)
        self.bodies.append(await request.read())
        if self.disconnects:
            assert request.transport is not None
            request.transport.abort()
        return self.declared or web.Response(text=self.name)

    @contextlib.asynccontextmanager
    async def at(self, address: tuple[str, int]) -> AsyncIterator["FakeService"]:
        app = web.Application(client_max_size=200_000_000)
        app.router.add_route("*", "/{path:.*}", self.answer)
        async with serving(app, address):
            yield self
