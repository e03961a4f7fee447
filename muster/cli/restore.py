"""`muster restore`: bring items back that a bad write deleted or overwrote."""

import asyncio
import dataclasses
import json
import random
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from muster.cli.context import CommandContext, announce_change, confirm_change, print_note
from muster.cli.options import DurationType, json_option, make_request, yes_option
from muster.errors import CallFailed, RestoreRefused
from muster.stack_outputs import find_region

if TYPE_CHECKING:
    from muster.deployment import Deployment
    from muster.restore.comparison import Finding
    from muster.restore.journal import RestoreJournal, RestoreState
    from muster.restore.plan import RestoreTimes
    from muster.restore.steps import StepTools
    from muster.restore.tables import RestoreTables, TableFacts

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
UNITS = click.FloatRange(min=0.1)
MEANINGS = {
    "deleted": "gone; are brought back",
    "overwritten": "have another content; the earlier one is brought back",
    "added": "were not there before; --delete-added deletes them",
    "back": "are as before already",
    "newer": "were written after the bad write; they stay",
    "expired": "gone, and past their time to live; they stay away",
}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class BeginRequest:
    table: str
    before: str
    after: str | None
    region: str | None
    name: str | None
    start: bool


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ApplyRequest:
    write: bool
    units_per_s: float
    at_most: int
    delete_added: bool


@click.group()
def restore() -> None:
    """Bring items back that a bad write deleted or overwrote in every Region.

    \b
    begin     restores the table as it was before the bad write (and after it) to new tables
    compare   reads them and the live table, and counts what is to be done
    apply     writes back what the bad write changed; what was written since then stays
    clean     deletes the restored tables
    list      shows the restores that this folder knows

    Each can be interrupted and called again. docs/restore.md has the runbook.
    """


@restore.command("begin")
@click.argument("table")
@click.option("--before", required=True, metavar="TIME", help="Before the bad write began.")
@click.option("--after", metavar="TIME", help="After it ended; tells newer writes from it.")
@click.option("--region", metavar="REGION", help="Where to restore; default: the home Region.")
@click.option("--name", metavar="NAME", help="Name of the restore; default: the present time.")
@click.option("--start", is_flag=True, help="Start it; otherwise only show what would be done.")
@yes_option
@json_option
@click.pass_obj
def begin(context: CommandContext, /, yes: bool, as_json: bool, **options: object) -> None:
    """Restore TABLE (or the table of a service of this name) to new tables.

    TIME is 2026-11-21T10:02:07Z with any offset, or how long ago: 15m. Times are those at which the
    Region stored a write; a write of another Region arrives there up to some seconds later.
    """
    request = make_request(BeginRequest, options)
    document = asyncio.run(_begin(context, request, yes=yes))
    _print(document, as_json=as_json)


async def _begin(context: CommandContext, request: BeginRequest, *, yes: bool) -> dict[str, Any]:
    from muster.restore import plan, steps  # noqa: PLC0415 - help needs none
    from muster.restore.journal import RestoreOpened, create_journal  # noqa: PLC0415
    from muster.restore.moments import format_utc  # noqa: PLC0415

    deployment = context.open_deployment()
    stack, now_s = deployment.stack, context.clock.now()
    region = request.region or stack.home_region
    find_region(stack, region)
    table = plan.check_service_table(
        request.table, {"items": stack.table, **stack.services}, stack.control_table
    )
    name = _name(request.name, now_s)
    tables = _tables(deployment, region)
    times, facts = await _check(tables, table, request, now_s)
    sides = {"before": times.before_s, "after": times.after_s}
    targets = {
        side: {"table": plan.target_name(table, name, side), "at": format_utc(at_s)}
        for side, at_s in sides.items()
        if at_s is not None
    }
    document = {
        "name": name,
        "table": table,
        "region": region,
        "items": facts.items,
        "size_bytes": facts.size_bytes,
        "restores": targets,
        "started": request.start,
    }
    if not request.start:
        return document
    words = " and ".join(f"{one['table']} (as of {one['at']})" for one in targets.values())
    await announce_change(deployment, f"restore {table} in {region} to {words}")
    confirm_change(context, deployment, yes=yes)
    opened = RestoreOpened(
        name=name,
        table=table,
        region=region,
        account=stack.account,
        before_s=times.before_s,
        after_s=times.after_s,
        key_names=facts.key_names,
        by=deployment.settings.by,
    )
    journal = create_journal(deployment.settings.runs, opened, context.clock)
    await steps.request_tables(_tools(context, tables, journal), journal.state())
    return document


async def _check(
    tables: "RestoreTables", table: str, request: BeginRequest, now_s: float
) -> "tuple[RestoreTimes, TableFacts]":
    from muster.restore import plan  # noqa: PLC0415

    times = plan.RestoreTimes(
        before_s=_moment("--before", request.before, now_s),
        after_s=None if request.after is None else _moment("--after", request.after, now_s),
    )
    facts = await tables.describe(table)
    if facts is None:
        raise RestoreRefused(f"there is no table {table} in {tables.region}")
    plan.check_times(times, await tables.window(table))
    return times, facts


