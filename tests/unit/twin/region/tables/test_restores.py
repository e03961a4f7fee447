"""RestoreTableToPointInTime, and the window it keeps to."""

import asyncio
from typing import Any

import pytest

from tests.unit.twin.region.tables.recovery_calls import enable_recovery, open_restores, restore
from tests.unit.twin.region.tables.simulated_regions import NOW, SimulatedRegion
from twin.core.tables.table_engine import TableApiError
from twin.region.tables.restores import LATEST_DELAY_S


def values(region: SimulatedRegion, name: str = "new") -> dict[str, str]:
    return {image["id"]["S"]: image["v"]["S"] for image in region.engine.all_images(name)}


@pytest.fixture
def region(home: SimulatedRegion) -> SimulatedRegion:
    """A table with recovery, whose items changed every 1,000 s."""
    home.put("a", "0")
    enable_recovery(home)
    for number in range(1, 4):
        home.clock.seconds += 1000
        home.put("a", str(number))
        home.put(f"item-{number}", str(number))
    return home


def refused(region: SimulatedRegion, **request: Any) -> tuple[str, str]:  # noqa: ANN401
    with pytest.raises(TableApiError) as caught:
        open_restores(region).restore({"TargetTableName": "new", **request}, lambda: "id")
    assert "new" not in region.store.tables
    return caught.value.code, caught.value.message


def test_a_table_is_restored_as_it_was_at_a_time(region: SimulatedRegion) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_RestoreTableToPointInTime.html"""
    description = restore(region, SourceTableName="tab", RestoreDateTime=NOW + 1500)

    assert values(region) == {"a": "1", "item-1": "1"}
    assert values(region, "tab")["a"] == "3"
    assert description["RestoreSummary"] == {
        "SourceTableArn": "arn:aws:dynamodb:eu-central-1:123456789012:table/tab",
        "RestoreDateTime": NOW + 1500,
        "RestoreInProgress": False,
    }


def test_the_latest_time_is_five_minutes_ago(region: SimulatedRegion) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html"""
    state = region.store.tables["tab"]
    assert open_restores(region).window_s(state) == (NOW, NOW + 3000 - LATEST_DELAY_S)
    assert open_restores(region, speed=10).window_s(state)[1] == NOW + 3000 - LATEST_DELAY_S / 10

    restore(
        region,
        SourceTableArn="arn:aws:dynamodb:eu-central-1:123456789012:table/tab",
        UseLatestRestorableTime=True,
    )

    assert values(region) == {"a": "2", "item-1": "1", "item-2": "2"}


def test_a_restored_table_has_no_stream_tags_or_recovery(region: SimulatedRegion) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_RestoreTableToPointInTime.html"""
    description = restore(region, SourceTableName="tab", RestoreDateTime=NOW)

    assert "StreamSpecification" not in description
    assert region.store.tables["new"].recovery is None
    assert region.engine.settings("new").local["tags"] == []


@pytest.mark.parametrize("at_s", [NOW - 1, NOW + 2701, NOW + 10**6])
def test_a_time_outside_of_the_window_is_refused(region: SimulatedRegion, at_s: float) -> None:
    code, message = refused(region, SourceTableName="tab", RestoreDateTime=at_s)

    assert code == "InvalidRestoreTimeException"
    assert "EarliestRestorableDateTime 2023-11-14T22:13:20.000+00:00" in message
    assert "LatestRestorableDateTime 2023-11-14T22:58:20.000+00:00" in message


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        ({}, "Either SourceTableArn or SourceTableName must be specified"),
        ({"SourceTableName": "gone", "RestoreDateTime": NOW}, "Table not found: gone"),
        ({"SourceTableName": "tab"}, "Either UseLatestRestorableTime or RestoreDateTime must be"),
        (
            {"SourceTableName": "tab", "RestoreDateTime": NOW, "UseLatestRestorableTime": True},
            "Either UseLatestRestorableTime or RestoreDateTime must be",
        ),
        (
            {
                "SourceTableName": "tab",
                "RestoreDateTime": NOW,
                "GlobalSecondaryIndexOverride": [{"IndexName": "gone"}],
            },
            "The source table has no index gone",
        ),
    ],
)
def test_a_wrong_request_is_refused(
    region: SimulatedRegion, request_: dict[str, Any], error: str
) -> None:
    assert error in refused(region, **request_)[1]


def test_an_existing_table_is_never_overwritten(region: SimulatedRegion) -> None:
    with pytest.raises(TableApiError) as caught:
        open_restores(region).restore(
            {"SourceTableName": "tab", "TargetTableName": "tab", "RestoreDateTime": NOW},
            lambda: "id",
        )
    assert caught.value.code == "TableAlreadyExistsException"


def test_a_table_without_recovery_can_not_be_restored(home: SimulatedRegion) -> None:
    assert refused(home, SourceTableName="tab", RestoreDateTime=NOW) == (
        "PointInTimeRecoveryUnavailableException",
        "Point in time recovery is not enabled for table 'tab'",
    )


def test_a_restored_table_survives_a_restart(region: SimulatedRegion) -> None:
    restore(region, SourceTableName="tab", RestoreDateTime=NOW + 1500)

    region.restart()

    assert values(region) == {"a": "1", "item-1": "1"}


def test_an_interrupted_restore_is_dropped_at_the_next_start(region: SimulatedRegion) -> None:
    open_restores(region).restore(
        {"SourceTableName": "tab", "TargetTableName": "new", "RestoreDateTime": NOW},
        lambda: "id-of-new",
    )
    assert region.store.tables["new"].is_restoring

    region.restart()

    assert "new" not in region.store.tables
    assert "new" not in region.engine.table_names()


def test_a_full_disk_delays_a_restore(region: SimulatedRegion) -> None:
    restores = open_restores(region)
    request = {"SourceTableName": "tab", "RestoreDateTime": NOW + 1500, "TargetTableName": "new"}
    restores.restore(request, lambda: "id-of-new")
    region.wal.full = True

    assert not asyncio.run(restores.fill_tables())
    assert region.store.tables["new"].is_restoring
    region.wal.full = False

    assert asyncio.run(restores.fill_tables())
    assert values(region) == {"a": "1", "item-1": "1"}
    assert not region.store.tables["new"].is_restoring


async def test_a_table_may_be_deleted_while_another_one_is_restored(
    region: SimulatedRegion,
) -> None:
    restores = open_restores(region)
    for name in ("new", "later"):
        at = {"SourceTableName": "tab", "RestoreDateTime": NOW + 1500, "TargetTableName": name}
        restores.restore(at, f"id-of-{name}".__str__)

    async with asyncio.TaskGroup() as tasks:
        filling = tasks.create_task(restores.fill_tables())
        await asyncio.sleep(0)
        for name in ("new", "later"):
            region.store.commit_drop(name)

    assert filling.result()
    assert list(region.store.tables) == ["tab"]
