"""DynamoDB's calls through the gateway on one kept connection: answers, rejections, failures."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.clocks import ManualClock
from tests.functional.twin.gateway.fakes import FakeProcesses, FakeService
from tests.instances import claim_instance
from twin.core.faults import Fault, FaultKind, Faults
from twin.gateway.gateway import Gateway, create_client_session
from twin.gateway.process import open_listening_socket
from twin.gateway.process_table import STATE_CACHE_S, ProcessTable
from twin.gateway.routing import CUT_REGION_DELAY_S
from twin.internal_api.server import serving_socket
from twin.runtime.instance import Instance
from twin.runtime.roles import ProcessState

OREGON = "us-west-2"
ROLE = f"region/{OREGON}"


def call(service: str = "dynamodb", *extra: str) -> bytes:
    """A signed call without a body, with these headers as well."""
    lines = (
        "Host: 127.0.0.1:4566",
        "X-Amz-Target: DynamoDB_20120810.ListTables",
        "Content-Type: application/x-amz-json-1.0",
        f"Authorization: AWS4-HMAC-SHA256 Credential=test/20260101/{OREGON}/{service}/aws4_request,"
        " SignedHeaders=host, Signature=00",
        "Content-Length: 2",
        *extra,
    )
    return "\r\n".join(("POST / HTTP/1.1", *lines, "", "{}")).encode()


@dataclass(slots=True)
class Caller:
    """A gateway, and one connection to it."""

    instance: Instance
    processes: FakeProcesses
    gateway: Gateway
    clock: ManualClock
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, request: bytes = call()) -> tuple[int, bytes]:
        """Status and body of the response."""
        self.writer.write(request)
        async with asyncio.timeout(10):
            head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
            length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
            return int(head.split()[1]), await self.reader.readexactly(length)

    def oregon(self) -> contextlib.AbstractAsyncContextManager[FakeService]:
        return FakeService("oregon").at(self.instance.region_address(OREGON))


@contextlib.asynccontextmanager
async def serving_caller(folder: Path, *, enforces_iam: bool = False) -> AsyncIterator[Caller]:
    instance = Instance(folder, claim_instance())
    processes = FakeProcesses()
    processes.states[ROLE] = ProcessState.RUNNING
    async with create_client_session() as session:
        clock = ManualClock(0.0)
        table = ProcessTable(processes, clock)
        gateway = Gateway(instance, table, session, enforces_iam=enforces_iam)
        listening = open_listening_socket(instance, {})
        async with serving_socket(gateway.build_app(), listening, auto_decompress=False):
            reader, writer = await asyncio.open_connection(*instance.gateway_address)
            yield Caller(instance, processes, gateway, clock, reader, writer)
            writer.close()
            await writer.wait_closed()


@pytest.fixture
async def caller(tmp_path: Path) -> AsyncIterator[Caller]:
    async with serving_caller(tmp_path) as caller:
        yield caller


async def test_calls_reach_their_region_unchanged_on_one_connection(caller: Caller) -> None:
    async with caller.oregon() as oregon:
        answers = [await caller.send(call("dynamodb", "X-Odd: a  b")) for _ in range(2)]

    assert answers == [(200, b"oregon")] * 2
    assert oregon.bodies == [b"{}"] * 2
    first, second = oregon.requests
    assert first.transport is second.transport
    sent = call("dynamodb", "X-Odd: a  b").decode().split("\r\n")[1:-2]
    assert [f"{name}: {value}" for name, value in second.headers.items()] == sent


async def test_a_call_of_another_service_goes_to_control(caller: Caller) -> None:
    async with (
        caller.oregon(),
        FakeService("control").at(caller.instance.control_address),
    ):
        assert await caller.send() == (200, b"oregon")
        assert await caller.send(call("sts")) == (200, b"control")
        assert await caller.send() == (200, b"oregon")


async def test_a_region_that_never_ran_is_started(caller: Caller) -> None:
    caller.processes.states.clear()
    async with caller.oregon():
        assert await caller.send() == (200, b"oregon")

    assert caller.processes.started == [ROLE]


async def test_a_region_that_does_not_start_is_a_503_with_the_reason(caller: Caller) -> None:
    caller.processes.states.clear()
    caller.processes.start_fails = True

    status, body = await caller.send()

    assert status == 503
    assert b"no disk" in body


async def test_the_death_of_a_region_and_its_return_are_noticed_at_once(caller: Caller) -> None:
    async with caller.oregon():
        assert await caller.send() == (200, b"oregon")
    caller.processes.states[ROLE] = ProcessState.DEAD

    status, body = await caller.send()
    caller.processes.states[ROLE] = ProcessState.RUNNING

    assert status == 503
    assert b"twin region start us-west-2" in body
    await caller.clock.sleep(STATE_CACHE_S * 2)
    async with caller.oregon():
        assert await caller.send() == (200, b"oregon")


async def test_the_effect_of_an_interrupted_call_is_reported_as_unknown(caller: Caller) -> None:
    async with caller.oregon() as oregon:
        assert await caller.send() == (200, b"oregon")
        oregon.disconnects = True
        status, body = await caller.send()
        oregon.disconnects = False
        again = await caller.send()

    assert (status, again) == (503, (200, b"oregon"))
    assert b'"__type": "ServiceUnavailable"' in body
    assert b"whether the call took effect is not known" in body


async def test_a_cut_region_does_not_answer(caller: Caller) -> None:
    cut = Fault(role=ROLE, region=OREGON, kind=FaultKind.CUT, since_s=0.0)
    caller.gateway.apply_faults(Faults(faults=(cut,)))
    before_s = caller.clock.monotonic()

    status, body = await caller.send()

    assert status == 503, body
    assert caller.clock.monotonic() - before_s == CUT_REGION_DELAY_S
    assert b"its network is cut" in body


@pytest.mark.parametrize("extra", [(), ("X-Twin-Source-Ip: 10.0.0.1",)])
async def test_the_callers_address_is_told_where_iam_is_enforced(
    tmp_path: Path, extra: tuple[str, ...]
) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html"""
    async with serving_caller(tmp_path, enforces_iam=True) as caller, caller.oregon() as oregon:
        assert await caller.send(call("dynamodb", *extra)) == (200, b"oregon")

    assert oregon.requests[0].headers.getall("X-Twin-Source-Ip") == ["127.0.0.1"]
    assert oregon.bodies == [b"{}"]
