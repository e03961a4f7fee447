"""`muster fault`: break something on purpose, and put it back."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, cast, get_args

import click

from muster.cli.context import CommandContext, announce_change, confirm_change, print_note
from muster.cli.options import (
    EXIT_PARTLY_READ,
    DurationType,
    json_option,
    region_argument,
    yes_option,
)
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

kind_argument = click.argument("kind", type=click.Choice(get_args(FaultKind)), metavar="KIND")


@click.group()
def fault() -> None:
    """Break something on purpose, and put it back."""


@fault.command("list")
@json_option
@click.pass_obj
def list_faults(context: CommandContext, as_json: bool) -> int:
    """The faults, where each can be injected, and which stand now.

    Ends with 0 when it could be read which ones stand, else with 1.
    """
    if not as_json:  # they are worth reading without a stack, too
        for kind, words in KINDS.items():
            click.echo(f"{kind:<18} {words}")
    deployment = context.deployment()
    reading, problems = asyncio.run(deployment.telemetry().faults())
    if as_json:
        standing = None if reading.faults is None else [asdict(one) for one in reading.faults]
        document = {"kinds": KINDS, "standing": standing, "unread": reading.unread}
        click.echo(json.dumps({**document, "problems": problems}, indent=2))
    else:
        now = deployment.clock.now()
        click.echo(f"\non {deployment.place.words}")
        _echo_standing([describe_active_fault(one, now) for one in reading.faults or ()], problems)
    return EXIT_PARTLY_READ if problems else 0


def _echo_standing(standing: Sequence[str], problems: Sequence[str]) -> None:
    for line in standing:
        click.echo(f"! {line}")
    for line in problems:
        click.echo(f"? {line}")
    if not standing and not problems:
        click.echo("nothing is broken on purpose")


@fault.command()
@kind_argument
@region_argument(required=False)
@click.option(
    "--for", "span_s", type=DurationType(1.0), help="It ends by itself after this (twin only)."
)
@click.option("--delay-ms", type=click.FloatRange(1, 60_000), help="Of network-slow.")
@yes_option
@click.pass_obj
def inject(
    context: CommandContext,
    kind: str,
    region: str | None,
    span_s: float | None,
    delay_ms: float | None,
    yes: bool,
) -> None:
    """Break KIND in REGION. What is broken already stays as it is."""
    given = {"for_s": span_s, "delay_ms": delay_ms}
    parameters: dict[str, float | str] = {k: v for k, v in given.items() if v is not None}
    wanted = Fault(kind=cast("FaultKind", kind), region=region, parameters=parameters)
    deployment = context.deployment()
    began = asyncio.run(_do(context, deployment, wanted, "inject", yes=yes))
    lasts_s = deployment.levers(notify=print_note).faults.lasts_s(wanted)
    undo = f"`muster fault clear {_named(wanted)}` puts it back"
    if lasts_s is not None:
        ends = format_moment(began + lasts_s, deployment.clock.now())
        undo = f"it ends by itself at {ends}, and {undo} sooner"
    click.echo(f"{_named(wanted)}: injected; {undo}")


@fault.command()
@kind_argument
@region_argument(required=False)
@yes_option
@click.pass_obj
def clear(context: CommandContext, kind: str, region: str | None, yes: bool) -> None:
    """Put back what was found before KIND was injected in REGION."""
    wanted = Fault(kind=cast("FaultKind", kind), region=region)
    asyncio.run(_do(context, context.deployment(), wanted, "clear", yes=yes))
    click.echo(f"{_named(wanted)}: cleared")


async def _do(
    context: CommandContext, deployment: "Deployment", wanted: Fault, what: str, *, yes: bool
) -> float:
    """Do it; when that began, in seconds since 1970."""
    levers = deployment.levers(notify=print_note)
    levers.faults.check(wanted)
    await announce_change(deployment, f"{what} {_named(wanted)}")
    confirm_change(context, deployment, yes=yes)
    began = deployment.clock.now()
    await (levers.inject(wanted) if what == "inject" else levers.clear(wanted))
    return began


def _named(wanted: Fault) -> str:
    return f"{wanted.kind} {wanted.region}" if wanted.region else wanted.kind
