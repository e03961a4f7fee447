"""The steps of a restore: begin, compare, apply, clean. Each can be interrupted and called again.

A step asks what is there before it changes anything, and journals before and after. Reads and
writes keep to a rate of capacity units, so that the live table's own traffic goes on.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from common.clock import Clock
from common.command.wording import count_of
from muster.errors import RestoreRefused
from muster.restore import comparison
from muster.restore.comparison import ExpiryRule, Finding, ItemStates
from muster.restore.conditions import make_back_write
from muster.restore.item_store import SIDES, ItemStore, Side
from muster.restore.items import Item, item_from_text, item_to_text, key_to_text
from muster.restore.journal import (
    Compared,
    ItemOutcome,
    ItemSettled,
    RestoreJournal,
    RestoreState,
    TableDeleted,
    TableRequested,
)
from muster.restore.plan import check_replicas, check_restored, target_name
from muster.restore.tables import RestoreTables
from muster.retry import Notify

PAGE_ITEMS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTools:
    """What the steps work with."""

    tables: RestoreTables
    journal: RestoreJournal
    clock: Clock
    notify: Notify


class Pace:
    """Keeps to a rate of capacity units."""

    def __init__(self, clock: Clock, units_per_s: float) -> None:
        self._clock = clock
        self._units_per_s = units_per_s
        self._next_s = clock.monotonic()

    async def spend(self, units: float) -> None:
        """Wait until these units have been earned."""
        now_s = self._clock.monotonic()
        self._next_s = max(self._next_s, now_s) + units / self._units_per_s
        await self._clock.sleep(self._next_s - now_s)


async def request_tables(tools: StepTools, state: RestoreState) -> RestoreState:
    """Start the restores that were not started yet. Raises RestoreRefused, CallFailed."""
    opened = state.opened
    for side, at_s in opened.times_s.items():
        target = target_name(opened.table, opened.name, side)
        facts = await tools.tables.describe(target)
        if facts is not None:
            check_restored(target, opened.table, facts)
        if side not in state.tables:
            tools.journal.append(TableRequested(side=side, table=target))
        if facts is None:
            tools.notify(f"restoring {opened.table} to {target}")
            await tools.tables.restore(opened.table, target, at_s)
    return tools.journal.state()


async def compare(
    tools: StepTools, store: ItemStore, *, units_per_s: float, within_s: float
) -> Mapping[Finding, int]:
    """Read the tables, and count what is to be done.

    The live table is read anew each time, unless its reading was interrupted. Raises
    RestoreRefused, WaitTimeout, CallFailed.
    """
    state = _not_cleaned(tools.journal.state())
    state = await request_tables(tools, state)
    for side in state.sides:
        await tools.tables.wait_until_active(state.tables[side], within_s)
    if store.progress("live").done:
        store.forget("live")
    pace = Pace(tools.clock, units_per_s)
    for side in SIDES:
        if side == "live" or side in state.tables:
            await _read_table(tools, store, state, side, pace)
    expiry = await _expiry(tools, state)
    states = store.states(has_after="after" in state.sides)
    counts = comparison.count(comparison.find(one, expiry) for one in states)
    tools.journal.append(Compared(counts={finding.value: n for finding, n in counts.items()}))
    return counts


async def _read_table(
    tools: StepTools, store: ItemStore, state: RestoreState, side: Side, pace: Pace
) -> None:
    table = state.tables.get(side, state.opened.table)
    progress = store.progress(side)
    if progress.done:
        return
    start: Item | None = None if progress.next_key is None else item_from_text(progress.next_key)
    while True:
        page = await tools.tables.read_page(table, start, PAGE_ITEMS)
        start = page.next_key
        keyed = [(key_to_text(i, state.opened.key_names), item_to_text(i)) for i in page.items]
        store.add_page(side, keyed, None if start is None else item_to_text(start))
        if start is None:
            tools.notify(f"{table}: {count_of(store.count(side), 'item')} read")
            return
        await pace.spend(page.units)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyLimits:
    units_per_s: float
    at_most: int
    """More items than these are refused."""
    delete_added: bool


async def apply(tools: StepTools, store: ItemStore, limits: ApplyLimits) -> RestoreState:
    """Bring the items back that were compared. Raises RestoreRefused, CallFailed.

    Items that were settled before are not looked at again.
    """
    state = _not_cleaned(tools.journal.state())
    check_applicable(state, limits)
    facts = await tools.tables.describe(state.opened.table)
    if facts is None:
        raise RestoreRefused(f"{state.opened.table} is not in {tools.tables.region} any more")
    check_replicas(state.opened.table, facts)
    expiry, pace = await _expiry(tools, state), Pace(tools.clock, limits.units_per_s)
    for states in store.states(has_after="after" in state.sides):
        finding = comparison.find(states, expiry)
        is_written = comparison.is_written(finding, delete_added=limits.delete_added)
        if is_written and states.key not in state.outcomes:
            outcome = await _bring_back(tools, state, states, pace)
            tools.journal.append(ItemSettled(key=states.key, outcome=outcome))
    return tools.journal.state()


def check_applicable(state: RestoreState, limits: ApplyLimits) -> int:
    """How many items are to be written, settled ones included. Raises RestoreRefused."""
    if state.counts is None:
        raise RestoreRefused(
            f"restore {state.opened.name} is not compared yet: `muster restore compare`"
        )
    counts = {Finding(name): number for name, number in state.counts.items()}
    number = comparison.writes(counts, delete_added=limits.delete_added)
    if number > limits.at_most:
        raise RestoreRefused(
            f"{count_of(number, 'item')} would be written, more than --at-most {limits.at_most};"
            " check the times of the bad write first: the shorter the window, the fewer good writes"
            " are in it"
        )
    return number


async def _bring_back(
    tools: StepTools, state: RestoreState, states: ItemStates, pace: Pace
) -> ItemOutcome:
    """Write one item, if it is still as it was compared."""
    table, key_names = state.opened.table, state.opened.key_names
    key = item_from_text(states.key)
    found = await tools.tables.get(table, key)
    now = None if found is None else item_to_text(found)
    if now == states.before:
        return "back"
    if now != states.live:
        return "newer"
    before = None if states.before is None else item_from_text(states.before)
    write = make_back_write(table, key_names, before=before, seen=found)
    if write is None:
        return "too-long"
    units = await tools.tables.write(write)
    if units is not None:
        await pace.spend(units)
        return "written"
    # Somebody wrote it meanwhile; or our own write was answered with an error, and made again.
    found = await tools.tables.get(table, key)
    now = None if found is None else item_to_text(found)
    return "back" if now == states.before else "newer"


async def clean(tools: StepTools) -> RestoreState:
    """Delete the restored tables and the copies of their items.

    Raises RestoreRefused, CallFailed.
    """
    state = tools.journal.state()
    for target in state.tables.values():
        facts = await tools.tables.describe(target)
        if facts is not None:
            check_restored(target, state.opened.table, facts)
            tools.notify(f"deleting {target}")
            await tools.tables.delete(target)
        tools.journal.append(TableDeleted(table=target))
    tools.journal.items_path.unlink(missing_ok=True)
    return tools.journal.state()


async def _expiry(tools: StepTools, state: RestoreState) -> ExpiryRule:
    attribute = await tools.tables.expiry_attribute(state.opened.table)
    return ExpiryRule(attribute=attribute, now_s=tools.clock.now())


def _not_cleaned(state: RestoreState) -> RestoreState:
    if state.cleaned:
        raise RestoreRefused(
            f"restore {state.opened.name} was cleaned up: its tables are deleted; begin a new one"
        )
    return state
