"""Outages: by hand, and against a brute-force count."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.measure.availability import (
    failures_by_kind,
    find_outages,
    measure_unavailability,
    unavailability_by_group,
    worst_unavailability,
)
from muster.measure.samples import RequestOutcome, Sample
from tests.unit.muster.sample_builders import (
    answered_sample,
    failed_sample,
    lost_sample,
    sample_lists,
)


def test_an_outage_by_hand() -> None:
    samples = [
        answered_sample(10.0),
        failed_sample(11.0, RequestOutcome.ANSWER_TIMEOUT, took_s=3.0),
        failed_sample(12.0, RequestOutcome.RESET),
        answered_sample(13.0, took_s=0.2),
        answered_sample(14.0),
    ]

    (outage,) = find_outages(samples)

    # Last good request at 10; the next good answer is complete at 13.2.
    assert outage.length_s == pytest.approx(3.2)
    assert outage.certain_s == pytest.approx(1.0)
    assert outage.failed == 2
    assert outage.seen_begin
    assert outage.seen_end


def test_a_wait_that_outlasts_the_recovery_does_not_lengthen_the_outage() -> None:
    samples = [
        answered_sample(0.0),
        failed_sample(1.0, RequestOutcome.ANSWER_TIMEOUT, took_s=30.0),
        answered_sample(2.0, took_s=0.1),
    ]

    assert measure_unavailability("x", samples).longest_s == pytest.approx(2.1)


def test_a_wait_at_the_end_of_the_samples_belongs_to_the_outage() -> None:
    samples = [answered_sample(0.0), failed_sample(1.0, RequestOutcome.ANSWER_TIMEOUT, took_s=3.0)]

    (outage,) = find_outages(samples)

    assert outage.length_s == pytest.approx(4.0)
    assert not outage.seen_end
    assert not measure_unavailability("x", samples).complete


def test_all_failed_is_one_outage_without_a_seen_end_or_beginning() -> None:
    (outage,) = find_outages([failed_sample(1.0), failed_sample(2.0, took_s=0.5)])

    assert (outage.seen_begin, outage.seen_end) == (False, False)
    assert outage.length_s == pytest.approx(1.5)


def test_no_samples_are_no_outage() -> None:
    result = measure_unavailability("x", [])

    assert (result.longest_s, result.total_s, result.requests, result.complete) == (
        0.0,
        0.0,
        0,
        True,
    )
    assert unavailability_by_group([]) == ()
    assert worst_unavailability([]) is None


def test_what_the_prober_lost_is_no_outage_and_does_not_end_one() -> None:
    assert find_outages([answered_sample(1.0), lost_sample(2.0), answered_sample(3.0)]) == ()
    assert (
        len(
            find_outages(
                [
                    answered_sample(1.0),
                    failed_sample(2.0),
                    lost_sample(3.0),
                    failed_sample(4.0),
                    answered_sample(5.0),
                ]
            )
        )
        == 1
    )


def test_a_service_that_fails_nine_of_ten_requests_is_not_back() -> None:
    """A gray failure: of each ten requests nine fail, for a minute."""
    samples = [
        *[answered_sample(float(t)) for t in range(10)],
        *[
            answered_sample(10 + n / 10) if n % 10 == 5 else failed_sample(10 + n / 10)
            for n in range(600)
        ],
        *[answered_sample(70 + n / 10) for n in range(20)],
    ]

    result = measure_unavailability("x", samples)

    assert len(result.outages) == 1
    assert result.longest_s == pytest.approx(70.05 - 9.0)
    assert result.outages[0].certain_s == pytest.approx(59.9)
    assert result.outages[0].failed == 540


def test_failures_of_one_of_two_addresses_are_one_outage() -> None:
    samples = [
        failed_sample(n / 10, target="192.0.2.1")
        if n % 2 and 100 <= n < 400
        else answered_sample(n / 10)
        for n in range(600)
    ]

    assert measure_unavailability("x", samples).longest_s == pytest.approx(40.05 - 10.0)


def test_single_failures_far_apart_are_outages_of_their_own() -> None:
    samples = [
        failed_sample(n / 10) if n % 11 == 10 else answered_sample(n / 10) for n in range(110)
    ]

    result = measure_unavailability("x", samples)

    assert len(result.outages) == 10
    assert result.longest_s == pytest.approx(0.25)


def test_few_good_answers_at_the_end_of_the_samples_end_an_outage() -> None:
    (outage,) = find_outages(
        [
            answered_sample(0.0),
            failed_sample(1.0),
            answered_sample(2.0),
            failed_sample(3.0),
            answered_sample(4.0),
            answered_sample(5.0),
        ]
    )

    assert outage.seen_end
    assert outage.length_s == pytest.approx(4.05)


def test_two_outages_around_one_good_request_count_their_overlap_once() -> None:
    samples = [
        answered_sample(0.0),
        failed_sample(1.0),
        answered_sample(2.0, took_s=0.5),
        failed_sample(3.0),
        answered_sample(4.0, took_s=0.0),
    ]

    result = measure_unavailability("x", samples, steady=1)

    # [0, 2.5] and [2, 4] cover 4 seconds.
    assert result.longest_s == pytest.approx(2.5)
    assert result.total_s == pytest.approx(4.0)


def test_each_vantage_point_has_its_own_outages() -> None:
    samples = [
        *[answered_sample(t, vantage="Oslo") for t in (0.0, 1.0, 2.0)],
        *[answered_sample(0.5, vantage="Portland"), failed_sample(1.5, vantage="Portland")],
    ]

    oslo, portland = unavailability_by_group(samples)

    assert (oslo.group, oslo.failed, oslo.longest_s) == ("Oslo", 0, 0.0)
    assert (portland.group, portland.failed, portland.requests) == ("Portland", 1, 2)
    assert worst_unavailability([oslo, portland]) is portland


def test_blind_time_is_the_longest_time_between_two_sends() -> None:
    samples = [
        answered_sample(0.0),
        answered_sample(1.0),
        lost_sample(2.0),
        lost_sample(3.0),
        answered_sample(4.0, sent_s=4.5),
        failed_sample(5.0),
    ]

    assert measure_unavailability("x", samples).blind_s == pytest.approx(3.5)
    assert measure_unavailability("x", samples[:1]).blind_s == 0.0


def test_failures_are_counted_by_kind_with_statuses_apart() -> None:
    samples = [
        answered_sample(0.0),
        failed_sample(1.0),
        failed_sample(2.0),
        failed_sample(3.0, RequestOutcome.STATUS, status=503),
        failed_sample(4.0, RequestOutcome.STATUS, status=502),
        lost_sample(5.0),
    ]

    assert failures_by_kind(samples) == {"reset": 2, "status 502": 1, "status 503": 1}


@given(sample_lists(), st.integers(1, 5))
def test_outages_agree_with_a_brute_force_count(samples: list[Sample], steady: int) -> None:
    """With small rows in place of ten, so that all cases come up."""
    result = measure_unavailability("x", samples, steady=steady)

    spans = _brute_force_spans(samples, steady)
    assert [(o.start_s, o.end_s) for o in result.outages] == spans
    assert result.longest_s == max((end - start for start, end in spans), default=0.0)
    # Times lie on a grid of quarters: count the quarters that some span covers.
    quarters = range(-8, 400)
    covered = sum(any(start <= q / 4 < end for start, end in spans) for q in quarters)
    assert result.total_s == pytest.approx(covered / 4)
    assert sum(o.failed for o in result.outages) == result.failed


@given(sample_lists())
def test_an_outage_is_never_shorter_than_what_is_certain(samples: list[Sample]) -> None:
    result = measure_unavailability("x", samples)

    assert all(o.length_s >= o.certain_s >= 0 for o in result.outages)
    assert result.total_s <= sum(o.length_s for o in result.outages) + 1e-9
    assert result.longest_s <= result.total_s + 1e-9


def _brute_force_spans(samples: list[Sample], steady: int) -> list[tuple[float, float]]:
    """Failed requests in groups, cut where `steady` good ones lie between two; a span for each."""
    counted = sorted((s for s in samples if s.counts), key=lambda s: (s.scheduled_s, s.seq))
    failed = [i for i, s in enumerate(counted) if s.failed]
    groups: list[list[int]] = []
    for i in failed:
        if groups and i - groups[-1][-1] - 1 < steady:
            groups[-1].append(i)
        else:
            groups.append([i])
    spans = []
    for group in groups:
        first, last = group[0], group[-1]
        start = counted[first - 1].scheduled_s if first else counted[0].scheduled_s
        waits = [counted[i].finished_s for i in group]
        end = counted[last + 1].finished_s if last + 1 < len(counted) else max(waits)
        spans.append((start, end))
    return spans
