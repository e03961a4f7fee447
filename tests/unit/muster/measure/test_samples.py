"""Samples: predicates, order, selection, percentiles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.measure.samples import (
    Cohort,
    RequestOutcome,
    group_samples,
    in_schedule_order,
    percentile,
    select_samples,
)
from tests.unit.muster.sample_builders import answered_sample, failed_sample, lost_sample


def test_a_lost_request_neither_counts_nor_fails() -> None:
    sample = lost_sample(1.0)

    assert (sample.good, sample.counts, sample.failed) == (False, False, False)


def test_a_busy_connection_is_a_failure_without_lateness() -> None:
    sample = failed_sample(1.0, RequestOutcome.BUSY, sent_s=None)

    assert sample.failed
    assert sample.lateness_s is None


def test_an_absent_item_is_no_failure() -> None:
    sample = failed_sample(1.0, RequestOutcome.ABSENT)

    assert (sample.good, sample.failed) == (True, False)


def test_latency_runs_from_the_send_and_lateness_from_the_schedule() -> None:
    sample = answered_sample(1.0, sent_s=1.02, finished_s=1.10)

    assert sample.latency_s == pytest.approx(0.08)
    assert sample.lateness_s == pytest.approx(0.02)


def test_equal_times_are_ordered_by_number() -> None:
    second, first = answered_sample(1.0, seq=8), answered_sample(1.0, seq=7)

    assert in_schedule_order([second, first]) == [first, second]


def test_selection_takes_its_start_and_leaves_its_end() -> None:
    samples = [
        answered_sample(1.0),
        answered_sample(2.0, cohort=Cohort.KEEPALIVE),
        answered_sample(3.0),
    ]

    assert select_samples(samples, start_s=1.0, end_s=3.0) == samples[:2]
    assert select_samples(samples, Cohort.NEW) == [samples[0], samples[2]]


def test_groups_come_in_the_order_of_their_keys() -> None:
    samples = [answered_sample(1.0, vantage="b"), answered_sample(2.0, vantage="a")]

    assert list(group_samples(samples, lambda s: s.vantage)) == ["a", "b"]


def test_percentiles_by_hand() -> None:
    values = [15.0, 20.0, 35.0, 40.0, 50.0]

    assert [percentile(values, p) for p in (5, 30, 40, 50, 100)] == [15, 20, 20, 35, 50]
    assert percentile([], 50) is None
    assert percentile(list(map(float, range(1, 1001))), 99.9) == 999
    with pytest.raises(ValueError, match="percent 0"):
        percentile(values, 0)


@given(st.lists(st.floats(0, 100), min_size=1), st.integers(1, 100))
def test_a_percentile_is_the_smallest_value_that_covers_its_share(
    values: list[float], percent: int
) -> None:
    found = percentile(values, percent)

    covering = [v for v in values if sum(w <= v for w in values) * 100 >= percent * len(values)]
    assert found == min(covering)
