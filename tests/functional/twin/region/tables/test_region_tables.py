"""Pauses and network faults of a Region: who still gets its writes."""

from typing import TYPE_CHECKING

from tests.functional.twin.region.tables.conftest import HOME, PEER, THIRD, RegionProcesses
from tests.functional.twin.region.tables.items import peer_problems, put_item, read_value
from tests.waiting import eventually
from twin.core.faults import FaultKind

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def test_both_regions_accept_writes_during_a_pause_and_the_later_wins_afterwards(
    regions: RegionProcesses,
) -> None:
    """Unreplicated writes are sent when the Region is back; a later write elsewhere wins.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
    """
    regions.start(HOME, PEER)
    home, peer = regions.create_table(PEER), regions.client(PEER)
    put_item(home, "both", "before")
    regions.settle(HOME, PEER)
    regions.pause(PEER)
    put_item(home, "both", "home, earlier")
    put_item(peer, "both", "peer, later")
    put_item(home, "home only", "1")
    put_item(peer, "peer only", "1")
    put_item(peer, "gone", "1")
    peer.delete_item(TableName="items", Key={"id": {"S": "gone"}})

    assert read_value(peer, "home only") is None
    assert read_value(home, "peer only") is None
    assert regions.pending(HOME) > 0
    regions.resume(PEER)
    regions.settle(HOME, PEER)
    for client in (home, peer):
        assert read_value(client, "both") == "peer, later"
        assert read_value(client, "home only") == read_value(client, "peer only") == "1"
        assert read_value(client, "gone") is None


def test_a_pause_isolates_one_region_in_both_directions_only_and_survives_a_restart(
    regions: RegionProcesses,
) -> None:
    """aws:dynamodb:global-table-pause-replication.

    https://docs.aws.amazon.com/fis/latest/userguide/cross-region-scenario.html
    """
    regions.start(HOME, PEER, THIRD)
    home = regions.create_table(PEER, THIRD)
    peer, third = regions.client(PEER), regions.client(THIRD)
    regions.settle(HOME, PEER, THIRD)
    regions.pause(PEER)
    put_item(home, "from home", "1")
    put_item(peer, "from peer", "1")
    regions.kill(PEER)
    regions.start(PEER)

    assert regions.status(PEER).replication_paused
    eventually(lambda: read_value(third, "from home"))
    assert read_value(peer, "from peer") == "1"
    assert read_value(peer, "from home") is None
    assert read_value(home, "from peer") is None
    eventually(lambda: "paused" in peer_problems(regions, HOME)[PEER])
    assert peer_problems(regions, HOME)[THIRD] == ""
    regions.resume(PEER)
    eventually(lambda: read_value(peer, "from home") and read_value(third, "from peer"))


def is_cut(regions: RegionProcesses, here: str, there: str) -> bool:
    return "cut" in peer_problems(regions, here)[there]


def start_both(regions: RegionProcesses) -> "tuple[DynamoDBClient, DynamoDBClient]":
    regions.start(HOME, PEER)
    home = regions.create_table(PEER)
    regions.settle(HOME, PEER)
    return home, regions.client(PEER)


def test_a_cut_region_neither_sends_nor_receives_and_loses_nothing(
    regions: RegionProcesses,
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html"""
    home, peer = start_both(regions)
    regions.begin_fault(FaultKind.CUT, PEER)
    put_item(home, "from home", "1")
    put_item(peer, "from peer", "1")

    eventually(lambda: is_cut(regions, HOME, PEER) and is_cut(regions, PEER, HOME))
    assert read_value(peer, "from home") is None
    assert read_value(home, "from peer") is None
    regions.end_faults(PEER)
    regions.settle(HOME, PEER)
    assert read_value(peer, "from home") == read_value(home, "from peer") == "1"


def test_a_cut_of_one_region_does_not_affect_the_others(regions: RegionProcesses) -> None:
    regions.start(HOME, PEER, THIRD)
    home = regions.create_table(PEER, THIRD)
    regions.settle(HOME, PEER, THIRD)
    regions.begin_fault(FaultKind.CUT, PEER)

    put_item(home, "item", "1")

    eventually(lambda: read_value(regions.client(THIRD), "item") == "1")
    assert read_value(regions.client(PEER), "item") is None


def test_a_fault_expires_even_in_a_region_that_was_restarted(regions: RegionProcesses) -> None:
    home, peer = start_both(regions)
    regions.begin_fault(FaultKind.CUT, PEER, for_s=3)
    put_item(home, "item", "1")
    regions.kill(PEER)
    regions.start(PEER)

    eventually(lambda: "cut" in peer_problems(regions, HOME)[PEER])
    regions.settle(HOME, PEER)
    assert read_value(peer, "item") == "1"


def test_a_pause_with_an_end_expires(regions: RegionProcesses) -> None:
    home, peer = start_both(regions)
    regions.begin_fault(FaultKind.PAUSE, PEER, for_s=1)
    put_item(home, "item", "1")

    assert regions.status(PEER).replication_paused
    eventually(lambda: read_value(peer, "item") == "1")
    assert not regions.status(PEER).replication_paused
