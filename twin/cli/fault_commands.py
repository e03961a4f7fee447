"""Commands that break and repair parts of the twin: they begin and end faults.

`twin region`, `control`, `edge`, `route53` and `cities` end or freeze one process; `twin network`
and `twin replication` disturb the traffic between a Region and the rest.

The command stores a fault first, then notifies every process to read the stored faults. A process
that it can't notify checks the file regularly (twin.faults.watch). So an interrupted command leaves
a stored fault, which has an end and is shown by `twin status`.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import click

from common.clock import SystemClock
from common.command.durations import parse_duration
from common.command.operator import describe_operator
from common.command.wording import suggest_name
from twin.cli.completion import complete_region
from twin.cli.drill_check import keeps_off_drills
from twin.cli.lifecycle_commands import lifecycle_lock
from twin.cli.progress import Progress
from twin.core.faults import (
    NETWORK_FAULTS,
    PROCESS_FAULTS,
    REPLICATION_FAULTS,
    Fault,
    FaultKind,
    Faults,
    validate_fault,
)
from twin.errors import NotRunning, RegionUnknown
from twin.faults.store import read_faults, update_faults
from twin.internal_api.client import send_internal_request
from twin.runtime import processes, roles
from twin.runtime.instance import Instance
from twin.runtime.roles import ProcessState
from twin.runtime.run_files import find_process, process_state

CLOCK = SystemClock()
region_argument = click.argument("region", shell_complete=complete_region)
FLUSH_PATH = "/_twin/flush"


class SecondsType(click.ParamType[float]):
    """A length of time such as 30, 30s, 2m, 1h30m; in seconds."""

    name = "TIME"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        try:
            return parse_duration(value)
        except ValueError as exc:
            self.fail(str(exc), param, ctx)


def duration_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the option `--for TIME`, parameter `for_s`."""
    return click.option(
        "--for",
        "for_s",
        type=SecondsType(),
        metavar="TIME",
        help="The fault ends after this (30, 30s, 2m, 1h30m); real time, at any speed.",
    )(command)


def begin_fault(
    instance: Instance, kind: FaultKind, role: str, for_s: float | None, delay_ms: float = 0.0
) -> None:
    """Store a fault and put it in force; without `for_s` it has no end.

    Tells of another kind that it takes the place of. Raises UsageError, NotRunning.
    """
    now = CLOCK.now()
    fault = validate_fault(
        Fault(
            kind=kind,
            role=role,
            region=roles.region_of(role) or "",
            since_s=now,
            until_s=None if for_s is None else now + for_s,
            delay_ms=delay_ms,
            by=_describe_caller(now),
        )
    )
    if kind in PROCESS_FAULTS and for_s is not None:
        _require_gateway(instance)
    before = read_faults(instance)
    after = _update(instance, lambda faults: faults.with_fault(fault))
    for ended in before.faults:
        if ended not in after.faults and ended.kind is not kind:
            Progress(CLOCK).report(role, f"{ended.name} ended; the new fault takes its place")


def _require_gateway(instance: Instance) -> None:
    """The gateway ends timed faults of processes."""
    if process_state(instance, roles.GATEWAY) is not ProcessState.RUNNING:
        raise NotRunning(
            "the gateway ends timed faults, and it is not running; run `twin up` first, or leave"
            " out --for"
        )


def end_faults(instance: Instance, role: str, kinds: frozenset[FaultKind]) -> bool:
    """End the role's faults of these kinds; False if there was none."""
    before, now = read_faults(instance), CLOCK.now()
    by = _describe_caller(now)
    return _update(instance, lambda faults: faults.end(role, kinds, now, by)) != before


def _describe_caller(now: float) -> str:
    """Who runs this command, for a drill that it disturbs."""
    context = click.get_current_context()
    command = f"{context.command_path} {context.params.get('region', '')}".strip()
    return describe_operator(os.environ, command, now)


def _update(instance: Instance, change: Callable[[Faults], Faults]) -> Faults:
    after = update_faults(instance, change)
    watchers = [role for role in roles.all_roles(instance) if role != roles.CONTROL]
    with ThreadPoolExecutor(len(watchers)) as pool:
        list(pool.map(lambda role: _notify(instance, role), watchers))
    return after


