"""`twin replication`: pausing what a Region sends to the others, and gets from them."""

import click

from twin.cli import faults
from twin.cli.progress import Progress
from twin.cli.roles import known_region
from twin.core.faults import REPLICATION, Kind
from twin.instance import Instance


@click.group()
def replication() -> None:
    """Hold and release what a Region's tables send to others."""


@replication.command()
@click.argument("region")
@faults.for_option
@click.pass_obj
def pause(instance: Instance, region: str, for_s: float | None) -> None:
    """Hold replication into and out of REGION until `resume`."""
    role = known_region(instance, region)
    faults.begin(instance, Kind.PAUSE, role, for_s)
    Progress(faults.CLOCK).say(role, f"replication paused{faults.words(for_s)}")


@replication.command()
@click.argument("region")
@click.pass_obj
def resume(instance: Instance, region: str) -> None:
    """Send what was held back, and everything from now on."""
    role = known_region(instance, region)
    paused = faults.end(instance, role, REPLICATION)
    Progress(faults.CLOCK).say(
        role, "replication resumed" if paused else "replication was not paused"
    )
