"""Levers that act on the fake AWS, and a fake `twin` program."""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from muster.aws.account import StackLocation
from muster.levers import Fault
from muster.levers.aws_faults import ReplicationPause, Throttle
from muster.levers.dial import TrafficDial
from muster.levers.dns_door import DnsDoor
from muster.levers.fault_injector import FaultInjector
from muster.levers.health_switch import HealthCheckInvoker, HealthSwitch
from muster.levers.stack_levers import RetryingLevers
from muster.levers.twin_command import RunTwin, TwinCommand
from muster.model import Stack
from muster.retry import RetryPolicy
from tests.unit.muster.fake_aws import FakeAws
from tests.unit.muster.sample_stack import ACCOUNT, CONTROL_TABLE, ENDPOINT, OREGON, make_stack

FIS_TEMPLATES = {OREGON: "EXT1"}


@dataclass
class NotifiedLines:
    """Collects the lines that a lever shows."""

    lines: list[str] = field(default_factory=list)

    def __call__(self, line: str) -> None:
        self.lines.append(line)

    def __contains__(self, text: str) -> bool:
        return any(text in line for line in self.lines)


def make_retry_policy(aws: FakeAws, notified: NotifiedLines | None = None) -> RetryPolicy:
    """Sleeps by the fake's clock."""
    return RetryPolicy(aws.clock, random.Random(1), notified or NotifiedLines())


def make_levers(
    aws: FakeAws,
    notified: NotifiedLines | None = None,
    twin: RunTwin | None = None,
    stack: Stack | None = None,
) -> RetryingLevers:
    """The levers of a command; `twin` replaces the program of that name."""
    policy = make_retry_policy(aws, notified)
    clients, stack = aws.clients(), stack or make_stack()
    return RetryingLevers(
        dial=TrafficDial(clients, stack, policy),
        switch=HealthSwitch(clients, stack, policy),
        health=HealthCheckInvoker(clients, stack, policy),
        dns=DnsDoor(clients, stack, policy),
        faults=FaultInjector(
            stack=stack,
            location=StackLocation(
                kind="twin" if twin else "aws", endpoint_url=None, account=ACCOUNT
            ),
            by="me",
            throttle=Throttle(clients, stack, policy.notify),
            replication_pause=ReplicationPause(
                clients, FIS_TEMPLATES, policy, control_table=CONTROL_TABLE
            ),
            twin=TwinCommand(ENDPOINT, {}, twin) if twin else None,
            notify=policy.notify,
        ),
        policy=policy,
    )


def write_twin_program(home: Path, script: str) -> None:
    """A `twin` program that answers `status`, and runs a shell script for everything else."""
    program = home / "bin" / "twin"
    program.parent.mkdir()
    program.write_text(
        "#!/bin/sh\n"
        f"""[ "$1" = status ] && echo '{{"endpoint_url": "{ENDPOINT}"}}' && exit 0\n"""
        f"{script}\n"
    )
    program.chmod(0o755)


@dataclass
class FakeTwin:
    """The `twin` program; keeps its command lines."""

    endpoint_url: str = ENDPOINT
    ran: list[str] = field(default_factory=list)
    checked: int = 0
    """How often it was asked for its endpoint."""

    async def __call__(self, arguments: Sequence[str]) -> str:
        if tuple(arguments) == ("status", "--json"):
            self.checked += 1
            return json.dumps({"endpoint_url": self.endpoint_url})
        self.ran.append(" ".join(arguments))
        return ""


THROTTLE = Fault(kind="throttle", region=OREGON)
PAUSE = Fault(kind="replication-pause", region=OREGON)
