"""`muster fault`: list, inject and clear faults."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, cast, get_args

import click

from muster.cli.context import CommandContext, change_by_hand, print_note
from muster.cli.options import (
    EXIT_PARTLY_READ,
    Consent,
    DurationType,
    NameType,
    consent_options,
    json_option,
    region_argument,
    take_consent,
)
from muster.drill.plan.instructions import ClearFault, InjectFault
from muster.errors import FaultUnavailable
from muster.formatting import format_moment
from muster.levers.interface import Fault, FaultKind, describe_active_fault

if TYPE_CHECKING:
    from muster.deployment import Deployment

KINDS: dict[FaultKind, str] = {
    "throttle": "the Region's function may not run (AWS and twin)",
    "replication-pause": "nothing is replicated (AWS by FIS, twin)",
    "region-kill": "everything in the Region is gone at once (twin)",
    "region-freeze": "the Region accepts connections and answers nothing (twin)",
    "control-stop": "AWS's control planes are gone, everywhere (twin; takes no Region)",
    "network-cut": "the Region can't be reached (twin)",
    "network-slow": "the Region's network delays everything (twin)",
}

kind_argument = click.argument("kind", type=NameType(get_args(FaultKind)), metavar="KIND")


@click.group()
def fault() -> None:
    """Inject faults and clear them."""


@fault.command("list")
@json_option
@click.pass_obj
def list_faults(context: CommandContext, as_json: bool) -> int:
    """The kinds of faults, and the faults that are active now.

    Of each kind it says where it can be injected.

    Ends with 0 when the active faults could be read, else with 1.
    """
    if not as_json:  # before the deployment is opened: useful without a stack, too
        for kind, description in KINDS.items():
            click.echo(f"{kind:<18} {description}")
    deployment = context.open_deployment()
    reading, problems = asyncio.run(deployment.telemetry().faults())
    if as_json:
        active = None if reading.faults is None else [asdict(fault) for fault in reading.faults]
        document = {"kinds": KINDS, "standing": active, "unread": reading.unread}
        click.echo(json.dumps({**document, "problems": problems}, indent=2))
    else:
        now = deployment.clock.now()
        click.echo(f"\non {deployment.location.description}")
        active_faults = reading.faults or ()
        _print_active([describe_active_fault(fault, now) for fault in active_faults], problems)
    return EXIT_PARTLY_READ if problems else 0


def _print_active(active: Sequence[str], problems: Sequence[str]) -> None:
    for line in active:
        click.echo(f"! {line}")
    for line in problems:
        click.echo(f"? {line}")
    if not active and not problems:
        click.echo("no fault is active")


@fault.command()
@kind_argument
@region_argument(required=False)
@click.option(
    "--for",
    "duration_s",
    type=DurationType(1.0),
    help="How long it lasts (on a twin, and no throttle).",
)
@click.option(
    "--delay-ms",
    type=click.FloatRange(1, 60_000),
    metavar="NUMBER",
    help="Milliseconds more each way, of network-slow.",
)
@consent_options
@click.pass_obj
def inject(
    context: CommandContext,
    /,
    kind: str,
    region: str | None,
    duration_s: float | None,
    delay_ms: float | None,
    **consent: object,
) -> None:
    """Inject the fault KIND in REGION. One that is active already is left alone.

    Refused by the guards of drills, so beside another fault, and in the last healthy Region.
    """
    options = {"for_s": duration_s, "delay_ms": delay_ms}
    parameters: dict[str, float | str] = {k: v for k, v in options.items() if v is not None}
    fault = Fault(kind=cast("FaultKind", kind), region=region, parameters=parameters)
    deployment = context.open_deployment()
    fault_s = deployment.levers(notify=print_note).faults.duration_s(fault)
    if duration_s is not None and fault_s is None:
        raise FaultUnavailable(f"{kind} has no end of its own here: leave --for out, and clear it")
    started = asyncio.run(
        _change_fault(context, deployment, InjectFault(fault=fault), take_consent(consent))
    )
    undo = f"`muster fault clear {_format_fault(fault)}` clears it"
    if fault_s is not None:
        ends = format_moment(started + fault_s, deployment.clock.now())
        undo = f"it ends at {ends}, and {undo} sooner"
    click.echo(f"{_format_fault(fault)}: injected; {undo}")


@fault.command()
@kind_argument
@region_argument(required=False)
@consent_options
@click.pass_obj
def clear(context: CommandContext, /, kind: str, region: str | None, **consent: object) -> None:
    """Clear the fault KIND in REGION.

    What was there before it was injected is restored.
    """
    fault = Fault(kind=cast("FaultKind", kind), region=region)
    do = ClearFault(fault=fault)
    asyncio.run(_change_fault(context, context.open_deployment(), do, take_consent(consent)))
    click.echo(f"{_format_fault(fault)}: cleared")


async def _change_fault(
    context: CommandContext,
    deployment: "Deployment",
    do: InjectFault | ClearFault,
    consent: Consent,
) -> float:
    """Inject or clear; when that started, in seconds since 1970."""
    levers = deployment.levers(notify=print_note)
    levers.faults.check(do.fault)
    async with change_by_hand(context, deployment, do, consent):
        started = deployment.clock.now()
        if isinstance(do, InjectFault):
            await levers.inject(do.fault)
        else:
            await levers.clear(do.fault)
        return started


def _format_fault(fault: Fault) -> str:
    return f"{fault.kind} {fault.region}" if fault.region else fault.kind
