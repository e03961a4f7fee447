"""`twin region`, `twin control` and `twin edge`: stopping, killing, freezing one process."""

import os
from collections.abc import Callable

import click

from twin import processes, roles
from twin.cli.progress import Progress
from twin.clock import SystemClock
from twin.errors import RegionUnknown
from twin.instance import Instance

CLOCK = SystemClock()


Action = Callable[[Instance, str], None]


def start(instance: Instance, role: str) -> None:
    """Start the process, and wait until it answers."""
    progress = Progress(CLOCK)
    before = processes.state(instance, role)
    if before is roles.ProcessState.RUNNING:
        progress.say(role, "already running")
        return
    with progress.timed(role, "thawed" if before is roles.ProcessState.FROZEN else "started"):
        processes.start(instance, role, environ=os.environ, clock=CLOCK)


def stop(instance: Instance, role: str) -> None:
    """End the process with SIGTERM: it closes what it has open."""
    _say_ended(role, "stopped", processes.stop(instance, role, clock=CLOCK))


def kill(instance: Instance, role: str) -> None:
    """End the process with SIGKILL: a real outage."""
    _say_ended(role, "killed", processes.kill(instance, role, clock=CLOCK))


def freeze(instance: Instance, role: str) -> None:
    """Hold the process with SIGSTOP: nothing is refused or answered."""
    processes.freeze(instance, role)
    Progress(CLOCK).say(role, "frozen")


def thaw(instance: Instance, role: str) -> None:
    """Let the frozen process go on."""
    processes.thaw(instance, role)
    Progress(CLOCK).say(role, "thawed")


def _say_ended(role: str, how: str, was_there: bool) -> None:
    Progress(CLOCK).say(role, how if was_there else "was not running")


def known_region(instance: Instance, name: str) -> str:
    """The role of a Region that has run. Raises RegionUnknown."""
    known = roles.started_regions(instance)
    if name not in known:
        raise RegionUnknown(
            f"{name} has never run in this twin; its Regions: {', '.join(known) or 'none yet'}"
        )
    return roles.region_role(name)


def _on_region(action: Action) -> click.Command:
    @click.command(action.__name__, help=action.__doc__)
    @click.argument("region")
    @click.pass_obj
    def command(instance: Instance, region: str) -> None:
        action(instance, known_region(instance, region))

    return command


def _on_role(role: str, action: Action) -> click.Command:
    @click.command(action.__name__, help=action.__doc__)
    @click.pass_obj
    def command(instance: Instance) -> None:
        action(instance, role)

    return command


ACTIONS: tuple[Action, ...] = (kill, stop, start, freeze, thaw)

region = click.Group(
    "region",
    help="Lose a Region, by its name, and get it back.",
    commands=[_on_region(action) for action in ACTIONS],
)
control = click.Group(
    "control",
    help="Stop AWS's control planes; traffic and failover go on.",
    commands=[_on_role(roles.CONTROL, action) for action in ACTIONS],
)
edge = click.Group(
    "edge",
    help="Stop the accelerator's edge; nothing answers without it.",
    commands=[_on_role(roles.EDGE, action) for action in ACTIONS],
)
