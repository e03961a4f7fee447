"""`twin region`, `twin control` and `twin edge`: stopping, killing, freezing one process."""

import os
from collections.abc import Callable

import click

from common.clock import SystemClock
from twin.cli import fault_injection
from twin.cli.progress import Progress
from twin.core.faults import NETWORK_FAULTS, PROCESS_FAULTS, REPLICATION_FAULTS, FaultKind
from twin.errors import RegionUnknown
from twin.runtime import processes, roles
from twin.runtime.instance import Instance

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
            processes.start_process(instance, role, environ=os.environ, clock=CLOCK)
    fault_injection.end_faults(instance, role, PROCESS_FAULTS)


def thaw(instance: Instance, role: str) -> None:
    """Let the frozen process go on."""
    fault_injection.end_faults(instance, role, frozenset({FaultKind.FREEZE}))
    processes.thaw_process(instance, role)
    Progress(CLOCK).say(role, "thawed")


def stop(instance: Instance, role: str, for_s: float | None) -> None:
    """End the process with SIGTERM: it closes what it has open."""
    fault_injection.begin_fault(instance, FaultKind.STOP, role, for_s)
    _say_ended(role, "stopped", processes.stop_process(instance, role, clock=CLOCK), for_s)


def kill(instance: Instance, role: str, for_s: float | None) -> None:
    """End the process with SIGKILL: a real outage."""
    fault_injection.begin_fault(instance, FaultKind.KILL, role, for_s)
    _say_ended(role, "killed", processes.kill_process(instance, role, clock=CLOCK), for_s)


def freeze(instance: Instance, role: str, for_s: float | None) -> None:
    """Hold the process with SIGSTOP: nothing is refused or answered."""
    processes.require_running(instance, role)
    fault_injection.begin_fault(instance, FaultKind.FREEZE, role, for_s)
    processes.freeze_process(instance, role)
    Progress(CLOCK).say(role, f"frozen{fault_injection.describe_for(for_s)}")


def _say_ended(role: str, how: str, was_there: bool, for_s: float | None) -> None:
    done = f"{how}{fault_injection.describe_for(for_s)}" if was_there else "was not running"
    later = f"; it starts in {for_s:g} s" if for_s is not None and not was_there else ""
    Progress(CLOCK).say(role, done + later)


def require_known_region(instance: Instance, name: str) -> str:
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
        mend(instance, require_known_region(instance, region))

    return command


def _for_a_while_on_region(breaks: Break) -> click.Command:
    @click.command(breaks.__name__, help=breaks.__doc__)
    @click.argument("region")
    @fault_injection.for_option
    @click.pass_obj
    def command(instance: Instance, region: str, for_s: float | None) -> None:
        breaks(instance, require_known_region(instance, region), for_s)

    return command


def _on_role(role: str, mend: Mend) -> click.Command:
    @click.command(mend.__name__, help=mend.__doc__)
    @click.pass_obj
    def command(instance: Instance) -> None:
        mend(instance, role)

    return command


def _for_a_while_on_role(role: str, breaks: Break) -> click.Command:
    @click.command(breaks.__name__, help=breaks.__doc__)
    @fault_injection.for_option
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


@click.group()
def network() -> None:
    """Cut a Region off, or make the way to it slow."""


@network.command()
@click.argument("region")
@fault_injection.for_option
@click.pass_obj
def cut(instance: Instance, region: str, for_s: float | None) -> None:
    """Let nothing pass between REGION and the rest.

    New connections of the accelerator time out, open ones stall, its health reports do not arrive,
    nothing is replicated, and its APIs do not answer. Inside the Region all goes on.
    """
    role = require_known_region(instance, region)
    fault_injection.begin_fault(instance, FaultKind.CUT, role, for_s)
    Progress(fault_injection.CLOCK).say(role, f"network cut{fault_injection.describe_for(for_s)}")


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
@fault_injection.for_option
@click.pass_obj
def slow(instance: Instance, region: str, delay_ms: float, for_s: float | None) -> None:
    """Make the way to REGION longer.

    For the accelerator's connections, for health reports and for replication.
    """
    role = require_known_region(instance, region)
    fault_injection.begin_fault(instance, FaultKind.SLOW, role, for_s, delay_ms)
    Progress(fault_injection.CLOCK).say(
        role, f"network slow, {delay_ms:g} ms more each way{fault_injection.describe_for(for_s)}"
    )


@network.command()
@click.argument("region")
@click.pass_obj
def heal(instance: Instance, region: str) -> None:
    """Mend what was cut, and undo what was slow."""
    role = require_known_region(instance, region)
    broken = fault_injection.end_faults(instance, role, NETWORK_FAULTS)
    Progress(fault_injection.CLOCK).say(role, "network healed" if broken else "network was whole")


@click.group()
def replication() -> None:
    """Hold and release what a Region's tables send to others."""


@replication.command()
@click.argument("region")
@fault_injection.for_option
@click.pass_obj
def pause(instance: Instance, region: str, for_s: float | None) -> None:
    """Hold replication into and out of REGION until `resume`."""
    role = require_known_region(instance, region)
    fault_injection.begin_fault(instance, FaultKind.PAUSE, role, for_s)
    Progress(fault_injection.CLOCK).say(
        role, f"replication paused{fault_injection.describe_for(for_s)}"
    )


@replication.command()
@click.argument("region")
@click.pass_obj
def resume(instance: Instance, region: str) -> None:
    """Send what was held back, and everything from now on."""
    role = require_known_region(instance, region)
    paused = fault_injection.end_faults(instance, role, REPLICATION_FAULTS)
    Progress(fault_injection.CLOCK).say(
        role, "replication resumed" if paused else "replication was not paused"
    )
