"""What must not hurt the services: hostile requests through both doors, and another one's table."""

import http.client
import json
import random
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from common.network.socks_client import connect_through
from tests.e2e import clients
from tests.e2e.both_doors.dns_clients import FRANKFURT
from tests.e2e.both_doors.dns_system import DnsSystem
from tests.e2e.clients import TIMEOUT_S, HttpAnswer
from tests.e2e.system import FRANKFURT_REGION, System
from tests.hostile_requests import (
    HostileRequest,
    list_single_faults,
    list_templates,
    make_hostile_request,
)
from tests.waiting import eventually

EVERY = 29
"""Every this manieth single fault is sent: prime, so that all routes and pieces are among them."""
MIXTURES = 60
ROUTES = {
    "items": "/get/foobar",
    "keyvalues": "/kv/kept",
    "hits": "/hits/total",
    "bookmarks": "/bookmarks/films",
}
PAGE = {"Origin": "https://pages.example"}


# -- hostile requests


def open_socket(system: DnsSystem, anycast: System, door: str) -> socket.socket:
    """A connection of a client in Frankfurt."""
    if door == "accelerator":
        address = (anycast.ips[0], anycast.port)
        return socket.create_connection(address, TIMEOUT_S, (clients.FRANKFURT, 0))
    host, _, port = system.entrance(FRANKFURT).rpartition(":")
    plain = connect_through((host, int(port)), system.domain, system.port, TIMEOUT_S)
    trust = ssl.create_default_context(cafile=str(system.authority))
    return trust.wrap_socket(plain, server_hostname=system.domain)


def send(connection: socket.socket, host: str, request: HostileRequest) -> HttpAnswer:
    """The request as it is, which http.client would refuse to send."""
    lines = [
        f"{request.method} {request.target} HTTP/1.1",
        f"Host: {host}",
        "Connection: close",
        f"Content-Length: {len(request.body)}",
        *(f"{name}: {text}" for name, text in request.headers.items()),
    ]
    connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + request.body)
    response = http.client.HTTPResponse(connection, method=request.method)
    response.begin()
    return HttpAnswer(response.status, dict(response.getheaders()), response.read())


@pytest.mark.parametrize("door", ["accelerator", "dns"])
def test_hostile_requests_through_both_doors_make_no_error_and_lose_no_item(
    system: DnsSystem, anycast: System, door: str
) -> None:
    kept = store_kept_items(system)
    templates = list_templates()
    rng = random.Random(7)
    requests = [
        *list(list_single_faults(templates))[rng.randrange(EVERY) :: EVERY],
        *(make_hostile_request(rng, templates) for _ in range(MIXTURES)),
    ]

    for request in requests:
        with open_socket(system, anycast, door) as connection:
            answer = send(connection, system.domain, request)
        assert 200 <= answer.status < 500, (request, answer)

    assert read_kept_items(system) == kept
    assert system.get("/health", FRANKFURT).status == 200


def store_kept_items(system: DnsSystem) -> list[object]:
    """Store an item of each service that no hostile request names."""
    body = {"bookmark": 0.5, "version": 1, "session": "kept"}
    for method, path, content in (
        ("POST", "/create", {"item_id": "kept"}),
        ("POST", "/kv/kept", {"value": "kept"}),
        ("PUT", "/bookmarks/viewers/kept/01", body),
    ):
        answer = system.ask(method, path, FRANKFURT, body=content)
        assert answer.status in (200, 201, 409), answer  # 409: the other door's test has stored it
    return read_kept_items(system)


def read_kept_items(system: DnsSystem) -> list[object]:
    read: list[object] = []
    for path in ("/kv/kept", "/bookmarks/query/kept", "/bookmarks/films"):
        data = system.get(path, FRANKFURT).data
        read.append({name: value for name, value in data.items() if name != "Latency"})
    return [*read, system.get("/get/kept", FRANKFURT).body]


# -- a table that fails


@contextmanager
def denied_table(system: DnsSystem, service: str) -> Iterator[None]:
    """The function of Frankfurt's Region may not use this service's table."""
    statement = {
        "Effect": "Deny",
        "Action": "dynamodb:*",
        "Resource": f"arn:aws:dynamodb:*:*:table/{system.outputs['services'][service]}",
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    role = {"RoleName": f"muster-local-{FRANKFURT_REGION}", "PolicyName": "a-table-fails"}
    iam = system.checkout.client("iam", "us-east-1")
    iam.put_role_policy(**role, PolicyDocument=json.dumps(policy))
    try:
        yield
    finally:
        iam.delete_role_policy(**role)


def ask_all(system: DnsSystem) -> dict[str, HttpAnswer]:
    name = system.regional_name(FRANKFURT_REGION)
    return {
        service: system.ask("GET", path, FRANKFURT, host=name, headers=PAGE)
        for service, path in ROUTES.items()
    }


@pytest.mark.parametrize("service", ["bookmarks", "hits", "keyvalues"])
def test_a_table_that_fails_takes_its_own_service_and_no_other(
    system: DnsSystem, service: str
) -> None:
    """/health reads the tables that muster:health_tables names, which is that of items alone."""
    system.ask("POST", "/kv/kept", FRANKFURT, body={"value": "kept"})
    name = system.regional_name(FRANKFURT_REGION)

    with denied_table(system, service):
        eventually(lambda: ask_all(system)[service].status == 503)
        answers: dict[str, Any] = ask_all(system)
        health = system.get("/health", FRANKFURT, name)

    failed = answers.pop(service)
    assert failed.data["error"] == "the table does not answer"
    assert failed.data["region"] == failed.region == FRANKFURT_REGION
    assert failed.header("Access-Control-Allow-Origin") == "*"
    assert {answer.status for answer in answers.values()} == {200}
    assert (health.status, health.region) == (200, FRANKFURT_REGION)
    eventually(lambda: ask_all(system)[service].status == 200)