@restore.command("compare")
@click.argument("name")
@click.option(
    "--units-per-s", type=UNITS, default=200.0, show_default=True, help="Read capacity to use."
)
@click.option(
    "--within",
    "within_s",
    type=DurationType(),
    default="2h",
    show_default=True,
    help="How long to wait for the restored tables.",
)
@json_option
@click.pass_obj
def compare(
    context: CommandContext, /, name: str, units_per_s: float, within_s: float, as_json: bool
) -> None:
    """Compare the restored tables of restore NAME with the live one; changes no item.

    Waits for the restored tables, reads all three at a bounded rate into a file of this machine
    that only you may read, and counts what the bad write changed.
    """
    _print(_compare(context, name, units_per_s, within_s), as_json=as_json)


def _compare(
    context: CommandContext, name: str, units_per_s: float, within_s: float
) -> dict[str, Any]:
    from muster.restore import steps  # noqa: PLC0415
    from muster.restore.item_store import ItemStore  # noqa: PLC0415
    from muster.restore.journal import open_journal  # noqa: PLC0415

    deployment = context.open_deployment()
    with open_journal(deployment.settings.runs, name, context.clock) as journal:
        state = _own_state(deployment, journal)
        tools = _tools(context, _tables(deployment, state.opened.region), journal)
        with ItemStore(journal.items_path) as store:
            comparing = steps.compare(tools, store, units_per_s=units_per_s, within_s=within_s)
            counts = asyncio.run(comparing)
        return {**_head(state), "findings": _findings(counts)}


@restore.command("apply")
@click.argument("name")
@click.option("--write", is_flag=True, help="Write; otherwise only say how many items would be.")
@click.option(
    "--units-per-s", type=UNITS, default=50.0, show_default=True, help="Write capacity to use."
)
@click.option(
    "--at-most",
    type=click.IntRange(min=1),
    default=10_000,
    show_default=True,
    help="Refuse to write more items than these.",
)
@click.option("--delete-added", is_flag=True, help="Delete the items that the bad write added.")
@yes_option
@json_option
@click.pass_obj
def apply(
    context: CommandContext, /, name: str, yes: bool, as_json: bool, **options: object
) -> None:
    """Bring back the items that were compared, in restore NAME.

    Each item is read again, and written only if it is still as the bad write left it. Refused while
    a replica is not ACTIVE, while a drill runs, and for more items than --at-most.
    """
    request = make_request(ApplyRequest, options)
    _print(_apply(context, name, request, yes=yes), as_json=as_json)


def _apply(
    context: CommandContext, name: str, request: ApplyRequest, *, yes: bool
) -> dict[str, Any]:
    from muster.restore import steps  # noqa: PLC0415
    from muster.restore.item_store import ItemStore  # noqa: PLC0415
    from muster.restore.journal import open_journal  # noqa: PLC0415

    deployment = context.open_deployment()
    limits = steps.ApplyLimits(
        units_per_s=request.units_per_s,
        at_most=request.at_most,
        delete_added=request.delete_added,
    )
    with open_journal(deployment.settings.runs, name, context.clock) as journal:
        state = _own_state(deployment, journal)
        number = steps.check_applicable(state, limits)
        document = {**_head(state), "to_write": number, "applied": request.write}
        if request.write:
            tools = _tools(context, _tables(deployment, state.opened.region), journal)
            asyncio.run(_ask_to_write(context, deployment, state, number, yes=yes))
            with ItemStore(journal.items_path) as store:
                state = asyncio.run(steps.apply(tools, store, limits))
        return {**document, "outcomes": _outcomes(state)}


async def _ask_to_write(
    context: CommandContext,
    deployment: "Deployment",
    state: "RestoreState",
    number: int,
    *,
    yes: bool,
) -> None:
    opened = state.opened
    await announce_change(
        deployment, f"write up to {number} items of {opened.table} in {opened.region}"
    )
    await _refuse_during_drill(deployment, opened.region)
    confirm_change(context, deployment, yes=yes)


async def _refuse_during_drill(deployment: "Deployment", region: str) -> None:
    """Raises RestoreRefused while a drill holds the lease."""
    from muster.drill.run.lease import DynamoDBLeaseTable  # noqa: PLC0415

    leases = DynamoDBLeaseTable(deployment.clients, deployment.stack.control_table)
    try:
        lease = await leases.read(region)
    except CallFailed as exc:
        print_note(f"whether a drill runs is not known: {exc}")
        return
    now_s = deployment.clock.now()
    if lease is not None and lease.until > now_s:
        raise RestoreRefused(f"a drill is running: {lease.describe(now_s)}; end it first")


