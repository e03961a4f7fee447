"""Latency of a warm GET through API Gateway with TLS, beside accelerator and load balancer.

Both are asked by one client on a kept connection, in turns, with the same request: wrk can't ask an
address for another name, as TLS by names needs it. The HTTP API is made for the deployed function.
"""

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import Any

from bench import processes
from tests.e2e.checkout import Checkout
from twin.runtime.instance import Instance

ROUNDS = 6
REQUESTS = 500
"""Of each door in each round."""
WARM_UP = 100
PATH = "/get/foobar"


class NotAnswered(Exception):
    """A door has not answered with 200."""


@dataclass(kw_only=True)
class DoorTiming:
    """Of one door."""

    name: str
    latencies_us: list[float] = field(default_factory=list)
    cpu: dict[str, float] = field(default_factory=dict)
    """Processor seconds, by process."""

    @property
    def p50_us(self) -> float:
        return median(self.latencies_us)

    @property
    def p99_us(self) -> float:
        return quantiles(self.latencies_us, n=100)[98]


def measure_doors(copy: Checkout) -> list[DoorTiming]:
    """The accelerator first. Raises NotAnswered."""
    address = copy.outputs()["static_ips"][0]
    accelerator = DoorTiming(name="accelerator and load balancer, HTTP")
    gateway = DoorTiming(name="API Gateway, TLS")
    with (
        _kept_connection((address, 80), address, None) as ask_accelerator,
        _gateway_connection(copy) as ask_gateway,
    ):
        doors = ((accelerator, ask_accelerator), (gateway, ask_gateway))
        for _, ask in doors:
            for _ in range(WARM_UP):
                ask()
        for _ in range(ROUNDS):
            for timing, ask in doors:
                before = processes.cpu_seconds(copy)
                timing.latencies_us += [ask() for _ in range(REQUESTS)]
                for role, seconds in processes.cpu_seconds(copy).items():
                    spent = seconds - before.get(role, 0.0)
                    timing.cpu[role] = timing.cpu.get(role, 0.0) + spent
    return [accelerator, gateway]


@contextmanager
def _gateway_connection(copy: Checkout) -> Iterator[Callable[[], float]]:
    """A connection to an HTTP API that is there for as long."""
    outputs = copy.outputs()
    region = outputs["home_region"]
    gateway, functions = copy.client("apigatewayv2", region), copy.client("lambda", region)
    name = outputs["regions"][region]["function_name"]
    alias = functions.get_alias(FunctionName=name, Name="live")["AliasArn"]
    api = gateway.create_api(Name="bench", ProtocolType="HTTP", Target=alias)["ApiId"]
    functions.add_permission(
        FunctionName=name,
        Qualifier="live",
        StatementId="bench",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
    )
    instance = Instance(copy.home, copy.status()["instance"])
    trust = ssl.create_default_context(cafile=str(instance.ca_path))
    host = f"{api}.execute-api.{region}.amazonaws.com"
    try:
        served = _find_gateway(copy, region)
        with _kept_connection((served["address"], served["port"]), host, trust) as ask:
            yield ask
    finally:
        functions.remove_permission(FunctionName=name, Qualifier="live", StatementId="bench")
        gateway.delete_api(ApiId=api)


def _find_gateway(copy: Checkout, region: str) -> dict[str, Any]:
    (found,) = (r for r in copy.status()["regions"] if r["name"] == region)
    gateway: dict[str, Any] = found["status"]["api_gateway"]
    return gateway


@contextmanager
def _kept_connection(
    address: tuple[str, int], host: str, trust: ssl.SSLContext | None
) -> Iterator[Callable[[], float]]:
    """A function that sends one request and tells how long its answer took, in microseconds."""
    sent = f"GET {PATH} HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\n\r\n".encode()
    with socket.create_connection(address, timeout=30) as plain:
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = plain if trust is None else trust.wrap_socket(plain, server_hostname=host)

        def ask() -> float:
            began = time.perf_counter()
            connection.sendall(sent)
            received = connection.recv(65536)
            while not _is_whole(received):
                received += connection.recv(65536)
            took = time.perf_counter() - began
            if not received.startswith(b"HTTP/1.1 200 "):
                raise NotAnswered(f"{host}{PATH}: {received[:200]!r}")
            return took * 1e6

        yield ask


def _is_whole(received: bytes) -> bool:
    """Whether a response with a Content-Length is there."""
    head, end, body = received.partition(b"\r\n\r\n")
    if not received:
        raise NotAnswered("the connection was closed")
    if not end:
        return False
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    return len(body) >= length


def format_doors_table(doors: list[DoorTiming]) -> str:
    """A Markdown table; the ratio is to the first door."""
    lines = [
        "| door, kept connection | p50 us | p99 us | p50 / accelerator | CPU us a request |",
        "|---|---|---|---|---|",
    ]
    for door in doors:
        cpu = processes.format_cpu_per_request({}, door.cpu, len(door.latencies_us))
        ratio = door.p50_us / doors[0].p50_us
        lines.append(
            f"| {door.name} | {door.p50_us:.0f} | {door.p99_us:.0f} | {ratio:.2f} | {cpu} |"
        )
    return "\n".join(lines)
