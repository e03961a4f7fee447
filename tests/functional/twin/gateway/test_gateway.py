"""Calls through the gateway, and what it answers itself."""

import asyncio
import contextlib
import io
import json
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import boto3
import pytest
from aiohttp import web
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import ClientError
from yarl import URL

from common.clock import SystemClock
from tests.functional.twin.gateway.fakes import FakeProcesses, FakeService
from tests.instances import claim_instance
from tests.waiting import async_eventually
from twin import codec
from twin.core.faults import Fault, FaultKind, Faults
from twin.faults.store import update_faults
from twin.gateway.gateway import Gateway
from twin.gateway.process import open_listening_socket, serve_on_socket
from twin.gateway.process_table import ProcessTable
from twin.gateway.proxy import create_client_session
from twin.internal_api.schemas import WhoAmI
from twin.runtime.instance import Instance
from twin.runtime.roles import ProcessState
from twin.topology.model import Accelerator, AcceleratorListener, PortRange, Topology

FRANKFURT, OREGON = "eu-central-1", "us-west-2"


def signed(service: str, region: str = OREGON) -> dict[str, str]:
    credential = f"test/20260101/{region}/{service}/aws4_request"
    return {"Authorization": f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host"}


@dataclass(slots=True, kw_only=True)
class World:
    """A gateway with fakes behind it, and a client before it."""

    instance: Instance
    processes: FakeProcesses
    session: aiohttp.ClientSession

    async def call(
        self,
        method: str,
        path: str = "/",
        headers: dict[str, str] | None = None,
        data: bytes | None = None,
    ) -> tuple[int, bytes]:
        status, body, _ = await self.answered(method, path, headers, data)
        return status, body

    async def answered(
        self,
        method: str,
        path: str = "/",
        headers: dict[str, str] | None = None,
        data: bytes | None = None,
    ) -> tuple[int, bytes, aiohttp.ClientResponse]:
        url = URL(self.instance.endpoint_url + path, encoded=True)
        async with self.session.request(method, url, headers=headers, data=_sent(data)) as response:
            return response.status, await response.read(), response


def _sent(data: bytes | None) -> io.BytesIO | None:
    return None if data is None else io.BytesIO(data)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    instance = Instance(tmp_path, claim_instance())
    processes = FakeProcesses()
    async with contextlib.AsyncExitStack() as stack:
        inner = await stack.enter_async_context(create_client_session())
        gateway = Gateway(instance, ProcessTable(processes, SystemClock()), inner)
        listening = open_listening_socket(instance, {})
        await stack.enter_async_context(serve_on_socket(gateway.application(), listening))
        session = await stack.enter_async_context(aiohttp.ClientSession(auto_decompress=False))
        yield World(instance=instance, processes=processes, session=session)


# -- passing on


async def test_control_planes_and_data_planes_go_to_their_processes(world: World) -> None:
    world.processes.states[f"region/{FRANKFURT}"] = ProcessState.RUNNING
    async with (
        FakeService("control").at(world.instance.control_address),
        FakeService("frankfurt").at(world.instance.region_address(FRANKFURT)),
    ):
        asked = [
            await world.call("POST", "/", signed("ec2", FRANKFURT)),
            await world.call("POST", "/", signed("dynamodb", FRANKFURT)),
            await world.call(
                "POST", "/2015-03-31/functions/f/invocations", signed("lambda", FRANKFURT)
            ),
        ]

    assert asked == [(200, b"control"), (200, b"frankfurt"), (200, b"frankfurt")]


async def test_a_call_arrives_as_it_was_sent(world: World) -> None:
    headers = signed("s3") | {
        "X-Amz-Meta-Name": "a  b",
        "Content-Type": "text/odd",
        "Content-Encoding": "gzip",
        "User-Agent": "probe/1",
        "Host": "bucket.localhost",
    }
    async with FakeService("control").at(world.instance.control_address) as control:
        await world.call("PUT", "/b%2Fc/k%20y?x=%2F&flag&x=2", headers, b"not really gzip")

    # The fake's server decodes what claims to be gzip; the request line and headers tell the rest.
    (request,) = control.requests
    assert (request.method, request.raw_path) == ("PUT", "/b%2Fc/k%20y?x=%2F&flag&x=2")
    assert {name: request.headers[name] for name in headers} == headers


async def test_an_answer_arrives_as_it_was_given(world: World) -> None:
    declared = web.Response(status=418, reason="Teapot", body=b"\x1f\x8braw")
    declared.headers["x-amz-crc32"] = "123"
    declared.headers["Content-Encoding"] = "gzip"
    declared.headers.add("Set-Cookie", "a=1")
    declared.headers.add("Set-Cookie", "b=2")
    async with FakeService("control").at(world.instance.control_address) as control:
        control.declare(declared)
        status, body, response = await world.answered("GET", "/x", signed("s3"))

    assert (status, response.reason, body) == (418, "Teapot", b"\x1f\x8braw")
    assert response.headers["x-amz-crc32"] == "123"
    assert response.headers.getall("Set-Cookie") == ["a=1", "b=2"]


async def test_a_head_answer_keeps_its_length(world: World) -> None:
    async with FakeService("control").at(world.instance.control_address) as control:
        control.declare(web.Response(headers={"Content-Length": "12345"}))
        _, body, response = await world.answered("HEAD", "/bucket/key", signed("s3"))

    assert (body, response.headers["Content-Length"]) == (b"", "12345")


async def test_a_zip_of_a_function_fits_through(world: World) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
    big = random.Random(2).randbytes(100_000_000)
    async with FakeService("control").at(world.instance.control_address) as control:
        status, _ = await world.call("POST", "/2015-03-31/functions", signed("lambda"), big)

    assert status == 200
    assert control.bodies == [big]


async def test_a_redirect_is_handed_back_and_not_followed(world: World) -> None:
    async with FakeService("control").at(world.instance.control_address) as control:
        control.declare(web.Response(status=307, headers={"Location": "http://127.0.0.1:1/"}))
        url = world.instance.endpoint_url
        async with world.session.get(url, headers=signed("s3"), allow_redirects=False) as response:
            assert response.status == 307


# -- Regions


async def test_a_region_that_never_ran_is_started_once_for_all_that_call(world: World) -> None:
    world.processes.may_start.clear()
    async with FakeService("oregon").at(world.instance.region_address(OREGON)):
        calls = [
            asyncio.ensure_future(world.call("POST", "/", signed("dynamodb"))) for _ in range(5)
        ]

        async def asked_to_start() -> bool:
            return bool(world.processes.started)

        await async_eventually(asked_to_start)
        world.processes.may_start.set()
        answers = await asyncio.gather(*calls)

    assert answers == [(200, b"oregon")] * 5
    assert world.processes.started == [f"region/{OREGON}"]


async def test_a_call_that_comes_while_a_region_starts_waits_for_it(world: World) -> None:
    world.processes.may_start.clear()
    first = asyncio.ensure_future(world.call("POST", f"/_twin/regions/{OREGON}"))

    async def asked_to_start() -> bool:
        return bool(world.processes.started)

    await async_eventually(asked_to_start)
    world.processes.states[f"region/{OREGON}"] = ProcessState.RUNNING  # its run file is written
    second = asyncio.ensure_future(world.call("POST", "/", signed("dynamodb")))
    done, _ = await asyncio.wait({second}, timeout=0.3)
    assert not done

    async with FakeService("oregon").at(world.instance.region_address(OREGON)):
        world.processes.may_start.set()
        assert await second == (200, b"oregon")
    assert (await first)[0] == 200


async def test_a_region_that_does_not_start_is_a_503_with_the_reason(world: World) -> None:
    world.processes.start_fails = True

    status, body = await world.call(
        "POST", "/", signed("dynamodb") | {"X-Amz-Target": "DynamoDB_20120810.GetItem"}
    )

    assert status == 503
    assert "no disk" in json.loads(body)["message"]


async def test_a_region_is_started_by_name_when_it_never_ran(world: World) -> None:
    assert (await world.call("POST", f"/_twin/regions/{OREGON}"))[0] == 200
    assert (await world.call("POST", f"/_twin/regions/{OREGON}"))[0] == 200

    assert world.processes.started == [f"region/{OREGON}"]


@pytest.mark.parametrize("state", [ProcessState.DEAD, ProcessState.FROZEN])
async def test_a_region_that_is_down_is_never_started_by_the_gateway(
    world: World, state: ProcessState
) -> None:
    world.processes.states[f"region/{OREGON}"] = state

    by_name, _ = await world.call("POST", f"/_twin/regions/{OREGON}")
    by_call, _ = await world.call("POST", "/", signed("dynamodb"))

    assert (by_name, by_call) == (503, 503)
    assert world.processes.started == []


async def test_a_region_of_no_name_that_anybody_knows_is_not_found(world: World) -> None:
    status, body = await world.call("POST", "/_twin/regions/eu-moon-1")

    assert status == 404
    assert "eu-moon-1" in json.loads(body)["error"]


async def test_a_region_that_dies_is_noticed_at_once(world: World) -> None:
    role = f"region/{OREGON}"
    world.processes.states[role] = ProcessState.RUNNING
    async with FakeService("oregon").at(world.instance.region_address(OREGON)):
        assert (await world.call("POST", "/", signed("dynamodb")))[0] == 200
    world.processes.states[role] = ProcessState.DEAD

    status, body = await world.call("POST", "/", signed("dynamodb"))

    assert status == 503
    assert f"twin region start {OREGON}" in body.decode()


async def test_a_call_that_a_process_drops_says_that_nobody_knows(world: World) -> None:
    async with FakeService("control").at(world.instance.control_address) as control:
        control.hangs_up = True
        status, body = await world.call("POST", "/", signed("sts"))

    assert status == 503
    assert "whether the call took effect is not known" in body.decode()


# -- as boto3 sees it


def client(world: World, service: str, region: str) -> BaseClient:
    made: BaseClient = boto3.client(  # type: ignore[call-overload]  # any service by name
        service,
        region_name=region,
        endpoint_url=world.instance.endpoint_url,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}),
    )
    return made


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("ec2", "describe_vpcs"),
        ("elbv2", "describe_load_balancers"),
        ("dynamodb", "list_tables"),
        ("lambda", "list_functions"),
        ("s3", "list_buckets"),
        ("cloudwatch", "list_metrics"),
        ("globalaccelerator", "list_accelerators"),
    ],
)
async def test_boto3_reads_why_a_region_does_not_answer(
    world: World, service: str, operation: str
) -> None:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html"""
    world.processes.states[f"region/{OREGON}"] = ProcessState.DEAD
    call = getattr(client(world, service, OREGON), operation)

    with pytest.raises(ClientError) as raised:
        await asyncio.to_thread(call)

    assert raised.value.response["Error"]["Code"] == "ServiceUnavailable"
    assert "us-west-2 is down" in raised.value.response["Error"]["Message"]


async def test_boto3_reads_that_control_is_down(world: World) -> None:
    with pytest.raises(ClientError, match="twin control start"):
        await asyncio.to_thread(client(world, "sts", FRANKFURT).get_caller_identity)  # type: ignore[attr-defined]  # made by name


# -- the twin itself


async def test_it_says_which_twin_it_is(world: World) -> None:
    ports = (PortRange(from_port=8080, to_port=8081),)
    listener = AcceleratorListener(arn="l", port_ranges=ports)
    accelerator = Accelerator(arn="a", name="a", enabled=True, ips=(), listeners=(listener,))
    world.instance.topology_path.parent.mkdir(parents=True)
    world.instance.topology_path.write_text(codec.dumps(Topology(accelerators=(accelerator,))))

    _, body = await world.call("GET", "/_twin/whoami")
    found = codec.loads(WhoAmI, body)

    assert (found.home, found.instance) == (str(world.instance.home), claim_instance())
    assert found.listener_ports == (8080,)


def fault(
    kind: FaultKind, region: str, until_s: float | None = None, delay_ms: float = 0.0
) -> Fault:
    return Fault(
        kind=kind,
        role=f"region/{region}",
        region=region,
        since_s=1.0,
        until_s=until_s,
        delay_ms=delay_ms,
    )


async def test_it_tells_which_faults_stand(world: World) -> None:
    end_s = SystemClock().now() + 1000
    written = Faults(
        faults=(
            fault(FaultKind.SLOW, FRANKFURT, end_s, delay_ms=200.0),
            fault(FaultKind.PAUSE, FRANKFURT, until_s=2.0),
            fault(FaultKind.KILL, OREGON),
        )
    )
    update_faults(world.instance, lambda _: written)
    world.processes.states[f"region/{OREGON}"] = ProcessState.DEAD

    _, body = await world.call("GET", "/_twin/faults")
    world.processes.states[f"region/{OREGON}"] = ProcessState.RUNNING
    _, later = await world.call("GET", "/_twin/faults")

    slow, kill = json.loads(body)["faults"]
    assert slow["left_s"] == pytest.approx(1000, abs=60)
    assert slow | {"left_s": 0} == {
        "name": "network-slow",
        "role": f"region/{FRANKFURT}",
        "region": FRANKFURT,
        "since_s": 1.0,
        "until_s": end_s,
        "left_s": 0,
        "delay_ms": 200.0,
    }
    assert (kill["name"], kill["region"], kill["until_s"]) == ("region-kill", OREGON, None)
    assert [one["name"] for one in json.loads(later)["faults"]] == ["network-slow"]


async def test_a_damaged_list_of_faults_is_told(world: World) -> None:
    world.instance.faults_path.parent.mkdir(parents=True)
    world.instance.faults_path.write_text("{")

    status, body = await world.call("GET", "/_twin/faults")

    assert status == 500
    assert "faults.json" in json.loads(body)["error"]


async def test_a_browser_is_told_where_it_is(world: World) -> None:
    status, body = await world.call("GET", "/")

    assert status == 200
    assert world.instance.endpoint_url in body.decode()


async def test_an_unsigned_call_is_told_what_to_do(world: World) -> None:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html"""
    status, body = await world.call("POST", "/", data=b"Action=DescribeVpcs")

    assert status == 403
    assert json.loads(body)["__type"] == "MissingAuthenticationToken"
    assert "source .twin/env" in json.loads(body)["message"]
