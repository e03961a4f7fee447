"""Metrics: how values add up, what a percentile is, and which datapoints a question gets."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.core.cloudwatch import metrics
from twin.core.cloudwatch.metrics import (
    Metric,
    MetricAccumulator,
    MetricStore,
    merge_statistics,
    statistic_value,
    statistics_of_value,
)
from twin.internal_api.schemas import MetricSample, StatisticSet

REQUESTS = Metric("AWS/ApplicationELB", "RequestCount", (("LoadBalancer", "app/a/1"),))


def tally(*values: float, spread: bool = True) -> StatisticSet:
    made = MetricAccumulator(keep_values=spread)
    for value in values:
        made.add(value)
    taken = made.take()
    assert taken is not None
    return taken


def test_an_accumulator_returns_the_values_since_the_last_take() -> None:
    counted = MetricAccumulator()
    counted.add()
    counted.add(1.0, times=4)

    first, second = counted.take(), counted.take()

    assert first == StatisticSet(count=5, total=5, least=1, most=1)
    assert second is None


@pytest.mark.parametrize(
    ("statistic", "value"),
    [
        ("Sum", 10.0),
        ("SampleCount", 4.0),
        ("Average", 2.5),
        ("Minimum", 1.0),
        ("Maximum", 4.0),
        ("p50", 2.0),
        ("p99.9", 4.0),
        ("p100", 4.0),
    ],
)
def test_statistics_are_those_of_the_values(statistic: str, value: float) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html"""
    assert statistic_value(tally(4.0, 1.0, 3.0, 2.0), statistic) == value


@pytest.mark.parametrize("name", ["sum", "p101", "p-1", "tm99", ""])
def test_unsupported_statistics_are_recognized(name: str) -> None:
    assert not metrics.is_statistic(name)


def test_a_percentile_needs_the_values_unless_they_are_all_the_same() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#Percentiles"""
    assert statistic_value(tally(1.0, 2.0, spread=False), "p90") is None
    assert statistic_value(tally(3.0, 3.0, spread=False), "p90") == 3.0


