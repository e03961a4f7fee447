"""`muster fault`: break something on purpose, and put it back."""

import asyncio
from typing import TYPE_CHECKING, cast, get_args

import click

from muster.cli.context import Context, announce, confirm, notify
from muster.cli.options import Length, region_argument, yes_option
from muster.levers.interface import Fault, FaultKind

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
def list_kinds() -> None:
    """The faults, and where each can be injected."""
    for kind, words in KINDS.items():
        click.echo(f"{kind:<18} {words}")


@fault.command()
@kind_argument
@region_argument(required=False)
@click.option("--for", "span_s", type=Length(), help="It ends by itself after this (twin only).")
@click.option("--delay-ms", type=click.FloatRange(1, 60_000), help="Of network-slow.")
@yes_option
@click.pass_obj
def inject(
    context: Context,
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
    asyncio.run(_do(context, context.deployment(), wanted, "inject", yes=yes))
    click.echo(f"{_named(wanted)}: injected; `muster fault clear {_named(wanted)}` puts it back")


@fault.command()
@kind_argument
@region_argument(required=False)
@yes_option
@click.pass_obj
def clear(context: Context, kind: str, region: str | None, yes: bool) -> None:
    """Put back what was found before KIND was injected in REGION."""
    wanted = Fault(kind=cast("FaultKind", kind), region=region)
    asyncio.run(_do(context, context.deployment(), wanted, "clear", yes=yes))
    click.echo(f"{_named(wanted)}: cleared")


async def _do(
    context: Context, deployment: "Deployment", wanted: Fault, what: str, *, yes: bool
) -> None:
    levers = deployment.levers(notify=notify)
    levers.faults.check(wanted)
    await announce(deployment, f"{what} {_named(wanted)}")
    confirm(context, deployment, yes=yes)
    await (levers.inject(wanted) if what == "inject" else levers.clear(wanted))


def _named(wanted: Fault) -> str:
    return f"{wanted.kind} {wanted.region}" if wanted.region else wanted.kind
