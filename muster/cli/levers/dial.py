"""`muster dial`: turn a Region's traffic dial."""

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
    PERCENT,
    Consent,
    NumberCommand,
    consent_options,
    json_option,
    make_request,
    region_argument,
    take_consent,
    within_option,
)
from muster.drill.plan.instructions import SetDial
from muster.stack_outputs import find_region

if TYPE_CHECKING:
    from muster.deployment import Deployment
    from muster.drill.guards.context import GuardVerdict
    from muster.levers.dial import DialChange


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DialRequest:
    region: str
    percent: float
    wait: bool
    queue: bool
    within_s: float


@click.command(cls=NumberCommand)
@region_argument()
@click.argument("percent", type=PERCENT)
@click.option(
    "--wait/--no-wait", default=True, show_default=True, help="Wait until the change is deployed."
)
@click.option("--queue", is_flag=True, help="Wait for an earlier change instead of refusing.")
@within_option("15m")
@consent_options
@json_option
@click.pass_obj
def dial(context: CommandContext, /, as_json: bool, **options: object) -> None:
    """Turn REGION's traffic dial to PERCENT (0 to 100).

    The dial is the share of the connections meant for REGION that it takes; the rest goes to other
    Regions. It holds for new connections: open ones stay where they are. Refused while an earlier
    change is under way (unless --queue), and by the guards of drills: no turn of more than 50
    points (limits.dial_step), and none without another healthy Region that takes the traffic.

    The accelerator's API answers in us-west-2 only. When it does not, `muster health` empties a
    Region without it.
    """
    deployment = context.open_deployment()
    consent = take_consent(options)
    request = make_request(DialRequest, options)
    find_region(deployment.stack, request.region)
    change, verdicts = asyncio.run(_turn_dial(context, deployment, request, consent))
    print_change(change, verdicts, _describe_change(change), as_json=as_json)


async def _turn_dial(
    context: CommandContext, deployment: "Deployment", request: DialRequest, consent: Consent
) -> "tuple[DialChange, tuple[GuardVerdict, ...]]":
    do = SetDial(region=request.region, percent=request.percent)
    async with change_by_hand(context, deployment, do, consent) as verdicts:
        turn = deployment.levers(notify=print_note).set_dial(
            request.region,
            request.percent,
            within_s=request.within_s,
            queue=request.queue,
            wait=request.wait,
        )
        return await wait_with_notice(turn, request.within_s), verdicts


def _describe_change(change: "DialChange") -> str:
    if change.before == change.after:
        state = ", and deployed" if change.deployed else ""
        return f"the dial is at {change.after:g} % already{state}"
    state = "deployed" if change.deployed else "sent, not waited for"
    return f"dial {change.before:g} % -> {change.after:g} %, {state}"
