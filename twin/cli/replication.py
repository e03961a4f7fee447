"""`twin replication`: pausing what a Region sends to the others."""

import click

from twin import inner, processes, roles
from twin.cli.roles import known_region
from twin.errors import NotRunning
from twin.instance import Instance
from twin.roles import ProcessState


@click.group()
def replication() -> None:
    """Hold and release what a Region's tables send to others."""


@replication.command()
@click.argument("region")
@click.pass_obj
def pause(instance: Instance, region: str) -> None:
    """Hold REGION's writes back from the other Regions until `resume`."""
    _ask(instance, region, "pause")


@replication.command()
@click.argument("region")
@click.pass_obj
def resume(instance: Instance, region: str) -> None:
    """Send what was held back, and everything from now on."""
    _ask(instance, region, "resume")


def _ask(instance: Instance, region: str, what: str) -> None:
    role = known_region(instance, region)
    state = processes.state(instance, role)
    if state is not ProcessState.RUNNING:
        raise NotRunning(f"{region} is {state}; `twin region start {region}` first")
    path = f"/_twin/replication/{what}"
    status, body = inner.call(roles.inner_address(instance, role), "POST", path)
    if status >= 300:
        raise NotRunning(f"{region} refuses to {what} replication ({status}): {body.decode()}")
    click.echo(f"  {role:<22} replication {what}d")