def _notify(instance: Instance, role: str) -> None:
    if process_state(instance, role) is not ProcessState.RUNNING:
        return
    try:
        send_internal_request("POST", roles.internal_address(instance, role), "/_twin/faults")
    except NotRunning:
        return  # it reads the faults within half a second, or when it starts


def format_duration_limit(for_s: float | None) -> str:
    """`, for 30 s`; empty without a duration."""
    return "" if for_s is None else f", for {for_s:g} s"


def require_known_region(instance: Instance, name: str) -> str:
    """Role of a Region that has been started. Raises RegionUnknown."""
    known = roles.started_regions(instance)
    if name not in known:
        raise RegionUnknown(
            f"{name} has never run in this twin; its Regions: {', '.join(known) or 'none yet'}"
            f"{suggest_name(name, known)}"
        )
    return roles.region_role(name)


# -- one process: name and docstring of each function are those of its command


def start(instance: Instance, role: str) -> None:
    """Start the process, and wait until it answers."""
    progress = Progress(CLOCK)
    _require_any_process(instance)  # first: to take the lock would create the twin's folder
    with lifecycle_lock(instance, progress):
        _require_any_process(instance)  # `twin down` may have ended all of them meanwhile
        before = process_state(instance, role)
        if before is ProcessState.RUNNING:
            progress.report(role, "already running")
        else:
            with progress.timed(role, "thawed" if before is ProcessState.FROZEN else "started"):
                processes.start_process(instance, role, environ=os.environ, clock=CLOCK)
        end_faults(instance, role, PROCESS_FAULTS)


def _require_any_process(instance: Instance) -> None:
    """A twin that is down comes back as a whole. Raises NotRunning."""
    if not any(find_process(instance, role) for role in roles.all_roles(instance)):
        raise NotRunning("the twin is not running; start it: `twin up`")


def thaw(instance: Instance, role: str) -> None:
    """Let the frozen process go on."""
    end_faults(instance, role, frozenset({FaultKind.FREEZE}))
    processes.thaw_process(instance, role)
    Progress(CLOCK).report(role, "thawed")


def stop(instance: Instance, role: str, for_s: float | None) -> None:
    """End the process with SIGTERM: it closes what it has open."""
    begin_fault(instance, FaultKind.STOP, role, for_s)
    ran = processes.stop_process(instance, role, clock=CLOCK)
    _report_end(role, "stopped", ran, for_s)


def kill(instance: Instance, role: str, for_s: float | None) -> None:
    """End the process with SIGKILL: a real outage."""
    begin_fault(instance, FaultKind.KILL, role, for_s)
    ran = processes.kill_process(instance, role, clock=CLOCK)
    _report_end(role, "killed", ran, for_s)


def freeze(instance: Instance, role: str, for_s: float | None) -> None:
    """Hold the process with SIGSTOP: nothing is refused or answered."""
    processes.require_running(instance, role)
    begin_fault(instance, FaultKind.FREEZE, role, for_s)
    processes.freeze_process(instance, role)
    Progress(CLOCK).report(role, f"frozen{format_duration_limit(for_s)}")


def _report_end(role: str, event: str, ran: bool, for_s: float | None) -> None:
    if ran:
        text = f"{event}{format_duration_limit(for_s)}"
    elif for_s is None:
        text = "was not running"
    else:
        text = f"was not running; it starts in {for_s:g} s"
    Progress(CLOCK).report(role, text)


TIMED_ACTIONS = (kill, stop, freeze)
ACTIONS: tuple[Callable[..., None], ...] = (*TIMED_ACTIONS, start, thaw)


def _process_commands(role: str | None) -> list[click.Command]:
    """A command for each action on the role's process; None: on a Region named as argument."""
    return [_process_command(action, role) for action in ACTIONS]


def _process_command(action: Callable[..., None], role: str | None) -> click.Command:
    def run(instance: Instance, region: str = "", **options: object) -> None:
        action(instance, role or require_known_region(instance, region), **options)

    callback: Callable[..., Any] = click.pass_obj(keeps_off_drills(run))
    if role is None:
        callback = region_argument(callback)
    if action in TIMED_ACTIONS:
        callback = duration_option(callback)
    return click.command(action.__name__, help=action.__doc__)(callback)


