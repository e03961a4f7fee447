"""One listener in the test's own process, whose function echoes its event or waits."""

import asyncio
import contextlib
import json
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import cast

from common.clock import SystemClock
from tests.functional.twin.region.alb.answers import FORWARD
from tests.functional.twin.region.metrics_report import BALANCER
from tests.functional.twin.region.region_process import (
    BALANCER_ARN,
    FUNCTION_ARN,
    GROUP_ARN,
    NO_CHECK,
)
from twin.internal_api.request_memory import RequestMemory
from twin.region.alb.lambda_targets import LambdaTarget, LambdaTargets
from twin.region.alb.listener_handler import (
    BalancerCounts,
    ForwardedRequest,
    ListenerConfig,
    ListenerHandler,
    TargetInvocation,
)
from twin.region.http1.connections import ConnectionServer, ConnectionTimeouts, DateHeader
from twin.region.ids import IdGenerator
from twin.region.lambdas.functions import HostedFunction
from twin.region.lambdas.invocation import InvocationResult
from twin.topology.model import ListenerAction, LoadBalancer, LoadBalancerListener, TargetGroup

GROUP = TargetGroup(
    arn=GROUP_ARN, name="app", target_type="lambda", health_check=NO_CHECK, targets=(FUNCTION_ARN,)
)
PORT = 80
"""The listener's port by its configuration; the socket has another one."""


class EchoFunction:
    """Answers with its event as the body; while `holds`, its invocations stay unanswered."""

    def __init__(self) -> None:
        self.holds = False
        self.events: list[bytes] = []
        self.running: list[asyncio.Future[InvocationResult]] = []

    def submit(
        self, _qualifier: str, event: bytes, *, trace_root: str, draw: float
    ) -> "asyncio.Future[InvocationResult]":
        assert trace_root
        assert 0 <= draw < 1
        self.events.append(event)
        result: asyncio.Future[InvocationResult] = asyncio.get_running_loop().create_future()
        if self.holds:
            self.running.append(result)
        else:
            answer(result, event)
        return result


def answer(result: "asyncio.Future[InvocationResult]", event: bytes) -> None:
    document = {"statusCode": 200, "headers": {"Content-Type": "a/b"}, "body": event.decode()}
    payload = json.dumps(document).encode()
    result.set_result(InvocationResult(payload=payload, version="1"))


@dataclass
class EchoTargets(LambdaTargets):
    """The one target of the one group."""

    function: EchoFunction
    ids: IdGenerator = field(default_factory=lambda: IdGenerator(SystemClock(), random.Random(1)))

    def in_group(self, group_arn: str) -> tuple[LambdaTarget, ...]:
        assert group_arn == GROUP_ARN
        hosted = cast("HostedFunction", self.function)
        return (LambdaTarget(id=FUNCTION_ARN, group=GROUP, function=hosted, permitted=True),)


@dataclass(kw_only=True)
class EchoListener:
    address: tuple[str, int]
    targets: EchoTargets
    counts: BalancerCounts
    server: ConnectionServer[ForwardedRequest, TargetInvocation]

    @property
    def function(self) -> EchoFunction:
        return self.targets.function

    async def exchange(self, *segments: bytes, ends: bool = False) -> bytes:
        """Send segments on a new connection; what comes back until the load balancer closes it.

        `ends` closes the client's side after the last one.
        """
        reader, writer = await asyncio.open_connection(*self.address)
        try:
            for segment in segments:
                writer.write(segment)
                await writer.drain()
                await asyncio.sleep(0)
            if ends:
                writer.write_eof()
            return await asyncio.wait_for(reader.read(), 10)
        except ConnectionResetError:
            return b""
        finally:
            writer.close()

    def taken_metrics(self) -> dict[str, float]:
        """Metric of the load balancer -> its sum since the last call."""
        return {
            sample.name: sample.statistics.total
            for sample in self.counts.metrics.take(BALANCER_ARN)
            if sample.dimensions == BALANCER
        }


@contextlib.asynccontextmanager
async def serving_echo(
    *, action: ListenerAction = FORWARD, idle_s: float = 60.0, **attributes: str
) -> AsyncIterator[EchoListener]:
    """Serve a listener of a load balancer with attributes; in their names, `__` is a dot."""
    named = {name.replace("__", "."): value for name, value in attributes.items()}
    listener = LoadBalancerListener(
        arn="li", port=PORT, protocol="HTTP", default_action=action, attributes=named
    )
    balancer = LoadBalancer(
        arn=BALANCER_ARN, name="app", address="127.0.0.1", scheme="internal", attributes=named,
        listeners=(listener,),
    )  # fmt: skip
    targets, counts = EchoTargets(EchoFunction()), BalancerCounts()
    handler = ListenerHandler(
        ListenerConfig.from_topology(balancer, listener),
        targets=targets,
        is_healthy=lambda _: True,
        counts=counts,
        clock=SystemClock(),
    )
    server = ConnectionServer(
        handler,
        timeouts=ConnectionTimeouts(idle_s=idle_s),
        date=DateHeader(SystemClock()),
        memory=RequestMemory(),
    )
    socket = await asyncio.get_running_loop().create_server(server, "127.0.0.1", 0)
    try:
        yield EchoListener(
            address=socket.sockets[0].getsockname(),
            targets=targets,
            counts=counts,
            server=server,
        )
    finally:
        socket.close()
        await server.close(0.1)
