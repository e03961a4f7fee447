"""The calls of a restore, to a Region of a twin."""

import asyncio

import pytest

from muster.errors import CallFailed, RestoreRefused
from muster.restore.conditions import make_back_write
from tests.functional.muster.restore.conftest import RestoreSystem
from tests.functional.twin.region.tables.conftest import HOME, PEER


def test_a_table_is_described_with_its_key_and_its_replicas(system: RestoreSystem) -> None:
    facts = asyncio.run(system.tables().describe(system.table))

    assert facts is not None
    assert facts.key_names == ("id",)
    assert facts.replicas[PEER] == "ACTIVE"
    assert facts.source_arn is None
    assert asyncio.run(system.tables().describe("nobody")) is None


def test_only_a_table_with_point_in_time_recovery_has_a_window(system: RestoreSystem) -> None:
    system.regions.create_table(name=f"bare-{system.table}")
    window = asyncio.run(system.tables().window(system.table))

    assert window.earliest_s <= window.latest_s
    with pytest.raises(
        RestoreRefused, match=f"bare-{system.table} has no point-in-time recovery in {HOME}"
    ):
        asyncio.run(system.tables().window(f"bare-{system.table}"))


def test_a_restored_table_names_its_source_and_lacks_what_is_not_restored(
    system: RestoreSystem,
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_RestoreTableToPointInTime.html"""
    system.home.update_time_to_live(
        TableName=system.table,
        TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires_at"},
    )
    system.put("a", name="good")
    tables, at_s = system.tables(), system.mark()
    system.begin(at_s, None)
    target = f"{system.table}-restore-one-before"

    asyncio.run(tables.restore(system.table, target, at_s))
    asyncio.run(tables.restore(system.table, target, at_s))  # a second time changes nothing
    asyncio.run(tables.wait_until_active(target, 30.0))

    facts = asyncio.run(tables.describe(target))
    assert facts is not None
    assert facts.source_arn == f"arn:aws:dynamodb:{HOME}:123456789012:table/{system.table}"
    assert facts.replicas == {}
    assert asyncio.run(tables.expiry_attribute(system.table)) == "expires_at"
    assert asyncio.run(tables.expiry_attribute(target)) is None
    with pytest.raises(RestoreRefused):
        asyncio.run(tables.window(target))

    asyncio.run(tables.delete(target))
    asyncio.run(tables.delete(target))
    with pytest.raises(RestoreRefused, match="is gone"):
        asyncio.run(tables.wait_until_active(target, 1.0))


def test_all_pages_of_a_table_are_read_with_what_they_cost(system: RestoreSystem) -> None:
    for number in range(5):
        system.put(str(number), name="good")
    tables = system.tables()

    first = asyncio.run(tables.read_page(system.table, None, 3))
    second = asyncio.run(tables.read_page(system.table, first.next_key, 3))

    keys = sorted(item["id"]["S"] for item in (*first.items, *second.items))
    assert keys == ["0", "1", "2", "3", "4"]
    assert second.next_key is None
    assert first.units > 0


def test_a_write_whose_condition_does_not_hold_changes_nothing(system: RestoreSystem) -> None:
    system.put("a", name="now")
    good, bad = ({"id": {"S": "a"}, "name": {"S": name}} for name in ("good", "bad"))
    write = make_back_write(system.table, ("id",), before=good, seen=bad)
    assert write is not None

    assert asyncio.run(system.tables().write(write)) is None
    assert system.names(HOME) == {"a": "now"}

    system.put("a", name="bad")
    assert asyncio.run(system.tables().write(write)) == 1.0
    assert system.names(HOME) == {"a": "good"}


def test_an_error_that_stays_is_raised(system: RestoreSystem) -> None:
    with pytest.raises(CallFailed, match="TableNotFoundException"):
        asyncio.run(system.tables().restore("nobody", "nobody-restore-x-before", 1.0))