@given(
    values=st.lists(st.floats(1e-3, 1e6), min_size=1, max_size=50),
    percent=st.integers(1, 100),
)
def test_a_percentile_is_close_to_the_exact_one(values: list[float], percent: int) -> None:
    true = sorted(values)[max(0, -(-len(values) * percent // 100) - 1)]

    found = statistic_value(tally(*values), f"p{percent}")

    assert found == pytest.approx(true, rel=0.0051)


@given(
    left=st.lists(st.floats(0.0, 1e6), min_size=1, max_size=20),
    right=st.lists(st.floats(0.0, 1e6), min_size=1, max_size=20),
)
def test_merged_statistics_equal_those_of_all_values(left: list[float], right: list[float]) -> None:
    whole = merge_statistics((tally(*left), tally(*right)))

    both = tally(*left, *right)
    assert whole is not None
    assert whole.total == pytest.approx(both.total)
    assert (whole.count, whole.least, whole.most) == (both.count, both.least, both.most)
    assert whole.values == both.values


def test_values_of_a_period_add_up_and_empty_periods_are_left_out() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html"""
    store = MetricStore()
    for at_s in (600.0, 630.0, 659.9, 725.0):
        store.add(REQUESTS, statistics_of_value(1.0), at_s, unit="Count")

    found = store.datapoints(REQUESTS, start_s=0, end_s=1000, period_s=60)

    assert {at: point.total for at, point in found.items()} == {600: 3, 720: 1}
    assert store.unit(REQUESTS) == "Count"


def test_the_first_period_contains_the_start_and_the_end_is_excluded() -> None:
    store = MetricStore()
    for at_s in (0.0, 60.0, 120.0, 180.0):
        store.add(REQUESTS, statistics_of_value(1.0), at_s)

    found = store.datapoints(REQUESTS, start_s=70, end_s=180, period_s=60)

    assert list(found) == [60, 120]


def test_another_set_of_dimensions_is_another_metric() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#Dimension"""
    store = MetricStore()
    store.add(REQUESTS, statistics_of_value(1.0), 10.0)

    bare = Metric("AWS/ApplicationELB", "RequestCount")

    assert store.datapoints(bare, start_s=0, end_s=100, period_s=60) == {}
    assert store.metrics() == (REQUESTS,)


@given(speed=st.sampled_from([1.0, 3.0, 7.0, 10.0, 20.0, 100.0]), slot=st.integers(10**7, 10**8))
def test_a_query_with_the_period_of_a_slot_returns_each_slot(speed: float, slot: int) -> None:
    store = MetricStore(speed)
    period_s = store.slot_s()
    for offset in range(4):
        store.add(REQUESTS, statistics_of_value(float(offset)), (slot + offset + 0.5) * period_s)

    begin = slot * period_s
    found = store.datapoints(
        REQUESTS, start_s=begin + 0.1 * period_s, end_s=begin + 4 * period_s, period_s=period_s
    )

    assert [point.total for point in found.values()] == [0.0, 1.0, 2.0, 3.0]


def test_a_slot_is_in_the_short_period_that_contains_its_start() -> None:
    """A value of a minute is that of the minute's beginning, however short the period asked for.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricStat.html
    """
    store = MetricStore()
    store.add(REQUESTS, statistics_of_value(1.0), 6030.0)

    found = store.datapoints(REQUESTS, start_s=6000.0, end_s=6060.0, period_s=10.0)

    assert list(found) == [6000.0]


def test_speed_makes_the_slots_finer_and_longer_periods_still_add_up() -> None:
    store = MetricStore(speed=20)
    for second in range(120):
        store.add(REQUESTS, statistics_of_value(1.0), 1200.0 + second)

    minutes = store.datapoints(REQUESTS, start_s=1200, end_s=1320, period_s=60)
    fine = store.datapoints(REQUESTS, start_s=1200, end_s=1320, period_s=3)

    assert [point.total for point in minutes.values()] == [60, 60]
    assert [point.total for point in fine.values()] == [3] * 40


def test_a_store_drops_the_oldest_slots_and_the_least_recently_updated_metrics() -> None:
    store = MetricStore()
    for slot in range(metrics.MAX_SLOTS + 10):
        store.add(REQUESTS, statistics_of_value(1.0), slot * 60.0)
    found = store.datapoints(REQUESTS, start_s=0, end_s=1e9, period_s=60)
    for number in range(metrics.MAX_METRICS):
        store.add(Metric("Own", f"m{number}"), statistics_of_value(1.0), 0.0)

    assert len(found) == metrics.MAX_SLOTS
    assert min(found) == 600.0
    assert REQUESTS not in store.metrics()


def test_a_process_s_sample_is_found_by_its_dimensions_in_any_order() -> None:
    store = MetricStore()
    sample = MetricSample(
        namespace="AWS/GlobalAccelerator",
        name="NewFlowCount",
        dimensions={"Listener": "l", "Accelerator": "a"},
        unit="Count",
        statistics=statistics_of_value(7.0),
    )

    store.add_sample(sample, 30.0)

    asked = Metric.with_dimensions(
        sample.namespace, sample.name, {"Accelerator": "a", "Listener": "l"}
    )
    (point,) = store.datapoints(asked, start_s=0, end_s=60, period_s=60).values()
    assert point.total == 7.0


def test_a_slot_has_what_was_added_and_leaves_the_parts_alone() -> None:
    store = MetricStore()
    parts = [statistics_of_value(value) for value in (1.0, 2.0, 2.0)]
    for part in parts:
        store.add(REQUESTS, part, 0.0)

    (point,) = store.datapoints(REQUESTS, start_s=0, end_s=60, period_s=60).values()
    (without,) = store.datapoints(
        REQUESTS, start_s=0, end_s=60, period_s=60, keep_values=False
    ).values()

    assert point == merge_statistics(parts)
    assert without == replace(point, values={})
    assert parts[0].values == {"1": 1.0}
    store.add(REQUESTS, replace(parts[0], values={}), 0.0)
    (mixed,) = store.datapoints(REQUESTS, start_s=0, end_s=60, period_s=60).values()
    assert (mixed.count, mixed.values) == (4.0, {})


def test_the_oldest_slots_lose_their_values_where_too_many_are_kept() -> None:
    store = MetricStore()
    values = {f"{number}": 1.0 for number in range(metrics.MAX_VALUES // 4)}
    many = StatisticSet(count=len(values), total=1.0, least=0.0, most=9.0, values=values)
    for minute in (3, 0, 1, 2):
        store.add(REQUESTS, many, minute * 60.0)
    full = store.datapoints(REQUESTS, start_s=0, end_s=1e9, period_s=60)
    store.add(Metric("Own", "another"), statistics_of_value(1.0), 240.0)
    left = store.datapoints(REQUESTS, start_s=0, end_s=1e9, period_s=60)

    assert all(point.values for point in full.values())
    assert [bool(point.values) for point in left.values()] == [False, True, True, True]
    assert [point.count for point in left.values()] == [many.count] * 4


def test_dropped_slots_and_metrics_make_room_for_values() -> None:
    store = MetricStore()
    values = {f"{number}": 1.0 for number in range(metrics.MAX_VALUES // 2)}
    many = StatisticSet(count=1.0, total=1.0, least=0.0, most=9.0, values=values)
    plain = statistics_of_value(1.0)
    store.add(REQUESTS, many, 0.0)
    for minute in range(1, metrics.MAX_SLOTS + 1):
        store.add(REQUESTS, plain, minute * 60.0)
    other = Metric("Own", "other")
    store.add(other, many, 0.0)
    for number in range(metrics.MAX_METRICS):
        store.add(Metric("Own", f"m{number}"), plain, 0.0)
    store.add(other, many, 60.0)

    (point,) = store.datapoints(other, start_s=0, end_s=1e9, period_s=60).values()
    assert point.values == values
