"""Replication over a cut or slow network, and its metric."""

from typing import TYPE_CHECKING

from tests.functional.twin.tables.conftest import HOME, PEER, THIRD, RegionProcesses
from tests.functional.twin.tables.test_replication import problems, put, value
from tests.waiting import eventually
from twin.core.faults import FaultKind
from twin.internal_api.schemas import MetricSample
from twin.settings import TwinSettings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def is_cut(regions: RegionProcesses, here: str, there: str) -> bool:
    return "cut" in problems(regions, here)[there]


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
    put(home, "from home", "1")
    put(peer, "from peer", "1")

    eventually(lambda: is_cut(regions, HOME, PEER) and is_cut(regions, PEER, HOME))
    assert value(peer, "from home") is None
    assert value(home, "from peer") is None
    regions.end_faults(PEER)
    regions.settle(HOME, PEER)
    assert value(peer, "from home") == value(home, "from peer") == "1"


def test_a_cut_of_one_region_does_not_affect_the_others(regions: RegionProcesses) -> None:
    regions.start(HOME, PEER, THIRD)
    home = regions.create_table(PEER, THIRD)
    regions.settle(HOME, PEER, THIRD)
    regions.begin_fault(FaultKind.CUT, PEER)

    put(home, "item", "1")

    eventually(lambda: value(regions.client(THIRD), "item") == "1")
    assert value(regions.client(PEER), "item") is None


def test_a_fault_expires_even_in_a_region_that_was_restarted(regions: RegionProcesses) -> None:
    home, peer = start_both(regions)
    regions.begin_fault(FaultKind.CUT, PEER, for_s=3)
    put(home, "item", "1")
    regions.kill(PEER)
    regions.start(PEER)

    eventually(lambda: "cut" in problems(regions, HOME)[PEER])
    regions.settle(HOME, PEER)
    assert value(peer, "item") == "1"


def test_a_pause_with_an_end_expires(regions: RegionProcesses) -> None:
    home, peer = start_both(regions)
    regions.begin_fault(FaultKind.PAUSE, PEER, for_s=1)
    put(home, "item", "1")

    assert regions.status(PEER).replication_paused
    eventually(lambda: value(peer, "item") == "1")
    assert not regions.status(PEER).replication_paused


def test_a_slow_network_delays_each_write_but_not_the_throughput(regions: RegionProcesses) -> None:
    regions.configure(TwinSettings(speed=100.0))
    home, _ = start_both(regions)
    regions.metrics(HOME)
    regions.begin_fault(FaultKind.SLOW, PEER, delay_ms=400)

    for number in range(300):
        put(home, f"item-{number}", "1")
    regions.settle(HOME, PEER)

    (latency,) = regions.metrics(HOME).samples
    assert latency.statistics.count == 300
    assert latency.statistics.least >= 400
    # One write after the other would take two minutes.
    assert latency.statistics.most < 20_000


def test_replication_latency_is_published_by_table_and_receiving_region_in_the_source(
    regions: RegionProcesses,
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html"""
    regions.configure(TwinSettings(speed=10.0, replication_lag_s=1.0, replication_spread=0.0))
    home, _ = start_both(regions)
    for region in (HOME, PEER):
        regions.metrics(region)
    put(home, "item", "1")
    regions.settle(HOME, PEER)

    (sample,) = regions.metrics(HOME).samples

    assert (sample.namespace, sample.name) == ("AWS/DynamoDB", "ReplicationLatency")
    assert sample.dimensions == {"TableName": "items", "ReceivingRegion": PEER}
    assert sample.unit == "Milliseconds"
    assert 100 <= sample.statistics.least < 5000
    assert _samples(regions, PEER) == ()
    assert _samples(regions, HOME) == ()


def _samples(regions: RegionProcesses, region: str) -> tuple[MetricSample, ...]:
    return regions.metrics(region).samples
