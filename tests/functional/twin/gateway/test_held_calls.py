"""The memory of the gateway's calls: unfinished bodies, calls that wait, answers that nobody reads.

The gateway has little memory here.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web

from common.clock import SystemClock
from tests.functional.twin.gateway.fakes import FakeProcesses
from tests.instances import claim_instance
from tests.waiting import async_eventually
from twin.gateway.gateway import Gateway, create_client_session
from twin.gateway.process import open_listening_socket
from twin.gateway.process_table import ProcessTable
from twin.internal_api.request_memory import RequestMemory
from twin.internal_api.server import serving, serving_socket
from twin.runtime.instance import Instance
from twin.runtime.roles import ProcessState

MAX_BYTES = 200_000
OREGON = "us-west-2"
NOT_PLAIN = "/x"
"""The path of a call that does not begin on the fast path."""
LARGE_ANSWER = b"x" * 20_000_000
"""More than the kernel takes for a connection whose client does not read."""


def head(service: str, length: int, path: str = "/") -> bytes:
    credential = f"test/20260101/{OREGON}/{service}/aws4_request"
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:4566\r\n"
        f"Authorization: AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host\r\n"
        f"Content-Length: {length}\r\n\r\n"
    ).encode()


@dataclass(slots=True)
class Backend:
    """Control and the Region: they answer when the test says so."""

    bodies: list[int] = field(default_factory=list)
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)
    answer: bytes = b"done"

    async def handle(self, request: web.Request) -> web.Response:
        self.bodies.append(len(await request.read()))
        await self.may_answer.wait()
        return web.Response(body=self.answer)

    def app(self) -> web.Application:
        app = web.Application(client_max_size=100_000_000)
        app.router.add_route("*", "/{path:.*}", self.handle)
        return app


@dataclass(slots=True)
class Caller:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def read_answer(self) -> bytes:
        """The head and the body of the next answer; empty if the connection is closed."""
        async with asyncio.timeout(10):
            try:
                text = await self.reader.readuntil(b"\r\n\r\n")
                length = text.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
                return text + await self.reader.readexactly(int(length))
            except (asyncio.IncompleteReadError, ConnectionError):
                return b""


@dataclass(slots=True)
class Setup:
    instance: Instance
    memory: RequestMemory
    backend: Backend
    callers: contextlib.AsyncExitStack

    async def connect(self) -> Caller:
        caller = Caller(*await asyncio.open_connection(*self.instance.gateway_address, limit=65536))
        self.callers.callback(caller.writer.close)
        return caller

    async def call(self, service: str, size: int) -> bytes:
        caller = await self.connect()
        await caller.send(head(service, size) + bytes(size))
        return await caller.read_answer()

    async def holds(self, at_least: int) -> None:
        async def is_held() -> bool:
            return self.memory.held_bytes >= at_least

        await async_eventually(is_held)

    async def holds_nothing(self) -> None:
        async def is_free() -> bool:
            return self.memory.held_bytes == 0

        await async_eventually(is_free)


@pytest.fixture
async def setup(tmp_path: Path) -> AsyncIterator[Setup]:
    instance = Instance(tmp_path, claim_instance())
    processes = FakeProcesses()
    processes.states[f"region/{OREGON}"] = ProcessState.RUNNING
    memory, backend = RequestMemory(MAX_BYTES), Backend()
    backend.may_answer.set()
    async with contextlib.AsyncExitStack() as stack:
        session = await stack.enter_async_context(create_client_session())
        table = ProcessTable(processes, SystemClock())
        gateway = Gateway(instance, table, session, memory=memory)
        listening = open_listening_socket(instance, {})
        address = instance.region_address(OREGON)
        await stack.enter_async_context(serving(backend.app(), instance.control_address))
        await stack.enter_async_context(serving(backend.app(), address))
        await stack.enter_async_context(
            serving_socket(gateway.build_app(), listening, auto_decompress=False)
        )
        async with contextlib.AsyncExitStack() as callers:
            try:
                yield Setup(instance, memory, backend, callers)
            finally:
                backend.may_answer.set()


async def test_of_unfinished_bodies_the_oldest_gets_an_error(setup: Setup) -> None:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html"""
    unfinished = [await setup.connect() for _ in range(3)]
    for number, caller in enumerate(unfinished):
        await caller.send(head("ec2", 1_000_000, NOT_PLAIN) + bytes(80_000))
        if number < 2:
            await setup.holds(80_000 * (number + 1))

    answer = await unfinished[0].read_answer()

    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b"ServiceUnavailable" in answer
    assert str(MAX_BYTES).encode() in answer
    assert await unfinished[0].read_answer() == b""
    await setup.holds(160_000)
    assert setup.memory.held_bytes == 160_000


