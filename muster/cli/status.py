"""`muster status`: the system in one table, with warnings below it."""

import asyncio
import dataclasses
import json
import sys
import time
from typing import TYPE_CHECKING

import click

from muster.cli.context import CommandContext
from muster.cli.options import EXIT_PARTLY_READ, DurationType, json_option
from muster.errors import MusterError
from muster.model import SystemView
from muster.system.diagnostics import connection_shares, list_warnings

if TYPE_CHECKING:
    from muster.deployment import Deployment
    from muster.drill.run.lease import LeaseStatus
    from muster.probe.plan import VantagePoint
    from muster.system.dns_reader import DnsDoorStatus
    from muster.system.telemetry import StackTelemetry

DEFAULT_WATCH = "2s"
SHORTEST_WATCH_S = 0.5
"""Each reading makes some ten calls to AWS."""


@click.command()
@json_option
@click.option(
    "--watch",
    "interval_s",
    type=DurationType(SHORTEST_WATCH_S),
    is_flag=False,
    flag_value=DEFAULT_WATCH,
    help="Repeat every TIME (2s when none is given), until Ctrl-C.",
)
@click.pass_obj
def status(context: CommandContext, as_json: bool, interval_s: float | None) -> int:
    """What the system looks like now.

    For each Region: the dial (the declared one in brackets where it differs), the endpoint's health
    as the accelerator sees it, the target's as the load balancer sees it, the health switch with
    its time left, the share of new connections, and the replication lag of what is written there.
    Of the DNS door: each Region's record with its weight, how many health checkers find it healthy,
    and which Region a client in each place would be sent to now.
    `?` could not be read; `-` means that there was nothing to measure. Warnings, active faults
    with their time left, and a drill that is under way or was left behind are listed below.

    Ends with 0 when everything could be read, else with 1.
    """
    deployment = context.open_deployment()
    if interval_s is not None:
        return asyncio.run(_watch(deployment, interval_s, as_json=as_json))
    found = asyncio.run(StatusReader(deployment, deployment.telemetry()).read())
    _print_status(deployment, found, as_json=as_json)
    return EXIT_PARTLY_READ if found.view.problems or found.drill.state == "unknown" else 0


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SystemStatus:
    """What `muster status` shows."""

    view: SystemView
    door: "DnsDoorStatus | None"
    """None for a stack without the DNS door."""
    drill: "LeaseStatus"
    """`free` when no drill is under way."""


@dataclasses.dataclass
class StatusReader:
    """Reads the system's state, once or again and again."""

    deployment: "Deployment"
    telemetry: "StackTelemetry"
    places: "tuple[VantagePoint, ...] | None" = None
    """Where clients may be, once that was read: it stays."""

    async def read(self) -> SystemStatus:
        from muster.cli.lease_holder import make_lease_holder  # noqa: PLC0415 - it takes 30 ms

        view, door, drill = await asyncio.gather(
            self.telemetry.view(),
            self._read_dns_door(),
            make_lease_holder(self.deployment).status(""),
        )
        return SystemStatus(view=view, door=door, drill=drill)

    async def _read_dns_door(self) -> "DnsDoorStatus | None":
        stack, reader = self.deployment.stack, self.deployment.dns
        if stack.dns is None or reader is None:
            return None
        from muster.probe.name_resolver import DnsResolver  # noqa: PLC0415 - it brings dnspython
        from muster.system.dns_answers import read_answers  # noqa: PLC0415
        from muster.system.dns_reader import DnsDoorStatus  # noqa: PLC0415

        problem = ""
        try:
            if self.places is None:
                self.places = await self.deployment.places()
        except MusterError as exc:
            problem = str(exc)
        checkers, answers = await asyncio.gather(
            reader.read_checkers(), read_answers(DnsResolver(), stack.dns, self.places or ())
        )
        return DnsDoorStatus(checkers=checkers, answers=answers, problem=problem)


async def _watch(deployment: "Deployment", interval_s: float, *, as_json: bool) -> int:
    reader = StatusReader(deployment, deployment.telemetry())
    terminal = sys.stdout.isatty() and not as_json
    while True:
        found = await reader.read()
        if terminal:
            click.clear()
            click.echo(time.strftime("%H:%M:%S", time.localtime(deployment.clock.now())))
        _print_status(deployment, found, as_json=as_json, one_line=True)
        await deployment.clock.sleep(interval_s)


def _print_status(
    deployment: "Deployment", found: SystemStatus, *, as_json: bool, one_line: bool = False
) -> None:
    if as_json:
        document = status_document(deployment, found)
        click.echo(json.dumps(document, indent=None if one_line else 2))
        return
    from muster.cli.status_table import print_status  # noqa: PLC0415 - brings rich along

    now = deployment.clock.now()
    print_status(deployment.location, deployment.stack, found, now)


def status_document(deployment: "Deployment", found: SystemStatus) -> dict[str, object]:
    """Document of `muster status --json`; its fields are only ever added to."""
    now, view, door = deployment.clock.now(), found.view, found.door
    return {
        "at": now,
        "target": dataclasses.asdict(deployment.location),
        **dataclasses.asdict(view),
        "shares": connection_shares(view),
        "warnings": list_warnings(deployment.stack, view, now),
        "dns_door": dataclasses.asdict(door) if door else None,
        "drill": _drill_document(found.drill),
    }


def _drill_document(drill: "LeaseStatus") -> dict[str, object] | None:
    """The drill that holds the stack's lease; None without one."""
    if drill.state == "free":
        return None
    lease = drill.lease
    return {
        "state": drill.state,
        "run": lease.run if lease else "",
        "scenario": lease.scenario if lease else "",
        "by": lease.by if lease else "",
        "host": lease.host if lease else "",
        "until": lease.until if lease else None,
        "since": (lease.progress.started_at or None) if lease else None,
        "phase": lease.progress.phase if lease else "",
        "step": lease.progress.step if lease else "",
        "does": lease.progress.does if lease else "",
        "words": drill.words,
        "way_out": drill.way_out,
    }
