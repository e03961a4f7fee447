"""Stretches in which nothing was measured."""

from muster.measure import MeasurementGap, find_gaps
from tests.unit.muster.sample_builders import answered_sample, lost_sample


def test_a_stretch_without_requests_is_a_gap_up_to_the_end() -> None:
    samples = [answered_sample(float(n)) for n in range(100, 400) if not 200 <= n < 240]

    found = find_gaps(samples, start_s=90.0, end_s=471.0)

    assert found == (
        MeasurementGap(start_s=109.0, end_s=150.0),
        MeasurementGap(start_s=309.0, end_s=381.0),
    )


def test_lost_requests_measure_nothing() -> None:
    kept = [answered_sample(float(n)) for n in range(300) if not 100 <= n < 200]
    lost = [lost_sample(float(n)) for n in range(100, 200)]

    found = find_gaps([*kept, *lost], start_s=0.0, end_s=299.0)

    assert found == (MeasurementGap(start_s=99.0, end_s=200.0),)


def test_the_pauses_of_a_slow_schedule_and_single_samples_are_no_gaps() -> None:
    slow = [answered_sample(10.0 * n) for n in range(30)]

    assert find_gaps(slow, start_s=0.0, end_s=400.0) == ()
    assert find_gaps(slow[:1], start_s=0.0, end_s=400.0) == ()
