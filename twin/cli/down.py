"""`twin down`."""

import click

from twin.cli.bring_down import bring_down
from twin.cli.progress import Progress
from twin.clock import SystemClock
from twin.instance import Instance


@click.command(short_help="End all processes and remove the state.")
@click.option("--keep-state", is_flag=True, help="Keep resources and items for the next `twin up`.")
@click.pass_obj
def down(instance: Instance, keep_state: bool) -> None:
    """End all processes of the twin, frozen and hanging ones too, and remove its state."""
    bring_down(instance, Progress(SystemClock()), keep_state=keep_state)