region = click.Group(
    "region",
    help="Lose a Region, by its name, and get it back.",
    commands=_process_commands(None),
)
control = click.Group(
    "control",
    help="Stop AWS's control planes; traffic and failover go on.",
    commands=_process_commands(roles.CONTROL),
)
edge = click.Group(
    "edge",
    help="Stop the accelerator's edge; nothing answers without it.",
    commands=_process_commands(roles.EDGE),
)
route53 = click.Group(
    "route53",
    help="Stop Route 53's name servers and health checkers.",
    commands=_process_commands(roles.ROUTE53),
)
cities = click.Group(
    "cities",
    help="Stop the cities' resolvers and SOCKS entrances, or empty the resolvers' caches.",
    commands=_process_commands(roles.CITIES),
)


@cities.command()
@click.pass_obj
@keeps_off_drills
def flush(instance: Instance) -> None:
    """Empty the caches of all resolvers.

    The next query of each name asks the name servers. A resolver also keeps that a name does not
    exist, for up to 15 minutes.
    """
    send_internal_request("POST", instance.cities_address, FLUSH_PATH)
    Progress(CLOCK).report(roles.CITIES, "the resolvers' caches are empty")


# -- the network of a Region


@click.group()
def network() -> None:
    """Cut a Region off, or make the way to it slow."""


@network.command()
@region_argument
@duration_option
@click.pass_obj
@keeps_off_drills
def cut(instance: Instance, region: str, for_s: float | None) -> None:
    """Let nothing pass between REGION and the rest.

    New connections of the accelerator time out, open ones stall, its health reports do not arrive,
    nothing is replicated, and its APIs do not answer. Inside the Region all goes on.
    """
    role = require_known_region(instance, region)
    begin_fault(instance, FaultKind.CUT, role, for_s)
    Progress(CLOCK).report(role, f"network cut{format_duration_limit(for_s)}")


@network.command()
@region_argument
@click.option(
    "--delay-ms",
    type=float,
    default=200.0,
    show_default=True,
    metavar="N",
    help="Milliseconds more each way; real time, at any speed.",
)
@duration_option
@click.pass_obj
@keeps_off_drills
def slow(instance: Instance, region: str, delay_ms: float, for_s: float | None) -> None:
    """Delay everything between REGION and the rest.

    The accelerator's connections, health reports and replication.
    """
    role = require_known_region(instance, region)
    begin_fault(instance, FaultKind.SLOW, role, for_s, delay_ms)
    delay = f"{delay_ms:g} ms more each way"
    Progress(CLOCK).report(role, f"network slow, {delay}{format_duration_limit(for_s)}")


@network.command()
@region_argument
@click.pass_obj
@keeps_off_drills
def heal(instance: Instance, region: str) -> None:
    """End `cut` and `slow`."""
    role = require_known_region(instance, region)
    ended = end_faults(instance, role, NETWORK_FAULTS)
    Progress(CLOCK).report(role, "network healed" if ended else "network was whole")


# -- replication of a Region


@click.group()
def replication() -> None:
    """Hold and release what a Region's tables send to others."""


@replication.command()
@region_argument
@duration_option
@click.pass_obj
@keeps_off_drills
def pause(instance: Instance, region: str, for_s: float | None) -> None:
    """Hold replication into and out of REGION until `resume`."""
    role = require_known_region(instance, region)
    begin_fault(instance, FaultKind.PAUSE, role, for_s)
    Progress(CLOCK).report(role, f"replication paused{format_duration_limit(for_s)}")


@replication.command()
@region_argument
@click.pass_obj
@keeps_off_drills
def resume(instance: Instance, region: str) -> None:
    """Send what was held back, and everything from now on."""
    role = require_known_region(instance, region)
    ended = end_faults(instance, role, REPLICATION_FAULTS)
    event = "replication resumed" if ended else "replication was not paused"
    Progress(CLOCK).report(role, event)
