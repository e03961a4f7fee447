"""`muster dns`: change a record's weight, or invert a health check."""

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
from muster.cli.levers.output import print_change
from muster.cli.options import (
    Consent,
    NameType,
    NumberCommand,
    ParsedType,
    consent_options,
    json_option,
    make_request,
    region_argument,
    take_consent,
    within_option,
)
from muster.drill.plan.instructions import SetInverted, SetWeight
from muster.parsers import parse_weight
from muster.stack_outputs import find_region

if TYPE_CHECKING:
    from muster.deployment import Deployment
    from muster.drill.guards.context import GuardVerdict
    from muster.levers.dns_door import InversionChange, WeightChange


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class WeightRequest:
    region: str
    weight: int
    wait: bool
    within_s: float


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class InversionRequest:
    region: str
    inverted: bool
    within_s: float


@click.group()
def dns() -> None:
    """Change records and health checks of the DNS door.

    Route 53's API answers in us-east-1 only. When it does not, `muster health` empties a Region
    without it.
    """


@dns.command("weight", cls=NumberCommand)
@region_argument()
@click.argument("weight", type=ParsedType("WEIGHT", parse_weight))
@click.option(
    "--wait/--no-wait",
    default=True,
    show_default=True,
    help="Wait until all name servers have it.",
)
@within_option("5m")
@consent_options
@json_option
@click.pass_obj
def set_weight(context: CommandContext, /, as_json: bool, **options: object) -> None:
    """Set the weight of REGION's record to WEIGHT (0 to 255).

    A Region's share of the answers is its weight divided by the sum of all. It needs the policy
    weighted. Refused by the guards of drills, so when no healthy Region would have a weight above
    0: with all weights 0 Route 53 answers with all.
    """
    deployment = context.open_deployment()
    consent = take_consent(options)
    request = make_request(WeightRequest, options)
    find_region(deployment.stack, request.region)
    change, verdicts = asyncio.run(_set_weight(context, deployment, request, consent))
    state = "" if change.in_sync else ", not waited for"
    words = f"weight {change.before} -> {change.after}{state}"
    if change.before == change.after:
        words = f"the weight is {change.after} already"
    print_change(change, verdicts, words, as_json=as_json)


async def _set_weight(
    context: CommandContext, deployment: "Deployment", request: WeightRequest, consent: Consent
) -> "tuple[WeightChange, tuple[GuardVerdict, ...]]":
    do = SetWeight(region=request.region, weight=request.weight)
    async with change_by_hand(context, deployment, do, consent) as verdicts:
        change = deployment.levers(notify=print_note).set_weight(
            request.region, request.weight, within_s=request.within_s, wait=request.wait
        )
        return await wait_with_notice(change, request.within_s), verdicts


@dns.command("invert")
@region_argument()
@click.argument("state", type=NameType(["on", "off"]), metavar="STATE")
@within_option("1m")
@consent_options
@json_option
@click.pass_obj
def invert(context: CommandContext, /, state: str, as_json: bool, **options: object) -> None:
    """Invert REGION's health check (on), or end that (off).

    An inverted check counts a Region that works as unhealthy, so that Route 53 answers with the
    others. Refused by the guards of drills, so for the last Region whose record is healthy.
    """
    deployment = context.open_deployment()
    consent = take_consent(options)
    request = make_request(InversionRequest, {**options, "inverted": state == "on"})
    find_region(deployment.stack, request.region)
    change, verdicts = asyncio.run(_set_inverted(context, deployment, request, consent))
    state = "inverted" if change.after else "not inverted"
    words = f"the health check is {state}"
    if change.before == change.after:
        words += " already" if change.after else ": nothing to change"
    print_change(change, verdicts, words, as_json=as_json)


async def _set_inverted(
    context: CommandContext, deployment: "Deployment", request: InversionRequest, consent: Consent
) -> "tuple[InversionChange, tuple[GuardVerdict, ...]]":
    do = SetInverted(region=request.region, inverted=request.inverted)
    async with change_by_hand(context, deployment, do, consent) as verdicts:
        change = deployment.levers(notify=print_note).set_inverted(
            request.region, request.inverted, within_s=request.within_s
        )
        return await wait_with_notice(change, request.within_s), verdicts
