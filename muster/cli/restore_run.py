"""What the commands of `muster restore` do: begin, compare, apply, clean, list.

Each gives the document that is shown. Decides what is asked before a change.
"""

import asyncio
import random
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import click

from common.command.wording import count_of
from muster.cli.context import CommandContext, announce_change, confirm_change, print_note
from muster.cli.lease_holder import refuse_during_drill
from muster.deployment import Deployment
from muster.errors import RestoreRefused
from muster.restore import plan, steps
from muster.restore.item_store import ItemStore
from muster.restore.journal import (
    FOLDER,
    RestoreJournal,
    RestoreOpened,
    RestoreState,
    create_journal,
    list_names,
    open_journal,
    read_state,
)
from muster.restore.moments import format_utc, parse_moment
from muster.restore.tables import RestoreTables, TableFacts
from muster.retry import RetryPolicy
from muster.stack_outputs import find_region

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginRequest:
    table: str
    before: str
    after: str | None
    region: str | None
    name: str | None
    start: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _OpenRestore:
    """A restore that no other process works on."""

    deployment: Deployment
    state: RestoreState
    tools: steps.StepTools


async def begin_restore(
    context: CommandContext, request: BeginRequest, *, yes: bool
) -> dict[str, Any]:
    deployment = context.open_deployment()
    stack, now_s = deployment.stack, context.clock.now()
    region = request.region or stack.home_region
    find_region(stack, region)
    table = plan.check_service_table(
        request.table, {"items": stack.table, **stack.services}, stack.control_table
    )
    name = _name(request.name, now_s)
    tables = _make_tables(deployment, region)
    times, facts = await _check(tables, table, request, now_s)
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
    targets = {
        side: {"table": plan.target_name(table, name, side), "at": format_utc(at_s)}
        for side, at_s in opened.times_s.items()
    }
    document = {
        **_head(opened),
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
    journal = create_journal(deployment.settings.runs, opened, context.clock)
    await steps.request_tables(_make_tools(tables, journal, context), journal.state())
    return document


async def _check(
    tables: RestoreTables, table: str, request: BeginRequest, now_s: float
) -> tuple[plan.RestoreTimes, TableFacts]:
    times = plan.RestoreTimes(
        before_s=_moment("--before", request.before, now_s),
        after_s=None if request.after is None else _moment("--after", request.after, now_s),
    )
    facts = await tables.describe(table)
    if facts is None:
        raise RestoreRefused(f"there is no table {table} in {tables.region}")
    plan.check_times(times, await tables.window(table), now_s)
    return times, facts


def compare_restore(
    context: CommandContext, name: str, *, units_per_s: float, within_s: float
) -> dict[str, Any]:
    with _open_restore(context, name) as restore:
        with closing(ItemStore(restore.tools.journal.items_path)) as store:
            counts = asyncio.run(
                steps.compare(restore.tools, store, units_per_s=units_per_s, within_s=within_s)
            )
        return {**_head(restore.state.opened), "findings": dict(counts)}


def apply_restore(
    context: CommandContext, name: str, limits: steps.ApplyLimits, *, write: bool, yes: bool
) -> dict[str, Any]:
    with _open_restore(context, name) as restore:
        state = restore.state
        number = steps.check_applicable(state, limits)
        document = {**_head(state.opened), "to_write": number, "applied": write}
        if write:
            asyncio.run(_ask_to_write(context, restore, number, yes=yes))
            with closing(ItemStore(restore.tools.journal.items_path)) as store:
                state = asyncio.run(steps.apply(restore.tools, store, limits))
        return {**document, "outcomes": state.outcome_counts}


async def _ask_to_write(
    context: CommandContext, restore: _OpenRestore, number: int, *, yes: bool
) -> None:
    deployment, opened = restore.deployment, restore.state.opened
    await announce_change(
        deployment,
        f"write up to {count_of(number, 'item')} of {opened.table} in {opened.region}",
    )
    await refuse_during_drill(deployment)
    confirm_change(context, deployment, yes=yes)


def clean_restore(context: CommandContext, name: str, *, write: bool, yes: bool) -> dict[str, Any]:
    with _open_restore(context, name) as restore:
        targets = sorted(restore.state.tables.values())
        if write:
            asyncio.run(_ask_to_delete(context, restore.deployment, targets, yes=yes))
            asyncio.run(steps.clean(restore.tools))
        return {**_head(restore.state.opened), "tables": targets, "deleted": write}


async def _ask_to_delete(
    context: CommandContext, deployment: Deployment, targets: list[str], *, yes: bool
) -> None:
    await announce_change(deployment, f"delete {', '.join(targets) or 'no table'}")
    confirm_change(context, deployment, yes=yes)


def list_documents(context: CommandContext) -> list[dict[str, Any]]:
    """The restores in the folder of runs, the oldest first; calls nothing."""
    runs = context.read_settings().runs
    states = [read_state(runs / FOLDER / name) for name in list_names(runs)]
    return [
        {**_head(state.opened), "tables": state.tables, "outcomes": state.outcome_counts}
        for state in states
    ]


@contextmanager
def _open_restore(context: CommandContext, name: str) -> Iterator[_OpenRestore]:
    """A restore of this stack. Raises RestoreRefused, InvalidJournal, UnknownRun."""
    deployment = context.open_deployment()
    with open_journal(deployment.settings.runs, name, context.clock) as journal:
        state = journal.state()
        plan.check_own(state.opened, deployment.stack)
        tables = _make_tables(deployment, state.opened.region)
        yield _OpenRestore(
            deployment=deployment, state=state, tools=_make_tools(tables, journal, context)
        )


def _make_tables(deployment: Deployment, region: str) -> RestoreTables:
    policy = RetryPolicy(deployment.clock, random.Random(), print_note)
    return RestoreTables(deployment.clients, region, policy)


def _make_tools(
    tables: RestoreTables, journal: RestoreJournal, context: CommandContext
) -> steps.StepTools:
    return steps.StepTools(tables=tables, journal=journal, clock=context.clock, notify=print_note)


def _moment(option: str, text: str, now_s: float) -> float:
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


def _head(opened: RestoreOpened) -> dict[str, Any]:
    return {"name": opened.name, "table": opened.table, "region": opened.region}
