"""Commands that break and repair parts of the twin.

`twin region`, `control` and `edge` end or freeze one process; `twin network` and `twin replication`
disturb what goes between a Region and the rest.
"""

import os
from collections.abc import Callable
from typing import Any

import click

from twin.cli.fault_injection import (
    CLOCK,
    begin_fault,
    duration_option,
    end_faults,
    format_duration_limit,
)
from twin.cli.progress import Progress
from twin.core.faults import NETWORK_FAULTS, PROCESS_FAULTS, REPLICATION_FAULTS, FaultKind
from twin.errors import RegionUnknown
from twin.runtime import processes, roles
from twin.runtime.instance import Instance
from twin.runtime.roles import ProcessState
from twin.runtime.run_files import process_state


def require_known_region(instance: Instance, name: str) -> str:
    """Role of a Region that has been started. Raises RegionUnknown."""
    known = roles.started_regions(instance)
    if name not in known:
        raise RegionUnknown(
            f"{name} has never run in this twin; its Regions: {', '.join(known) or 'none yet'}"
        )
    return roles.region_role(name)


# -- one process: name and docstring of each function are those of its command


def start(instance: Instance, role: str) -> None:
    """Start the process, and wait until it answers."""
    progress = Progress(CLOCK)
    before = process_state(instance, role)
    if before is ProcessState.RUNNING:
        progress.report(role, "already running")
    else:
        with progress.timed(role, "thawed" if before is ProcessState.FROZEN else "started"):
            processes.start_process(instance, role, environ=os.environ, clock=CLOCK)
    end_faults(instance, role, PROCESS_FAULTS)


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

    callback: Callable[..., Any] = click.pass_obj(run)
    if role is None:
        callback = click.argument("region")(callback)
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


# -- the network of a Region


@click.group()
def network() -> None:
    """Cut a Region off, or make the way to it slow."""


@network.command()
@click.argument("region")
@duration_option
@click.pass_obj
def cut(instance: Instance, region: str, for_s: float | None) -> None:
    """Let nothing pass between REGION and the rest.

    New connections of the accelerator time out, open ones stall, its health reports do not arrive,
    nothing is replicated, and its APIs do not answer. Inside the Region all goes on.
    """
    role = require_known_region(instance, region)
    begin_fault(instance, FaultKind.CUT, role, for_s)
    Progress(CLOCK).report(role, f"network cut{format_duration_limit(for_s)}")


@network.command()
@click.argument("region")
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
def slow(instance: Instance, region: str, delay_ms: float, for_s: float | None) -> None:
    """Delay everything between REGION and the rest.

    The accelerator's connections, health reports and replication.
    """
    role = require_known_region(instance, region)
    begin_fault(instance, FaultKind.SLOW, role, for_s, delay_ms)
    delay = f"{delay_ms:g} ms more each way"
    Progress(CLOCK).report(role, f"network slow, {delay}{format_duration_limit(for_s)}")


@network.command()
@click.argument("region")
@click.pass_obj
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
@click.argument("region")
@duration_option
@click.pass_obj
def pause(instance: Instance, region: str, for_s: float | None) -> None:
    """Hold replication into and out of REGION until `resume`."""
    role = require_known_region(instance, region)
    begin_fault(instance, FaultKind.PAUSE, role, for_s)
    Progress(CLOCK).report(role, f"replication paused{format_duration_limit(for_s)}")


@replication.command()
@click.argument("region")
@click.pass_obj
def resume(instance: Instance, region: str) -> None:
    """Send what was held back, and everything from now on."""
    role = require_known_region(instance, region)
    ended = end_faults(instance, role, REPLICATION_FAULTS)
    event = "replication resumed" if ended else "replication was not paused"
    Progress(CLOCK).report(role, event)