@restore.command("clean")
@click.argument("name")
@click.option("--write", is_flag=True, help="Delete; otherwise only say what would be deleted.")
@yes_option
@json_option
@click.pass_obj
def clean(context: CommandContext, /, name: str, write: bool, yes: bool, as_json: bool) -> None:
    """Delete the restored tables of restore NAME, and the copies of items on this machine.

    A table that was not restored from the live one is left alone. The journal stays.
    """
    from muster.restore import steps  # noqa: PLC0415
    from muster.restore.journal import open_journal  # noqa: PLC0415

    deployment = context.open_deployment()
    with open_journal(deployment.settings.runs, name, context.clock) as journal:
        state = _own_state(deployment, journal)
        targets = sorted(state.tables.values())
        if write:
            asyncio.run(_ask_to_delete(context, deployment, targets, yes=yes))
            tools = _tools(context, _tables(deployment, state.opened.region), journal)
            asyncio.run(steps.clean(tools))
        document = {**_head(state), "tables": targets, "deleted": write}
    _print(document, as_json=as_json)


async def _ask_to_delete(
    context: CommandContext, deployment: "Deployment", targets: list[str], *, yes: bool
) -> None:
    await announce_change(deployment, f"delete {', '.join(targets) or 'no table'}")
    confirm_change(context, deployment, yes=yes)


@restore.command("list")
@json_option
@click.pass_obj
def list_restores(context: CommandContext, /, as_json: bool) -> None:
    """Show the restores in the folder of runs, the oldest first; calls nothing."""
    from muster.restore.journal import FOLDER, list_names, read_state  # noqa: PLC0415

    runs = context.read_settings().runs
    states = [read_state(runs / FOLDER / name) for name in list_names(runs)]
    if as_json:
        shown = [{**_head(s), "tables": s.tables, "outcomes": _outcomes(s)} for s in states]
        click.echo(json.dumps(shown, indent=2))
        return
    for state in states:
        tables = ", ".join(sorted(state.tables.values())) or "no restored table left"
        click.echo(f"{state.opened.name}: {state.opened.table}, {tables}")


def _own_state(deployment: "Deployment", journal: "RestoreJournal") -> "RestoreState":
    """The state of a restore of this stack's account. Raises RestoreRefused."""
    state, stack = journal.state(), deployment.stack
    tables = {stack.table, *stack.services.values()}
    if state.opened.account != stack.account or state.opened.table not in tables:
        raise RestoreRefused(
            f"restore {state.opened.name} is of {state.opened.table} in account"
            f" {state.opened.account or 'unknown'}, not of this stack"
        )
    return state


def _tables(deployment: "Deployment", region: str) -> "RestoreTables":
    from muster.restore.tables import RestoreTables  # noqa: PLC0415
    from muster.retry import RetryPolicy  # noqa: PLC0415

    policy = RetryPolicy(deployment.clock, random.Random(), print_note)
    return RestoreTables(deployment.clients, region, policy)


def _tools(
    context: CommandContext, tables: "RestoreTables", journal: "RestoreJournal"
) -> "StepTools":
    from muster.restore.steps import StepTools  # noqa: PLC0415

    return StepTools(tables=tables, journal=journal, clock=context.clock, notify=print_note)


def _moment(option: str, text: str, now_s: float) -> float:
    from muster.restore.moments import parse_moment  # noqa: PLC0415

    try:
        return parse_moment(text, now_s)
    except ValueError as exc:
        raise click.BadParameter(str(exc), param_hint=option) from exc


def _name(given: str | None, now_s: float) -> str:
    name = given or datetime.fromtimestamp(now_s, UTC).strftime("%Y%m%d-%H%M%S")
    if not NAME.fullmatch(name):
        rule = "up to 40 small letters, digits and hyphens"
        raise click.BadParameter(f"{name!r} is not {rule}", param_hint="--name")
    return name


def _head(state: "RestoreState") -> dict[str, Any]:
    opened = state.opened
    return {"name": opened.name, "table": opened.table, "region": opened.region}


def _findings(counts: "Mapping[Finding, int]") -> dict[str, int]:
    return {finding.value: number for finding, number in counts.items()}


def _outcomes(state: "RestoreState") -> dict[str, int]:
    outcomes = list(state.outcomes.values())
    names = ("written", "back", "newer", "too-long")
    return {name: sum(outcome == name for outcome in outcomes) for name in names}


def _print(document: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(document, indent=2))
        return
    for line in _lines(document):
        click.echo(line)


def _lines(document: Mapping[str, Any]) -> list[str]:
    """What a command has done, and the next one."""
    name = document["name"]
    lines = [f"restore {name}: {document['table']} in {document['region']}"]
    if "restores" in document:
        lines += [f"  {one['table']} as of {one['at']}" for one in document["restores"].values()]
        done = document["started"]
        lines.append(
            f"started; next: muster restore compare {name}" if done else "not started: give --start"
        )
    if "findings" in document:
        lines += [f"  {n:>8} {key}: {MEANINGS[key]}" for key, n in document["findings"].items()]
        lines.append(f"next: muster restore apply {name}")
    if "outcomes" in document:
        if document["applied"]:
            lines += [f"  {n:>8} {key}" for key, n in document["outcomes"].items()]
            lines.append(f"next: muster restore compare {name}, and then clean {name}")
        else:
            lines.append(f"  {document['to_write']} items to write; nothing written: give --write")
    if "deleted" in document:
        lines += [f"  {table}" for table in document["tables"]]
        lines.append("deleted" if document["deleted"] else "nothing deleted: give --write")
    return lines
