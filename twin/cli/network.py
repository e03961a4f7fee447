"""`twin network`: the way between a Region and everything outside of it."""

import click

from twin.cli import faults
from twin.cli.progress import Progress
from twin.cli.roles import known_region
from twin.core.faults import NETWORK, Kind
from twin.instance import Instance


@click.group()
def network() -> None:
    """Cut a Region off, or make the way to it slow."""


@network.command()
@click.argument("region")
@faults.for_option
@click.pass_obj
def cut(instance: Instance, region: str, for_s: float | None) -> None:
    """Let nothing pass between REGION and the rest.

    New connections of the accelerator time out, open ones stall, its health reports do not arrive,
    nothing is replicated, and its APIs do not answer. Inside the Region all goes on.
    """
    role = known_region(instance, region)
    faults.begin(instance, Kind.CUT, role, for_s)
    Progress(faults.CLOCK).say(role, f"network cut{faults.words(for_s)}")


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
@faults.for_option
@click.pass_obj
def slow(instance: Instance, region: str, delay_ms: float, for_s: float | None) -> None:
    """Make the way to REGION longer.

    For the accelerator's connections, for health reports and for replication.
    """
    role = known_region(instance, region)
    faults.begin(instance, Kind.SLOW, role, for_s, delay_ms)
    Progress(faults.CLOCK).say(
        role, f"network slow, {delay_ms:g} ms more each way{faults.words(for_s)}"
    )


@network.command()
@click.argument("region")
@click.pass_obj
def heal(instance: Instance, region: str) -> None:
    """Mend what was cut, and undo what was slow."""
    role = known_region(instance, region)
    broken = faults.end(instance, role, NETWORK)
    Progress(faults.CLOCK).say(role, "network healed" if broken else "network was whole")
