"""`twin up`."""

import os
from collections.abc import Callable
from typing import Any

import click

from twin.cli.bring_up import Wanted, bring_up
from twin.cli.progress import Progress
from twin.clock import SystemClock
from twin.instance import Instance


def _seconds(name: str, text: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """An option in seconds for the field `NAME_s` of Settings."""
    field = f"{name.replace('-', '_')}_s"
    return click.option(f"--{name}", field, type=float, metavar="SECONDS", help=text)


@click.command(short_help="Start the twin, or whatever of it is missing.")
@click.option("--instance", "number", metavar="N|auto", default="", help="0 to 19, or first free.")
@click.option("--speed", type=float, help="Divides the intervals, delays and lags of AWS.")
@click.option("--home-city", help="Where clients are that have no city's address (twin places).")
@_seconds("propagation", "An accelerator's change takes this long.")
@_seconds("endpoint-fail", "The accelerator follows a load balancer's failure after this.")
@_seconds("endpoint-recover", "It follows a recovery after this.")
@_seconds("replication-lag", "Half of all writes take less than this to the other Regions.")
@click.option(
    "--replication-spread", type=float, help="How far these lags lie apart: 0 not at all."
)
@_seconds("idle-timeout", "The accelerator's idle time-out of a connection.")
@click.option("--fsync/--no-fsync", default=None, help="Wait for the disk at each write.")
@click.pass_obj
def up(instance: Instance, /, number: str, **options: Any) -> None:  # noqa: ANN401 - click's options
    """Start the twin: gateway, control, edge and every Region that has run before.

    Running it again starts what is missing, and thaws what is frozen. An option that is not given
    keeps its value; a changed one restarts the processes.
    """
    wanted = Wanted(
        number=number,
        settings={name: value for name, value in options.items() if value is not None},
    )
    bring_up(instance, wanted, os.environ, Progress(SystemClock()))
