"""Bins, latencies and shares."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.measure.bins import bin_samples, measure_latency, share_by_region
from muster.measure.samples import Sample
from tests.unit.muster.sample_builders import (
    AWAY,
    HOME,
    answered_sample,
    failed_sample,
    lost_sample,
    sample_lists,
)


def test_bins_by_hand_with_an_empty_one_between() -> None:
    samples = [
        answered_sample(10.0, took_s=0.1),
        answered_sample(10.5, AWAY, took_s=0.3),
        failed_sample(10.9),
        answered_sample(12.0, took_s=0.2),
        lost_sample(12.5),
    ]

    first, empty, last = bin_samples(samples, 1.0)

    assert (first.start_s, first.good_by_region, first.failed) == (
        10.0,
        ((AWAY, 1), (HOME, 1)),
        1,
    )
    assert first.p50_s == pytest.approx(0.1)
    assert first.p99_s == pytest.approx(0.3)
    assert first.share(HOME) == 0.5
    assert (empty.start_s, empty.good, empty.share(HOME), empty.p50_s) == (11.0, 0, None, None)
    assert (last.good, last.failed, last.lost) == (1, 0, 1)


def test_an_origin_shifts_the_edges() -> None:
    assert [
        b.start_s
        for b in bin_samples([answered_sample(10.4), answered_sample(11.2)], 1.0, origin_s=9.5)
    ] == [9.5, 10.5]
    assert [b.start_s for b in bin_samples([answered_sample(9.0)], 1.0, origin_s=9.5)] == [8.5]


def test_no_samples_make_no_bins_and_a_width_of_zero_is_refused() -> None:
    assert bin_samples([], 1.0) == []
    with pytest.raises(ValueError, match="width_s 0"):
        bin_samples([], 0)


@given(sample_lists(), st.sampled_from([0.25, 0.7, 3.0]))
def test_every_sample_lies_in_one_bin(samples: list[Sample], width_s: float) -> None:
    bins = bin_samples(samples, width_s)

    assert sum(b.good + b.failed + b.lost for b in bins) == len(samples)
    assert sum(b.good for b in bins) == sum(s.good for s in samples)
    assert sum(b.failed for b in bins) == sum(s.failed for s in samples)


def test_latency_is_of_good_answers_and_counts_failed_ones() -> None:
    samples = [
        *[answered_sample(float(n), took_s=n / 1000) for n in range(1, 101)],
        failed_sample(200.0, took_s=9.0),
    ]

    latency = measure_latency(samples)

    assert (latency.requests, latency.failed) == (100, 1)
    assert latency.p50_s == pytest.approx(0.050)
    assert latency.p99_s == pytest.approx(0.099)
    assert latency.max_s == pytest.approx(0.100)


def test_latency_without_good_answers_is_none() -> None:
    latency = measure_latency([failed_sample(1.0)])

    assert (latency.requests, latency.p50_s, latency.p99_s, latency.max_s) == (0, None, None, None)


def test_shares_leave_failures_out() -> None:
    samples = [
        answered_sample(1.0),
        answered_sample(2.0),
        answered_sample(3.0),
        answered_sample(4.0, AWAY),
        failed_sample(5.0),
    ]

    assert share_by_region(samples) == {AWAY: 0.25, HOME: 0.75}
    assert share_by_region([failed_sample(1.0)]) == {}
