"""`muster health`: set a Region's health switch."""

import asyncio
import dataclasses
import json
from typing import TYPE_CHECKING

import click

from muster.cli.context import (
    CommandContext,
    announce_change,
    confirm_change,
    print_note,
    wait_with_notice,
)
from muster.cli.options import (
    DurationType,
    json_option,
    make_request,
    region_argument,
    within_option,
    yes_option,
)
from muster.errors import WaitTimeout
from muster.formatting import format_duration, format_moment
from muster.model import SwitchSetting, SwitchStatus
from muster.stack_outputs import find_region

if TYPE_CHECKING:
    from muster.deployment import Deployment
    from muster.levers.health_check import HealthCheckAnswer
    from muster.levers.health_switch import SwitchChange

FOREVER = "forever"


class EndlessDurationType(DurationType):
    """A length of time, or no end."""

    name = "TIME|forever"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Seconds; 0 for no end."""
        return 0.0 if value == FOREVER else super().convert(value, param, ctx)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class HealthRequest:
    """What the command line asks for."""

    region: str
    status: SwitchStatus
    span_s: float
    reason: str
    invoke: bool
    wait: bool
    within_s: float


@click.command()
@region_argument()
@click.argument("status", type=click.Choice(["fail", "pass", "auto"]))
@click.option(
    "--for",
    "span_s",
    type=EndlessDurationType(1.0),
    default="1h",
    show_default=True,
    help="It ends by itself after this; `forever`: never. `auto` has no end.",
)
@click.option("--reason", default="", help="Why; kept in the switch.")
@click.option("--invoke", is_flag=True, help="Ask the function itself, with a health check.")
@click.option("--wait/--no-wait", default=True, show_default=True, help="Until the target follows.")
@within_option("2m")
@yes_option
@json_option
@click.pass_obj
def health(context: CommandContext, /, yes: bool, as_json: bool, **options: object) -> None:
    """Make REGION's health path answer as you say, so that traffic leaves it or stays.

    \b
    fail   unhealthy: the accelerator takes new connections away by itself
    pass   healthy, whatever the Region's table says
    auto   as the Region's table answers: the usual state

    Works without the accelerator's API. The switch is written in the Region itself, else through
    another one; then it is read back there, and the load balancer's target has to follow.
    """
    deployment = context.deployment()
    asked = make_request(HealthRequest, options)
    find_region(deployment.stack, asked.region)
    done, answer = asyncio.run(_set(context, deployment, asked, yes=yes))
    _show(done, answer, deployment.clock.now(), as_json=as_json)


async def _set(
    context: CommandContext, deployment: "Deployment", wish: HealthRequest, *, yes: bool
) -> "tuple[SwitchChange, HealthCheckAnswer | None]":
    until = deployment.clock.now() + wish.span_s if wish.span_s and wish.status != "auto" else 0.0
    switch = SwitchSetting(
        status=wish.status,
        by=deployment.settings.by,
        why=wish.reason,
        until_epoch_s=float(round(until)),
    )
    span = f" for {format_duration(wish.span_s)}" if until else ""
    await announce_change(deployment, f"health switch of {wish.region} to {wish.status}{span}")
    confirm_change(context, deployment, yes=yes)
    try:
        return await wait_with_notice(_set_and_see(deployment, wish, switch), wish.within_s)
    except WaitTimeout:
        if wish.status != "auto":
            print_note(_stays(wish))
        raise


async def _set_and_see(
    deployment: "Deployment", wish: HealthRequest, switch: SwitchSetting
) -> "tuple[SwitchChange, HealthCheckAnswer | None]":
    """Raises NotInTime when it is written, and its effect was not seen."""
    levers = deployment.levers(notify=print_note)
    done = await levers.switch.set(
        wish.region, switch, within_s=wish.within_s, follow=wish.wait and not wish.invoke
    )
    if not wish.invoke:
        return done, None
    answer = await levers.ask_health(wish.region, wish.status, within_s=wish.within_s)
    if wish.wait:
        target = await levers.switch.follow(wish.region, switch, within_s=wish.within_s)
        done = dataclasses.replace(done, target=target)
    return done, answer


def _stays(wish: HealthRequest) -> str:
    return (
        f"the switch is written and stays: it holds as soon as {wish.region} has it;"
        f" `muster health {wish.region} auto` takes it back"
    )


def _show(
    done: "SwitchChange", answer: "HealthCheckAnswer | None", now: float, *, as_json: bool
) -> None:
    if as_json:
        document = dataclasses.asdict(done)
        document["answer"] = dataclasses.asdict(answer) if answer else None
        click.echo(json.dumps(document, indent=2))
        return
    through = "" if done.written_through == done.region else f", through {done.written_through}"
    click.echo(f"{done.region}: health switch at {done.switch.status}{through}")
    if answer:
        click.echo(f"  the function answers {answer.status}: {answer.body}")
    if done.target:
        click.echo(f"  the load balancer's target is {done.target}")
    if done.switch.status != "auto":
        ends = done.switch.until_epoch_s
        without = "it has no end: set it to auto yourself"
        click.echo(f"  {f'it ends by itself at {format_moment(ends, now)}' if ends else without}")
