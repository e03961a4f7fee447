"""`twin region`, `twin control` and `twin edge`: stopping, killing, freezing one process."""

import os
from collections.abc import Callable

import click

from twin import processes, roles
from twin.cli import faults
from twin.cli.progress import Progress
from twin.clock import SystemClock
from twin.core.faults import PROCESS, Kind
from twin.errors import RegionUnknown
from twin.instance import Instance

CLOCK = SystemClock()


Mend = Callable[[Instance, str], None]
Break = Callable[[Instance, str, float | None], None]
"""The last is how long it lasts, in seconds; None: until somebody mends it."""


def start(instance: Instance, role: str) -> None:
    """Start the process, and wait until it answers."""
    progress = Progress(CLOCK)
    before = processes.state(instance, role)
    if before is roles.ProcessState.RUNNING:
        progress.say(role, "already running")
    else:
        with progress.timed(role, "thawed" if before is roles.ProcessState.FROZEN else "started"):
            processes.start(instance, role, environ=os.environ, clock=CLOCK)
    faults.end(instance, role, PROCESS)


def thaw(instance: Instance, role: str) -> None:
    """Let the frozen process go on."""
    faults.end(instance, role, frozenset({Kind.FREEZE}))
    processes.thaw(instance, role)
    Progress(CLOCK).say(role, "thawed")


def stop(instance: Instance, role: str, for_s: float | None) -> None:
    """End the process with SIGTERM: it closes what it has open."""
    faults.begin(instance, Kind.STOP, role, for_s)
    _say_ended(role, "stopped", processes.stop(instance, role, clock=CLOCK), for_s)


def kill(instance: Instance, role: str, for_s: float | None) -> None:
    """End the process with SIGKILL: a real outage."""
    faults.begin(instance, Kind.KILL, role, for_s)
    _say_ended(role, "killed", processes.kill(instance, role, clock=CLOCK), for_s)


def freeze(instance: Instance, role: str, for_s: float | None) -> None:
    """Hold the process with SIGSTOP: nothing is refused or answered."""
    processes.must_live(instance, role)
    faults.begin(instance, Kind.FREEZE, role, for_s)
    processes.freeze(instance, role)
    Progress(CLOCK).say(role, f"frozen{faults.words(for_s)}")


def _say_ended(role: str, how: str, was_there: bool, for_s: float | None) -> None:
    done = f"{how}{faults.words(for_s)}" if was_there else "was not running"
    later = f"; it starts in {for_s:g} s" if for_s is not None and not was_there else ""
    Progress(CLOCK).say(role, done + later)


def known_region(instance: Instance, name: str) -> str:
    """The role of a Region that has run. Raises RegionUnknown."""
    known = roles.started_regions(instance)
    if name not in known:
        raise RegionUnknown(
            f"{name} has never run in this twin; its Regions: {', '.join(known) or 'none yet'}"
        )
    return roles.region_role(name)


def _on_region(mend: Mend) -> click.Command:
    @click.command(mend.__name__, help=mend.__doc__)
    @click.argument("region")
    @click.pass_obj
    def command(instance: Instance, region: str) -> None:
        mend(instance, known_region(instance, region))

    return command


def _for_a_while_on_region(breaks: Break) -> click.Command:
    @click.command(breaks.__name__, help=breaks.__doc__)
    @click.argument("region")
    @faults.for_option
    @click.pass_obj
    def command(instance: Instance, region: str, for_s: float | None) -> None:
        breaks(instance, known_region(instance, region), for_s)

    return command


def _on_role(role: str, mend: Mend) -> click.Command:
    @click.command(mend.__name__, help=mend.__doc__)
    @click.pass_obj
    def command(instance: Instance) -> None:
        mend(instance, role)

    return command


def _for_a_while_on_role(role: str, breaks: Break) -> click.Command:
    @click.command(breaks.__name__, help=breaks.__doc__)
    @faults.for_option
    @click.pass_obj
    def command(instance: Instance, for_s: float | None) -> None:
        breaks(instance, role, for_s)

    return command


BREAKS: tuple[Break, ...] = (kill, stop, freeze)
MENDS: tuple[Mend, ...] = (start, thaw)


def _of_role(role: str) -> list[click.Command]:
    broken = [_for_a_while_on_role(role, action) for action in BREAKS]
    return broken + [_on_role(role, action) for action in MENDS]


region = click.Group(
    "region",
    help="Lose a Region, by its name, and get it back.",
    commands=[
        *map(_for_a_while_on_region, BREAKS),
        *map(_on_region, MENDS),
    ],
)
control = click.Group(
    "control",
    help="Stop AWS's control planes; traffic and failover go on.",
    commands=_of_role(roles.CONTROL),
)
edge = click.Group(
    "edge",
    help="Stop the accelerator's edge; nothing answers without it.",
    commands=_of_role(roles.EDGE),
)
