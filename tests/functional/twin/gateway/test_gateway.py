"""Calls through the gateway, and its own endpoints."""

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
from tests.functional.twin.strangers import connect_as_stranger, exchange, refuse_strangers
from tests.instances import claim_instance
from tests.waiting import async_eventually
from twin import codec
from twin.core.faults import PROCESS_FAULTS, Fault, FaultKind, Faults
from twin.faults.store import update_faults
from twin.gateway.gateway import Gateway, create_client_session, refuse_by_service_error
from twin.gateway.process import open_listening_socket
from twin.gateway.process_table import ProcessTable
from twin.internal_api.schemas import WhoAmI
from twin.internal_api.server import serving_socket
from twin.runtime.instance import Instance
from twin.runtime.roles import ProcessState
from twin.topology.model import Accelerator, AcceleratorListener, PortRange, Topology

FRANKFURT, OREGON = "eu-central-1", "us-west-2"


def signed(service: str, region: str = OREGON) -> dict[str, str]:
    credential = f"test/20260101/{region}/{service}/aws4_request"
    return {"Authorization": f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host"}


@dataclass(slots=True, kw_only=True)
class GatewaySetup:
    """A gateway with fakes behind it, and a client."""

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
        status, body, _ = await self.call_for_response(method, path, headers, data)
        return status, body

    async def call_for_response(
        self,
        method: str,
        path: str = "/",
        headers: dict[str, str] | None = None,
        data: bytes | None = None,
    ) -> tuple[int, bytes, aiohttp.ClientResponse]:
        url = URL(self.instance.endpoint_url + path, encoded=True)
        body = None if data is None else io.BytesIO(data)
        async with self.session.request(method, url, headers=headers, data=body) as response:
            return response.status, await response.read(), response


@pytest.fixture
async def setup(tmp_path: Path) -> AsyncIterator[GatewaySetup]:
    instance = Instance(tmp_path, claim_instance())
    processes = FakeProcesses()
    async with contextlib.AsyncExitStack() as stack:
        inner = await stack.enter_async_context(create_client_session())
        gateway = Gateway(instance, ProcessTable(processes, SystemClock()), inner)
        listening = open_listening_socket(instance, {})
        await stack.enter_async_context(
            serving_socket(gateway.build_app(), listening, auto_decompress=False)
        )
        session = await stack.enter_async_context(aiohttp.ClientSession(auto_decompress=False))
        yield GatewaySetup(instance=instance, processes=processes, session=session)


# -- callers

CALL = (
    b"POST / HTTP/1.1\r\nHost: 127.0.0.1:4566\r\nContent-Length: 0\r\n"
    b"Authorization: AWS4-HMAC-SHA256 Credential=test/20260101/us-west-2/ec2/aws4_request\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n\r\n"
)


async def test_another_users_call_gets_an_error_of_its_service(tmp_path: Path) -> None:
    instance = Instance(tmp_path, claim_instance())
    async with create_client_session() as session:
        gateway = Gateway(instance, ProcessTable(FakeProcesses(), SystemClock()), session)
        serving = serving_socket(
            gateway.build_app(),
            open_listening_socket(instance, {}),
            find_refusal=refuse_strangers,
            refusing=refuse_by_service_error,
        )
        async with FakeService("control").at(instance.control_address) as control, serving:
            answer = await exchange(connect_as_stranger(instance.gateway_address), CALL)

    assert answer.startswith(b"HTTP/1.1 403 ")
    assert b"<Response><Errors><Error><Code>AccessDenied</Code><Message>The twin refuses" in answer
    assert b"twin up --share" in answer
    assert control.requests == []


# -- forwarding


async def test_control_planes_and_data_planes_go_to_their_processes(setup: GatewaySetup) -> None:
    setup.processes.states[f"region/{FRANKFURT}"] = ProcessState.RUNNING
    async with (
        FakeService("control").at(setup.instance.control_address),
        FakeService("frankfurt").at(setup.instance.region_address(FRANKFURT)),
    ):
        answers = [
            await setup.call("POST", "/", signed("ec2", FRANKFURT)),
            await setup.call("POST", "/", signed("dynamodb", FRANKFURT)),
            await setup.call(
                "POST", "/2015-03-31/functions/f/invocations", signed("lambda", FRANKFURT)
            ),
        ]

    assert answers == [(200, b"control"), (200, b"frankfurt"), (200, b"frankfurt")]


async def test_a_call_is_forwarded_unchanged(setup: GatewaySetup) -> None:
    headers = signed("s3") | {
        "X-Amz-Meta-Name": "a  b",
        "Content-Type": "text/odd",
        "Content-Encoding": "gzip",
        "User-Agent": "probe/1",
        "Host": "bucket.localhost",
    }
    async with FakeService("control").at(setup.instance.control_address) as control:
        await setup.call("PUT", "/b%2Fc/k%20y?x=%2F&flag&x=2", headers, b"not really gzip")

    # The fake's server decodes the gzip body, so the request line and headers are compared.
    (request,) = control.requests
    assert (request.method, request.raw_path) == ("PUT", "/b%2Fc/k%20y?x=%2F&flag&x=2")
    assert {name: request.headers[name] for name in headers} == headers


async def test_the_callers_address_is_told_where_iam_is_enforced(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html"""
    instance = Instance(tmp_path, claim_instance())
    headers = {**signed("ec2", FRANKFURT), "X-Twin-Source-Ip": "10.0.0.1"}
    async with create_client_session() as inner, aiohttp.ClientSession() as session:
        processes = ProcessTable(FakeProcesses(), SystemClock())
        gateway = Gateway(instance, processes, inner, enforces_iam=True)
        serving = serving_socket(gateway.build_app(), open_listening_socket(instance, {}))
        async with (
            FakeService("control").at(instance.control_address) as control,
            serving,
            session.post(instance.endpoint_url, headers=headers),
        ):
            (request,) = control.requests

    assert request.headers.getall("X-Twin-Source-Ip") == ["127.0.0.1"]


@pytest.mark.parametrize("path", ["/_twin/topology", "/%5Ftwin/topology", "//_twin/topology"])
async def test_a_signed_call_does_not_reach_the_internal_api(
    setup: GatewaySetup, path: str
) -> None:
    async with FakeService("control").at(setup.instance.control_address) as control:
        status, body = await setup.call("GET", path, signed("ec2"))

    assert (status, control.requests) == (404, [])
    assert b"no AWS calls" in body


async def test_an_answer_is_returned_unchanged(setup: GatewaySetup) -> None:
    declared = web.Response(status=418, reason="Teapot", body=b"\x1f\x8braw")
    declared.headers["x-amz-crc32"] = "123"
    declared.headers["Content-Encoding"] = "gzip"
    declared.headers.add("Set-Cookie", "a=1")
    declared.headers.add("Set-Cookie", "b=2")
    async with FakeService("control").at(setup.instance.control_address) as control:
        control.declare(declared)
        status, body, response = await setup.call_for_response("GET", "/x", signed("s3"))

    assert (status, response.reason, body) == (418, "Teapot", b"\x1f\x8braw")
    assert response.headers["x-amz-crc32"] == "123"
    assert response.headers.getall("Set-Cookie") == ["a=1", "b=2"]


async def test_a_head_answer_keeps_its_length(setup: GatewaySetup) -> None:
    async with FakeService("control").at(setup.instance.control_address) as control:
        control.declare(web.Response(headers={"Content-Length": "12345"}))
        _, body, response = await setup.call_for_response("HEAD", "/bucket/key", signed("s3"))

    assert (body, response.headers["Content-Length"]) == (b"", "12345")


async def test_the_largest_zip_of_a_function_is_forwarded(setup: GatewaySetup) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
    big = random.Random(2).randbytes(100_000_000)
    async with FakeService("control").at(setup.instance.control_address) as control:
        status, _ = await setup.call("POST", "/2015-03-31/functions", signed("lambda"), big)

    assert status == 200
    assert control.bodies == [big]


async def test_a_redirect_is_returned_and_not_followed(setup: GatewaySetup) -> None:
    async with FakeService("control").at(setup.instance.control_address) as control:
        control.declare(web.Response(status=307, headers={"Location": "http://127.0.0.1:1/"}))
        url = setup.instance.endpoint_url
        async with setup.session.get(url, headers=signed("s3"), allow_redirects=False) as response:
            assert response.status == 307


# -- Regions


async def test_a_region_that_never_ran_is_started_once_for_concurrent_calls(
    setup: GatewaySetup,
) -> None:
    setup.processes.may_start.clear()
    async with FakeService("oregon").at(setup.instance.region_address(OREGON)):
        calls = [
            asyncio.ensure_future(setup.call("POST", "/", signed("dynamodb"))) for _ in range(5)
        ]

        async def start_requested() -> bool:
            return bool(setup.processes.started)

        await async_eventually(start_requested)
        setup.processes.may_start.set()
        answers = await asyncio.gather(*calls)

    assert answers == [(200, b"oregon")] * 5
    assert setup.processes.started == [f"region/{OREGON}"]


async def test_a_call_that_comes_while_a_region_starts_waits_for_it(setup: GatewaySetup) -> None:
    setup.processes.may_start.clear()
    first = asyncio.ensure_future(setup.call("POST", f"/_twin/regions/{OREGON}"))

    async def start_requested() -> bool:
        return bool(setup.processes.started)

    await async_eventually(start_requested)
    setup.processes.states[f"region/{OREGON}"] = ProcessState.RUNNING  # its run file is written
    second = asyncio.ensure_future(setup.call("POST", "/", signed("dynamodb")))
    done, _ = await asyncio.wait({second}, timeout=0.3)
    assert not done

    async with FakeService("oregon").at(setup.instance.region_address(OREGON)):
        setup.processes.may_start.set()
        assert await second == (200, b"oregon")
    assert (await first)[0] == 200


async def test_a_region_that_does_not_start_is_a_503_with_the_reason(setup: GatewaySetup) -> None:
    setup.processes.start_fails = True

    status, body = await setup.call(
        "POST", "/", signed("dynamodb") | {"X-Amz-Target": "DynamoDB_20120810.GetItem"}
    )

    assert status == 503
    assert "no disk" in json.loads(body)["message"]


async def test_a_region_is_started_by_name_when_it_never_ran(setup: GatewaySetup) -> None:
    assert (await setup.call("POST", f"/_twin/regions/{OREGON}"))[0] == 200
    assert (await setup.call("POST", f"/_twin/regions/{OREGON}"))[0] == 200

    assert setup.processes.started == [f"region/{OREGON}"]


@pytest.mark.parametrize("state", [ProcessState.DEAD, ProcessState.FROZEN])
async def test_a_region_that_is_down_is_never_started_by_the_gateway(
    setup: GatewaySetup, state: ProcessState
) -> None:
    setup.processes.states[f"region/{OREGON}"] = state

    by_name, _ = await setup.call("POST", f"/_twin/regions/{OREGON}")
    by_call, _ = await setup.call("POST", "/", signed("dynamodb"))

    assert (by_name, by_call) == (503, 503)
    assert setup.processes.started == []


async def test_an_unknown_region_is_not_found(setup: GatewaySetup) -> None:
    status, body = await setup.call("POST", "/_twin/regions/eu-moon-1")

    assert status == 404
    assert "eu-moon-1" in json.loads(body)["error"]


async def test_the_death_of_a_region_is_noticed_at_once(setup: GatewaySetup) -> None:
    role = f"region/{OREGON}"
    setup.processes.states[role] = ProcessState.RUNNING
    async with FakeService("oregon").at(setup.instance.region_address(OREGON)):
        assert (await setup.call("POST", "/", signed("dynamodb")))[0] == 200
    setup.processes.states[role] = ProcessState.DEAD

    status, body = await setup.call("POST", "/", signed("dynamodb"))

    assert status == 503
    assert f"twin region start {OREGON}" in body.decode()


async def test_the_effect_of_an_interrupted_call_is_reported_as_unknown(
    setup: GatewaySetup,
) -> None:
    async with FakeService("control").at(setup.instance.control_address) as control:
        control.disconnects = True
        status, body = await setup.call("POST", "/", signed("sts"))

    assert status == 503
    assert "whether the call took effect is not known" in body.decode()


# -- errors in boto3


def client(setup: GatewaySetup, service: str, region: str) -> BaseClient:
    boto3_client: BaseClient = boto3.client(  # type: ignore[call-overload]  # any service by name
        service,
        region_name=region,
        endpoint_url=setup.instance.endpoint_url,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}),
    )
    return boto3_client


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
async def test_boto3_parses_why_a_region_does_not_answer(
    setup: GatewaySetup, service: str, operation: str
) -> None:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html"""
    setup.processes.states[f"region/{OREGON}"] = ProcessState.DEAD
    call = getattr(client(setup, service, OREGON), operation)

    with pytest.raises(ClientError) as raised:
        await asyncio.to_thread(call)

    assert raised.value.response["Error"]["Code"] == "ServiceUnavailable"
    assert "us-west-2 is down" in raised.value.response["Error"]["Message"]


async def test_boto3_parses_that_control_is_down(setup: GatewaySetup) -> None:
    with pytest.raises(ClientError, match="twin control start"):
        await asyncio.to_thread(client(setup, "sts", FRANKFURT).get_caller_identity)  # type: ignore[attr-defined]  # made by name


# -- the gateway's own endpoints


async def test_whoami_names_the_twin(setup: GatewaySetup) -> None:
    ports = (PortRange(from_port=8080, to_port=8081),)
    listener = AcceleratorListener(arn="l", port_ranges=ports)
    accelerator = Accelerator(arn="a", name="a", enabled=True, ips=(), listeners=(listener,))
    setup.instance.topology_path.parent.mkdir(parents=True)
    setup.instance.topology_path.write_text(codec.dumps(Topology(accelerators=(accelerator,))))

    _, body = await setup.call("GET", "/_twin/whoami")
    whoami = codec.loads(WhoAmI, body)

    assert (whoami.home, whoami.instance) == (str(setup.instance.home), claim_instance())
    assert whoami.listener_ports == (8080,)


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


async def test_it_lists_the_active_faults(setup: GatewaySetup) -> None:
    end_s = SystemClock().now() + 1000
    faults = Faults(
        faults=(
            fault(FaultKind.SLOW, FRANKFURT, end_s, delay_ms=200.0),
            fault(FaultKind.PAUSE, FRANKFURT, until_s=2.0),
            fault(FaultKind.KILL, OREGON),
        )
    )
    update_faults(setup.instance, lambda _: faults)
    setup.processes.states[f"region/{OREGON}"] = ProcessState.DEAD

    _, body = await setup.call("GET", "/_twin/faults")
    setup.processes.states[f"region/{OREGON}"] = ProcessState.RUNNING
    _, later = await setup.call("GET", "/_twin/faults")

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
        "by": "",
    }
    assert (kill["name"], kill["region"], kill["until_s"]) == ("region-kill", OREGON, None)
    assert [one["name"] for one in json.loads(later)["faults"]] == ["network-slow"]


async def test_programs_can_ask_who_has_ended_a_fault(setup: GatewaySetup) -> None:
    role = f"region/{OREGON}"
    fault = Fault(kind=FaultKind.KILL, role=role, region=OREGON, since_s=1.0)
    faults = Faults(faults=(fault,)).end(role, PROCESS_FAULTS, 7.0, "ann")
    update_faults(setup.instance, lambda _: faults)

    _, body = await setup.call("GET", "/_twin/faults")

    assert json.loads(body) == {
        "faults": [],
        "ended": [
            {"name": "region-kill", "role": role, "region": OREGON, "at_s": 7.0, "by": "ann"}
        ],
    }


async def test_a_damaged_faults_file_has_no_faults(setup: GatewaySetup) -> None:
    setup.instance.faults_path.parent.mkdir(parents=True)
    setup.instance.faults_path.write_text("{")

    status, body = await setup.call("GET", "/_twin/faults")

    assert status == 200
    assert json.loads(body)["faults"] == []


async def test_a_browser_gets_a_page_about_the_twin(setup: GatewaySetup) -> None:
    status, body = await setup.call("GET", "/")

    assert status == 200
    assert setup.instance.endpoint_url in body.decode()


async def test_an_unsigned_call_gets_an_error_with_the_remedy(setup: GatewaySetup) -> None:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html"""
    status, body = await setup.call("POST", "/", data=b"Action=DescribeVpcs")

    assert status == 403
    assert json.loads(body)["__type"] == "MissingAuthenticationToken"
    assert "source .twin/env" in json.loads(body)["message"]
