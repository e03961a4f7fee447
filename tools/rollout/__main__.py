"""The command line of the rollout.

Exit codes: 0 all Regions are updated, but for skipped ones; 1 it stopped and says where; 2 wrong
arguments, settings or outputs; 3 refused while a drill is under way, which it would spoil.
"""

import asyncio
import os
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import click

from common.clock import SystemClock
from common.command.exit_codes import ExitCode
from muster.cli.lease_holder import refuse_during_drill
from muster.config import read_settings
from muster.deployment import Deployment
from muster.errors import MusterError
from tools.rollout.function_invoker import LambdaInvoker, make_lambda_client
from tools.rollout.pulumi_update import PulumiUpdate, run_attended
from tools.rollout.rollout import Rollout, RolloutStopped, describe_rest, plan_route


@click.command()
@click.option("--stack", "name", required=True, help="Name of the Pulumi stack.")
@click.option("--first", multiple=True, metavar="REGION", help="Begin with it; may be repeated.")
@click.option(
    "--skip",
    "skipped",
    multiple=True,
    metavar="REGION",
    help="It is down: leave it, and what spans all Regions, for later; may be repeated.",
)
@click.option(
    "--watch",
    "watch_s",
    type=click.FloatRange(0, 3600),
    default=60.0,
    show_default=True,
    help="Seconds for which an updated Region must answer every request.",
)
@click.pass_context
def main(
    ctx: click.Context, name: str, first: tuple[str, ...], skipped: tuple[str, ...], watch_s: float
) -> None:
    """Deploy a change to one Region after the other; stop at the first that does not serve."""
    open_stack: Callable[[str], Deployment] = ctx.obj or open_deployment
    try:
        deployment = open_stack(name)
        stack = deployment.stack
        route = plan_route(stack, first, skipped)
        asyncio.run(refuse_during_drill(deployment))
        rollout = Rollout(
            deploy=PulumiUpdate(
                stack=name, skipped=route.skipped, environ=os.environ, run=run_attended
            ),
            invoke=LambdaInvoker(
                functions={region: own.function_name for region, own in stack.regions.items()},
                make_client=cache(make_lambda_client),
            ),
            clock=SystemClock(),
            say=click.echo,
            watch_s=watch_s,
        )
        rollout.run(route)
    except (RolloutStopped, MusterError) as exc:
        click.echo(f"error: {exc}", err=True)
        sys.exit(exc.exit_code if isinstance(exc, MusterError) else ExitCode.FAILED)
    if route.skipped:
        click.echo(describe_rest(name, route.skipped))


def open_deployment(name: str) -> Deployment:
    """The stack of this name, in the present folder. Raises MusterError."""
    settings = read_settings({"stack": name}, environ=os.environ, folder=Path.cwd())
    return Deployment.open(settings, environ=os.environ)


if __name__ == "__main__":
    main()
