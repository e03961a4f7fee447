"""`muster health`: set a Region's health switch."""

import asyncio
import dataclasses
from typing import TYPE_CHECKING

import click

from muster.cli.context import (
    CommandContext,
    change_by_hand,
    print_note,
    wait_with_notice,
)
from muster.cli.levers.output import format_change
from muster.cli.options import (
    Consent,
    DurationType,
    NameType,
    consent_options,
    json_option,
    make_request,
    region_argument,
    take_consent,
    within_option,
)
from muster.drill.plan.instructions import SetSwitch
from muster.errors import WaitTimeout
from muster.formatting import format_moment
from muster.model import SwitchSetting, SwitchStatus
from muster.stack_outputs import find_region

if TYPE_CHECKING:
    from muster.deployment import Deployment
    from muster.drill.guards.context import GuardVerdict
    from muster.levers.health_switch import HealthCheckAnswer, SwitchChange

FOREVER = "forever"


class EndlessDurationType(DurationType):
    """A duration, or `forever`; in seconds, 0 for no end."""

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        return 0.0 if value == FOREVER else super().convert(value, param, ctx)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class HealthRequest:
    region: str
    status: SwitchStatus
    duration_s: float
    reason: str
    invoke: bool
    wait: bool
    within_s: float


@click.command()
@region_argument()
@click.argument("status", type=NameType(["fail", "pass", "auto"]), metavar="STATUS")
@click.option(
    "--for",
    "duration_s",
    type=EndlessDurationType(1.0, "TIME|forever"),
    default="1h",
    show_default=True,
    help="How long it lasts. `auto` has no end.",
)
@click.option("--reason", default="", metavar="WORDS", help="Why; written into the switch.")
@click.option("--invoke", is_flag=True, help="Invoke the function itself with a health check.")
@click.option(
    "--wait/--no-wait",
    default=True,
    show_default=True,
    help="Wait until the load balancer's target follows.",
)
@within_option("2m")
@consent_options
@json_option
@click.pass_obj
def health(context: CommandContext, /, as_json: bool, **options: object) -> None:
    """Make REGION's health path answer as you say, so that traffic leaves it or stays.

    \b
    fail   unhealthy: the accelerator sends new connections elsewhere
    pass   healthy, whatever the Region's table says
    auto   as the Region's table answers: the usual state

    Works without the accelerator's API. Refused by the guards of drills, so in the last healthy
    Region. The switch is written in the Region itself, else through
    another one; then it is read back there, and the load balancer's target has to follow.
    """
    deployment = context.open_deployment()
    consent = take_consent(options)
    request = make_request(HealthRequest, options)
    find_region(deployment.stack, request.region)
    change, answer, verdicts = asyncio.run(_set_switch(context, deployment, request, consent))
    if as_json:
        document = dataclasses.asdict(answer) if answer else None
        click.echo(format_change(change, verdicts, answer=document))
    else:
        _print_change(change, answer, deployment.clock.now())


async def _set_switch(
    context: CommandContext, deployment: "Deployment", request: HealthRequest, consent: Consent
) -> "tuple[SwitchChange, HealthCheckAnswer | None, tuple[GuardVerdict, ...]]":
    for_s = request.duration_s if request.status != "auto" else 0.0
    do = SetSwitch(region=request.region, status=request.status, for_s=for_s, why=request.reason)
    async with change_by_hand(context, deployment, do, consent) as verdicts:
        return *await _set_within(deployment, request, for_s), verdicts


async def _set_within(
    deployment: "Deployment", request: HealthRequest, for_s: float
) -> "tuple[SwitchChange, HealthCheckAnswer | None]":
    switch = SwitchSetting(
        status=request.status,
        by=deployment.settings.by,
        why=request.reason,
        until_epoch_s=float(round(deployment.clock.now() + for_s)) if for_s else 0.0,
    )
    if for_s:  # an ended switch has no effect to wait for
        request = dataclasses.replace(request, within_s=min(request.within_s, for_s))
    try:
        return await wait_with_notice(_set_and_wait(deployment, request, switch), request.within_s)
    except WaitTimeout:
        if for_s and request.within_s == for_s:
            print_note("the switch has ended before its effect was seen: give --for a longer time")
        elif request.status != "auto":
            print_note(_describe_pending_switch(request))
        raise


async def _set_and_wait(
    deployment: "Deployment", request: HealthRequest, switch: SwitchSetting
) -> "tuple[SwitchChange, HealthCheckAnswer | None]":
    """Raises WaitTimeout when the switch was written and its effect was not seen in time."""
    levers = deployment.levers(notify=print_note)
    change = await levers.set_switch(
        request.region,
        switch,
        within_s=request.within_s,
        follow=request.wait and not request.invoke,
    )
    if not request.invoke:
        return change, None
    answer = await levers.health.wait_for(request.region, request.status, within_s=request.within_s)
    if request.wait:
        target = await levers.switch.wait_for_target(
            request.region, switch, within_s=request.within_s
        )
        change = dataclasses.replace(change, target=target)
    return change, answer


def _describe_pending_switch(request: HealthRequest) -> str:
    return (
        f"the switch is written and takes effect as soon as it is replicated to {request.region};"
        f" `muster health {request.region} auto` undoes it"
    )


def _print_change(change: "SwitchChange", answer: "HealthCheckAnswer | None", now: float) -> None:
    via = "" if change.written_through == change.region else f", through {change.written_through}"
    click.echo(f"{change.region}: health switch at {change.switch.status}{via}")
    if answer:
        click.echo(f"  the function answers {answer.status}: {answer.body}")
    if change.target:
        click.echo(f"  the load balancer's target is {change.target}")
    if change.switch.status != "auto":
        end_s = change.switch.until_epoch_s
        endless = "it has no end: set it to auto yourself"
        click.echo(f"  {f'it ends at {format_moment(end_s, now)}' if end_s else endless}")
