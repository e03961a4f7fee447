"""Which counts are collected, and which are dropped."""

import pytest

from tests.clocks import ManualClock
from twin.control.metrics.collector import MAX_GAP_S, MetricsCollector
from twin.core.cloudwatch.metrics import Metric, MetricStore, statistics_of_value
from twin.internal_api.schemas import LogEntry, MetricSample, MetricsReport

OREGON, FRANKFURT, VIRGINIA = "us-west-2", "eu-central-1", "us-east-1"
CALLS = Metric("AWS/Lambda", "Invocations")


class FakeProcesses:
    """Processes with the counts that a test sets."""

    def __init__(self) -> None:
        self.counts: dict[str, float] = {}
        self.silent: set[str] = set()
        self.logged: dict[str, LogEntry] = {}

    async def take_edge_metrics(self) -> MetricsReport | None:
        return self._take("edge")

    async def take_route53_metrics(self) -> MetricsReport | None:
        return self._take("route53")

    async def take_region_metrics(self, region: str) -> MetricsReport | None:
        return self._take(region)

    def _take(self, name: str) -> MetricsReport | None:
        if name in self.silent:
            return None
        value = self.counts.pop(name, 0.0)
        sample = MetricSample(
            namespace=CALLS.namespace,
            name=CALLS.name,
            dimensions={},
            unit="Count",
            statistics=statistics_of_value(value),
        )
        entry = self.logged.pop(name, None)
        return MetricsReport(
            samples=(sample,) if value else (), logs=() if entry is None else (entry,)
        )


class World:
    """A collector with fake processes and a manual clock."""

    def __init__(self) -> None:
        self.clock = ManualClock(6000.0)
        self.processes = FakeProcesses()
        self.unreadable: OSError | None = None
        """Raised instead of a list of the Regions."""
        self.logs: list[tuple[str, LogEntry]] = []
        self.stores = {OREGON: MetricStore(), FRANKFURT: MetricStore(), VIRGINIA: MetricStore()}
        self.collector = MetricsCollector(
            self.processes,
            regions=self._regions,
            store=self.stores.__getitem__,
            deliver_logs=lambda region, entries: self.logs.extend((region, e) for e in entries),
            clock=self.clock,
        )

    def _regions(self) -> tuple[str, ...]:
        if self.unreadable is not None:
            raise self.unreadable
        return FRANKFURT, OREGON

    async def collect(self, **counts: float) -> None:
        self.processes.counts = {name.replace("_", "-"): v for name, v in counts.items()}
        await self.collector.collect()
        self.clock.seconds += 1

    def total(self, region: str) -> float:
        points = self.stores[region].datapoints(CALLS, start_s=0, end_s=1e9, period_s=60)
        return sum(point.total for point in points.values())


@pytest.fixture
def world() -> World:
    return World()


async def test_lines_of_logs_are_delivered_even_at_the_first_collection(world: World) -> None:
    line = LogEntry(group="/app", stream="s", at_ms=1, message="hello")
    world.processes.logged = {OREGON: line}

    await world.collect()

    assert world.logs == [(OREGON, line)]


async def test_what_is_counted_goes_to_its_regions_metrics(world: World) -> None:
    await world.collect()
    await world.collect(eu_central_1=3, us_west_2=5)
    await world.collect(eu_central_1=4)

    assert (world.total(FRANKFURT), world.total(OREGON)) == (7, 5)


async def test_the_metrics_of_health_checks_are_in_us_east_1(world: World) -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/monitoring-health-checks.html"""
    await world.collect()
    await world.collect(route53=2)

    assert world.total(VIRGINIA) == 2


async def test_the_accelerators_metrics_are_in_us_west_2(world: World) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/cloudwatch-monitoring.html"""
    await world.collect()
    await world.collect(edge=2)

    assert (world.total(FRANKFURT), world.total(OREGON)) == (0, 2)


async def test_what_gathered_before_control_came_is_thrown_away(world: World) -> None:
    await world.collect(eu_central_1=1000)
    await world.collect(eu_central_1=1)

    assert world.total(FRANKFURT) == 1


async def test_a_process_that_is_away_stops_its_metrics_and_goes_on_after(world: World) -> None:
    await world.collect()
    world.processes.silent = {FRANKFURT}
    for _ in range(20):
        await world.collect(us_west_2=1)
    world.processes.silent = set()
    await world.collect(eu_central_1=2)

    assert (world.total(FRANKFURT), world.total(OREGON)) == (2, 20)


async def test_control_that_was_held_throws_away_what_gathered(world: World) -> None:
    await world.collect()
    world.clock.seconds += MAX_GAP_S + 1
    await world.collect(eu_central_1=500)
    await world.collect(eu_central_1=1)

    assert world.total(FRANKFURT) == 1


async def test_folders_that_cannot_be_read_delay_the_collection_only(world: World) -> None:
    await world.collect()
    world.unreadable = PermissionError(13, "Permission denied", "state/regions")
    await world.collect(eu_central_1=3)
    world.unreadable = None
    await world.collect(eu_central_1=4)

    assert world.total(FRANKFURT) == 4