async def test_many_unfinished_bodies_keep_nobody_out(setup: Setup) -> None:
    for _ in range(30):
        await (await setup.connect()).send(head("ec2", 1_000_000) + bytes(40_000))
    await setup.holds(MAX_BYTES - 40_000)

    assert (await setup.call("ec2", 150_000)).endswith(b"done")
    assert setup.memory.held_bytes <= MAX_BYTES


async def test_a_caller_that_leaves_gives_its_memory_back(setup: Setup) -> None:
    caller = await setup.connect()
    await caller.send(head("ec2", 1_000_000) + bytes(80_000))
    await setup.holds(80_000)
    caller.writer.transport.abort()

    await setup.holds_nothing()


@pytest.mark.parametrize("service", ["ec2", "dynamodb"])
async def test_calls_that_wait_for_their_answer_keep_new_ones_out(
    setup: Setup, service: str
) -> None:
    setup.backend.may_answer.clear()
    waiting = await setup.connect()
    await waiting.send(head(service, 150_000) + bytes(150_000))
    await setup.holds(150_000)

    refused = await setup.call(service, 60_000)
    setup.backend.may_answer.set()

    assert refused.startswith(b"HTTP/1.1 503 ")
    assert (await waiting.read_answer()).endswith(b"done")
    assert (await setup.call(service, 60_000)).endswith(b"done")
    await setup.holds_nothing()


async def test_a_call_whose_caller_has_left_still_counts(setup: Setup) -> None:
    setup.backend.may_answer.clear()
    waiting = await setup.connect()
    await waiting.send(head("dynamodb", 150_000) + bytes(150_000))
    await setup.holds(150_000)
    waiting.writer.transport.abort()

    refused = await setup.call("dynamodb", 60_000)
    setup.backend.may_answer.set()

    assert refused.startswith(b"HTTP/1.1 503 ")
    await setup.holds_nothing()


async def test_an_unfinished_call_of_a_data_plane_is_cut_for_another(setup: Setup) -> None:
    unfinished = await setup.connect()
    await unfinished.send(head("dynamodb", 180_000) + bytes(150_000))
    await setup.holds(150_000)

    assert (await setup.call("dynamodb", 90_000)).endswith(b"done")
    assert b"200 OK" not in await unfinished.read_answer()


@pytest.mark.parametrize("service", ["ec2", "dynamodb"])
async def test_a_caller_that_does_not_read_its_answer_is_cut_for_another(
    setup: Setup, service: str
) -> None:
    setup.backend.answer = LARGE_ANSWER
    setup.memory.max_bytes = len(LARGE_ANSWER)
    deaf = await setup.connect()
    await deaf.send(head(service, 1) + b"x")
    await setup.holds(5_000_000)
    setup.backend.answer = b"done"

    assert (await setup.call(service, len(LARGE_ANSWER) - 1_000_000)).endswith(b"done")
    assert await deaf.read_answer() == b""


async def test_an_answer_larger_than_the_memory_reaches_one_that_reads_it(setup: Setup) -> None:
    setup.backend.answer = LARGE_ANSWER
    setup.memory.max_bytes = len(LARGE_ANSWER)

    assert len(await setup.call("ec2", 1)) > len(LARGE_ANSWER)
    await setup.holds_nothing()
