"""A bad write in a global table, and everything until its items are back in both Regions."""

import asyncio
from contextlib import closing

import pytest

from muster.errors import RestoreRefused
from muster.restore.comparison import Finding
from muster.restore.item_store import ItemStore
from muster.restore.journal import RestoreState
from muster.restore.steps import ApplyLimits, StepTools, apply, clean, compare
from tests.functional.muster.restore.conftest import RestoreSystem
from tests.functional.twin.region.tables.conftest import HOME, PEER
from tests.waiting import eventually

LIMITS = ApplyLimits(units_per_s=10_000.0, at_most=100, delete_added=False)


def compared(tools: StepTools) -> dict[Finding, int]:
    with closing(ItemStore(tools.journal.items_path)) as store:
        found = asyncio.run(compare(tools, store, units_per_s=10_000.0, within_s=30.0))
    return {finding: number for finding, number in found.items() if number}


def applied(tools: StepTools, limits: ApplyLimits = LIMITS) -> RestoreState:
    with closing(ItemStore(tools.journal.items_path)) as store:
        return asyncio.run(apply(tools, store, limits))


def outcomes(state: RestoreState) -> dict[str, str]:
    return {key.split('"')[5]: outcome for key, outcome in state.outcomes.items()}


def own_tables(system: RestoreSystem) -> list[str]:
    """The test's table, and those restored from it."""
    names = system.home.list_tables()["TableNames"]
    return [name for name in names if name.split("-")[0] == system.table]


def write_badly(system: RestoreSystem) -> tuple[float, float]:
    """Good items, a bad write among them, and good writes after it; its time."""
    for key in ("kept", "deleted", "overwritten", "rewritten", "recreated"):
        system.put(key, name="good", more="x")
    before_s = system.mark()
    system.delete("deleted")
    system.put("overwritten", name="bad")
    system.put("added", name="bad")
    system.put("rewritten", name="bad")
    system.delete("recreated")
    after_s = system.mark()
    system.put("rewritten", name="newer")
    system.put("recreated", name="newer")
    system.put("since", name="newer")
    return before_s, after_s


def test_what_the_bad_write_changed_is_back_in_every_region_and_newer_writes_stay(
    system: RestoreSystem,
) -> None:
    tools = system.begin(*write_badly(system))

    assert compared(tools) == {
        Finding.DELETED: 1,
        Finding.OVERWRITTEN: 1,
        Finding.ADDED: 1,
        Finding.NEWER: 2,
    }
    state = applied(tools)

    assert outcomes(state) == {"deleted": "written", "overwritten": "written"}
    expected = {
        "added": "bad",
        "deleted": "good",
        "kept": "good",
        "overwritten": "good",
        "recreated": "newer",
        "rewritten": "newer",
        "since": "newer",
    }
    assert system.names(HOME) == expected
    eventually(lambda: system.names(PEER) == expected)
    assert compared(tools) == {Finding.BACK: 2, Finding.ADDED: 1, Finding.NEWER: 2}

    applied(tools, ApplyLimits(units_per_s=10_000.0, at_most=1, delete_added=True))
    assert "added" not in system.names(HOME)

    cleaned = asyncio.run(clean(tools))
    assert cleaned.cleaned
    assert not tools.journal.items_path.exists()
    eventually(lambda: own_tables(system) == [system.table])
    with pytest.raises(RestoreRefused, match="begin a new one"):
        compared(tools)


def test_an_item_that_is_written_between_compare_and_apply_stays(system: RestoreSystem) -> None:
    tools = system.begin(*write_badly(system))
    compared(tools)
    system.put("overwritten", name="newest")
    system.put("deleted", name="newest")

    state = applied(tools)

    assert outcomes(state) == {"deleted": "newer", "overwritten": "newer"}
    assert system.names(HOME)["overwritten"] == system.names(HOME)["deleted"] == "newest"


def test_without_the_time_after_it_everything_that_differs_counts_as_the_bad_write_s(
    system: RestoreSystem,
) -> None:
    before_s, _ = write_badly(system)
    tools = system.begin(before_s, None)

    assert compared(tools) == {Finding.DELETED: 1, Finding.OVERWRITTEN: 3, Finding.ADDED: 2}
    assert list(tools.journal.state().tables) == ["before"]


def test_more_items_than_allowed_and_items_that_were_not_compared_are_refused(
    system: RestoreSystem,
) -> None:
    tools = system.begin(*write_badly(system))
    with pytest.raises(RestoreRefused, match="not compared yet"):
        applied(tools)
    compared(tools)

    with pytest.raises(RestoreRefused, match="2 items would be written"):
        applied(tools, ApplyLimits(units_per_s=10.0, at_most=1, delete_added=False))

    assert system.names(HOME)["overwritten"] == "bad"


def test_an_interrupted_apply_goes_on_where_it_stopped(system: RestoreSystem) -> None:
    """The write was made, and the process died before it could journal that."""
    tools = system.begin(*write_badly(system))
    compared(tools)
    system.put("deleted", name="good", more="x")

    state = applied(tools)

    assert outcomes(state) == {"deleted": "back", "overwritten": "written"}
    assert outcomes(applied(tools)) == outcomes(state)


def test_a_table_that_was_not_restored_is_not_deleted(system: RestoreSystem) -> None:
    tools = system.begin(*write_badly(system))
    system.regions.create_table(name=f"{system.table}-restore-one-before")

    with pytest.raises(RestoreRefused, match="left alone"):
        compared(tools)
    assert f"{system.table}-restore-one-before" in own_tables(system)
