"""Replication over a network that is cut or slow, and what CloudWatch is told of it."""

from typing import TYPE_CHECKING

from tests.functional.twin.tables.conftest import HOME, PEER, THIRD, RegionProcesses
from tests.functional.twin.tables.test_replication import problems, put, value
from tests.waiting import eventually
from twin.core.faults import FaultKind
from twin.internal_api.schemas import MetricSample
from twin.settings import TwinSettings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def is_cut(world: RegionProcesses, here: str, there: str) -> bool:
    return "cut" in problems(world, here)[there]


def both(world: RegionProcesses) -> "tuple[DynamoDBClient, DynamoDBClient]":
    world.start(HOME, PEER)
    home = world.create_table(PEER)
    world.settle(HOME, PEER)
    return home, world.client(PEER)


def test_a_cut_region_neither_sends_nor_receives_and_loses_nothing(world: RegionProcesses) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html"""
    home, peer = both(world)
    world.break_(FaultKind.CUT, PEER)
    put(home, "from home", "1")
    put(peer, "from peer", "1")

    eventually(lambda: is_cut(world, HOME, PEER) and is_cut(world, PEER, HOME))
    assert value(peer, "from home") is None
    assert value(home, "from peer") is None
    world.mend(PEER)
    world.settle(HOME, PEER)
    assert value(peer, "from home") == value(home, "from peer") == "1"


def test_a_cut_of_one_region_leaves_the_others_together(world: RegionProcesses) -> None:
    world.start(HOME, PEER, THIRD)
    home = world.create_table(PEER, THIRD)
    world.settle(HOME, PEER, THIRD)
    world.break_(FaultKind.CUT, PEER)

    put(home, "item", "1")

    eventually(lambda: value(world.client(THIRD), "item") == "1")
    assert value(world.client(PEER), "item") is None


def test_a_fault_ends_by_itself_even_in_a_region_that_was_restarted(world: RegionProcesses) -> None:
    home, peer = both(world)
    world.break_(FaultKind.CUT, PEER, for_s=3)
    put(home, "item", "1")
    world.kill(PEER)
    world.start(PEER)

    eventually(lambda: "cut" in problems(world, HOME)[PEER])
    world.settle(HOME, PEER)
    assert value(peer, "item") == "1"


def test_a_pause_with_an_end_is_over_then(world: RegionProcesses) -> None:
    home, peer = both(world)
    world.break_(FaultKind.PAUSE, PEER, for_s=1)
    put(home, "item", "1")

    assert world.status(PEER).replication_paused
    eventually(lambda: value(peer, "item") == "1")
    assert not world.status(PEER).replication_paused


def test_a_slow_network_delays_each_write_and_not_their_number(world: RegionProcesses) -> None:
    world.configure(TwinSettings(speed=100.0))
    home, _ = both(world)
    world.metrics(HOME)
    world.break_(FaultKind.SLOW, PEER, delay_ms=400)

    for number in range(300):
        put(home, f"item-{number}", "1")
    world.settle(HOME, PEER)

    (latency,) = world.metrics(HOME).samples
    assert latency.statistics.count == 300
    assert latency.statistics.least >= 400
    # One write after the other would take two minutes.
    assert latency.statistics.most < 20_000


def test_replication_latency_is_told_by_table_and_receiving_region_where_it_was_written(
    world: RegionProcesses,
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html"""
    world.configure(TwinSettings(speed=10.0, replication_lag_s=1.0, replication_spread=0.0))
    home, _ = both(world)
    for region in (HOME, PEER):
        world.metrics(region)
    put(home, "item", "1")
    world.settle(HOME, PEER)

    (sample,) = world.metrics(HOME).samples

    assert (sample.namespace, sample.name) == ("AWS/DynamoDB", "ReplicationLatency")
    assert sample.dimensions == {"TableName": "items", "ReceivingRegion": PEER}
    assert sample.unit == "Milliseconds"
    assert 100 <= sample.statistics.least < 5000
    assert _told(world, PEER) == ()
    assert _told(world, HOME) == ()


def _told(world: RegionProcesses, region: str) -> tuple[MetricSample, ...]:
    return world.metrics(region).samples
