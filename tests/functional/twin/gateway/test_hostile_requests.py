"""Bytes on a socket that are meant to reach a process behind the gateway, or to wear it out."""

import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from common.clock import SystemClock
from tests.functional.twin.gateway.fakes import FakeProcesses, FakeService
from tests.functional.twin.strangers import exchange
from tests.instances import claim_instance
from twin.gateway.gateway import Gateway, create_client_session
from twin.gateway.process import open_listening_socket
from twin.gateway.process_table import ProcessTable
from twin.internal_api.request_memory import MAX_CALL_BYTES
from twin.internal_api.server import serving_socket
from twin.runtime.instance import Instance

SIGNED = "AWS4-HMAC-SHA256 Credential=test/20260101/us-west-2/ec2/aws4_request, SignedHeaders=host"
HEADERS = f"Host: 127.0.0.1:4566\r\nAuthorization: {SIGNED}\r\nConnection: close\r\n"
POST = f"POST / HTTP/1.1\r\n{HEADERS}"
SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Target:
    instance: Instance
    control: FakeService

    async def send(self, request: str) -> bytes:
        caller = socket.create_connection(self.instance.gateway_address)
        return await exchange(caller, request.encode("latin-1"))

    def forwarded(self) -> list[tuple[str, str]]:
        return [(request.method, request.raw_path) for request in self.control.requests]


@pytest.fixture
async def target(tmp_path: Path) -> AsyncIterator[Target]:
    instance = Instance(tmp_path, claim_instance())
    async with contextlib.AsyncExitStack() as stack:
        session = await stack.enter_async_context(create_client_session())
        gateway = Gateway(instance, ProcessTable(FakeProcesses(), SystemClock()), session)
        serving = serving_socket(
            gateway.build_app(), open_listening_socket(instance, {}), auto_decompress=False
        )
        await stack.enter_async_context(serving)
        control = FakeService("control").at(instance.control_address)
        yield Target(instance, await stack.enter_async_context(control))


@pytest.mark.parametrize(
    "request_bytes",
    [
        f"{POST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{SMUGGLED}",
        f"{POST}Content-Length: 0\r\nContent-Length: {len(SMUGGLED)}\r\n\r\n{SMUGGLED}",
        f"{POST}Content-Length: +0\r\n\r\n{SMUGGLED}",
        f"{POST}Content-Length : 0\r\n\r\n{SMUGGLED}",
        f"{POST}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n{SMUGGLED}",
        f"{POST}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n{SMUGGLED}",
        f"{POST}Transfer-Encoding: chunked\r\n\r\n1\r\na\r\nzz\r\n\r\n",
        f"{POST}X: a\r\n folded\r\n\r\n",
        f"{POST}X: a\0b\r\n\r\n",
        f"{POST}Host: other.example\r\n\r\n",
        f"POST / HTTP/1.1\n{HEADERS}\r\n",
        f"POST / HTTP/1.1\r\nAuthorization: {SIGNED}\r\n\r\n",
        f"POST /\xe4 HTTP/1.1\r\n{HEADERS}\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        f"{POST}X: {'a' * 20_000}\r\n\r\n",
        f"POST /{'a' * 20_000} HTTP/1.1\r\n{HEADERS}\r\n",
        POST + "".join(f"X{number}: a\r\n" for number in range(5_000)) + "\r\n",
    ],
)
async def test_a_request_that_could_be_read_in_two_ways_is_refused(
    target: Target, request_bytes: str, caplog: pytest.LogCaptureFixture
) -> None:
    """https://www.rfc-editor.org/rfc/rfc9112#section-11.2"""
    answer = await target.send(request_bytes)

    assert answer.startswith(b"HTTP/1.0 400 ")
    assert answer.count(b"\r\n\r\n") == 1
    assert target.forwarded() == []
    assert caplog.records == []


@pytest.mark.parametrize(
    ("line", "forwarded"),
    [
        ("GET http://127.140.0.2:7000/_twin/topology", []),
        ("GET http://other.example/x", [("GET", "/x")]),
        ("GET //other.example/x", [("GET", "//other.example/x")]),
        ("GET /a/../b", [("GET", "/a/../b")]),
        ("GET /x/..%2f_twin/topology", []),
        ("CONNECT 127.140.0.2:7000", []),
        ("OPTIONS *", []),
    ],
)
async def test_a_target_leads_to_no_other_address(
    target: Target, line: str, forwarded: list[tuple[str, str]]
) -> None:
    answer = await target.send(f"{line} HTTP/1.1\r\n{HEADERS}\r\n")

    assert answer.startswith(b"HTTP/1.1 200 " if forwarded else b"HTTP/1.1 404 ")
    assert target.forwarded() == forwarded


async def test_of_two_signatures_the_last_one_leads_the_way(target: Target) -> None:
    """It is the one that the processes behind the gateway check."""
    other = SIGNED.replace("/ec2/", "/dynamodb/")

    answer = await target.send(f"POST / HTTP/1.1\r\nAuthorization: {other}\r\n{HEADERS}\r\n")

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert target.forwarded() == [("POST", "/")]


async def test_an_upgrade_is_not_taken(target: Target) -> None:
    upgrade = HEADERS.replace("close", "Upgrade, close") + "Upgrade: h2c\r\n"

    answer = await target.send(f"GET /x HTTP/1.1\r\n{upgrade}\r\n")

    assert answer.startswith(b"HTTP/1.1 200 ")
    (request,) = target.control.requests
    assert "Upgrade" not in request.headers


async def test_a_body_that_is_too_large_is_refused_before_it_is_sent(target: Target) -> None:
    answer = await target.send(f"{POST}Content-Length: {MAX_CALL_BYTES + 1}\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"RequestEntityTooLarge" in answer
    assert target.forwarded() == []
