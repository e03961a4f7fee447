"""When traffic left and came back, and stragglers: by hand, and against brute force."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.measure.movement import (
    TrafficMove,
    find_settled,
    home_vantages,
    measure_movement,
    measure_stragglers,
)
from muster.measure.samples import Cohort, RequestOutcome, Sample
from tests.unit.muster.sample_builders import (
    AWAY,
    HOME,
    answered_sample,
    failed_sample,
    sample_lists,
)

MOVE = TrafficMove(region=HOME, at_s=100.0, return_at_s=200.0)


def test_a_region_loss_by_hand() -> None:
    samples = [
        *[answered_sample(float(t)) for t in range(90, 100)],
        *[failed_sample(float(t)) for t in range(100, 112)],
        *[answered_sample(float(t), AWAY) for t in range(112, 230)],
        *[answered_sample(float(t)) for t in range(230, 250)],
    ]

    movement = measure_movement(samples, MOVE)

    assert movement.home_vantages == ("Portland",)
    assert movement.detect_s == pytest.approx(12.0)
    assert movement.evacuated is not None
    assert movement.evacuated.after_s == pytest.approx(12.0)
    assert movement.evacuated.requests == 88
    assert not movement.evacuated.full
    assert movement.returned is not None
    assert movement.returned.after_s == pytest.approx(30.0)


def test_a_region_is_not_evacuated_before_that_is_detected() -> None:
    """Between the last failure and the first answer elsewhere somebody else asks elsewhere."""
    samples = [
        *[answered_sample(99.0), answered_sample(99.5, AWAY, vantage="Oslo")],
        *[answered_sample(n + 0.5, AWAY, vantage="Oslo") for n in range(100, 150)],
        *[failed_sample(float(n)) for n in range(100, 112)],
        *[answered_sample(float(n), AWAY) for n in range(112, 150)],
    ]

    movement = measure_movement(samples, MOVE)

    assert movement.evacuated is not None
    assert (movement.detect_s, movement.evacuated.after_s) == (12.0, 12.0)
    assert movement.evacuated.requests == 38 + 38


def test_a_failed_request_without_a_region_is_not_elsewhere() -> None:
    samples = [
        answered_sample(99.0),
        *[answered_sample(t / 10, AWAY) for t in range(1000, 1500)],
        failed_sample(151.0),
    ]

    assert measure_movement(samples, MOVE).evacuated is None


def test_an_error_of_another_region_is_elsewhere() -> None:
    errors = [
        failed_sample(t, RequestOutcome.STATUS, status=502, region=AWAY)
        for t in map(float, range(101, 121))
    ]

    assert measure_movement([answered_sample(99.0), *errors], MOVE).evacuated is not None


def test_a_few_requests_may_be_elsewhere_by_chance() -> None:
    """A dial at one half looks like 0 for a moment: four requests out of four."""
    half = [answered_sample(float(t), HOME if t % 2 else AWAY) for t in range(100, 170)]
    for count, settled in ((19, False), (20, True)):
        samples = [
            answered_sample(99.0),
            *half,
            *[answered_sample(170.0 + n, AWAY) for n in range(count)],
        ]

        movement = measure_movement(samples, MOVE)

        assert (movement.evacuated is not None) == settled
        assert movement.detect_s == 0.0


def test_one_straggler_in_a_thousand_is_tolerated_and_two_are_not() -> None:
    away = [answered_sample(100 + n / 100, AWAY, seq=n) for n in range(3000)]
    one = [*away]
    one[1500] = answered_sample(115.0, HOME, seq=1500)
    two = [*one]
    two[2400] = answered_sample(124.0, HOME, seq=2400)

    def after_s(samples: list[Sample]) -> float:
        movement = measure_movement(samples, MOVE).evacuated
        assert movement is not None
        return movement.after_s

    assert after_s(one) == pytest.approx(0.0)
    # The two lie 900 apart: every window that starts at or before the first one holds both.
    assert after_s(two) == pytest.approx(15.01)


def test_without_a_home_vantage_point_detection_and_return_are_none() -> None:
    samples = [
        answered_sample(98.0),
        answered_sample(99.0, AWAY),
        *[answered_sample(float(t), AWAY) for t in range(100, 250)],
    ]

    movement = measure_movement(samples, MOVE)

    assert movement.home_vantages == ()
    assert movement.detect_s is None
    assert movement.returned is None
    assert movement.evacuated is not None


def test_traffic_that_never_left_does_not_return() -> None:
    movement = measure_movement([answered_sample(float(t)) for t in range(90, 300)], MOVE)

    assert (movement.detect_s, movement.evacuated, movement.returned) == (None, None, None)


def test_traffic_that_failed_during_the_cause_returns_without_having_moved() -> None:
    samples = [answered_sample(99.0), *[failed_sample(float(t)) for t in range(100, 200)]]

    movement = measure_movement(
        [*samples, *[answered_sample(float(t)) for t in range(200, 300)]], MOVE
    )

    assert (movement.detect_s, movement.evacuated) == (None, None)
    assert movement.returned is not None
    assert movement.returned.after_s == 0.0


def test_without_samples_there_is_no_movement() -> None:
    movement = measure_movement([], MOVE)

    assert (movement.home_vantages, movement.detect_s, movement.evacuated, movement.returned) == (
        (),
        None,
        None,
        None,
    )


def test_samples_after_the_end_are_ignored() -> None:
    samples = [
        answered_sample(99.0),
        *[answered_sample(float(t), AWAY) for t in range(101, 130)],
        answered_sample(150.0),
    ]

    assert measure_movement(samples, TrafficMove(region=HOME, at_s=100.0)).evacuated is None
    assert (
        measure_movement(samples, TrafficMove(region=HOME, at_s=100.0, end_s=150.0)).evacuated
        is not None
    )


def test_home_vantages_are_those_that_only_the_region_answered() -> None:
    samples = [
        answered_sample(1.0, vantage="Portland"),
        failed_sample(2.0, vantage="Portland"),
        answered_sample(1.0, AWAY, vantage="Oslo"),
        answered_sample(1.0, vantage="Denver"),
        answered_sample(2.0, AWAY, vantage="Denver"),
        failed_sample(1.0, vantage="Lima"),
    ]

    assert home_vantages(samples, MOVE) == ("Portland",)


def test_stragglers_by_hand() -> None:
    def kept(at_s: float, region: str, connection: int, place: int, since_s: float) -> Sample:
        return answered_sample(
            at_s,
            region,
            cohort=Cohort.KEEPALIVE,
            connection=connection,
            place=place,
            connected_s=since_s,
        )

    samples = [
        kept(101.0, HOME, 1, 0, 50.0),  # stays to the end
        kept(140.0, HOME, 1, 0, 50.0),
        kept(102.0, HOME, 2, 1, 50.0),  # stays, then is replaced by a new connection
        kept(141.0, AWAY, 9, 1, 130.0),
        kept(103.0, AWAY, 3, 2, 50.0),  # was elsewhere before
        kept(104.0, HOME, 4, 3, 103.9),  # made after the move: no straggler
        answered_sample(105.0, HOME),  # not the kept cohort
        kept(201.0, HOME, 1, 0, 50.0),  # after the cause was taken away
    ]

    stragglers = measure_stragglers(samples, MOVE)

    assert (stragglers.connections, stragglers.requests, stragglers.still_there) == (2, 3, 1)
    assert stragglers.last_s == pytest.approx(40.0)


def test_no_stragglers_without_kept_connections() -> None:
    stragglers = measure_stragglers([answered_sample(101.0)], MOVE)

    assert (
        stragglers.connections,
        stragglers.requests,
        stragglers.last_s,
        stragglers.still_there,
    ) == (0, 0, None, 0)


@given(sample_lists())
def test_stragglers_never_outnumber_their_requests(samples: list[Sample]) -> None:
    stragglers = measure_stragglers(samples, TrafficMove(region=HOME, at_s=5.0))

    assert (
        stragglers.still_there <= stragglers.connections <= stragglers.requests
        or stragglers.requests == 0
    )


@given(sample_lists())
def test_nothing_is_evacuated_before_it_is_detected(samples: list[Sample]) -> None:
    movement = measure_movement(samples, TrafficMove(region=HOME, at_s=5.0))

    if movement.home_vantages and movement.evacuated is not None:
        assert movement.detect_s is not None
        assert movement.detect_s <= movement.evacuated.after_s


@given(st.lists(st.booleans(), max_size=40), st.integers(1, 12))
def test_settling_agrees_with_a_brute_force_search(held: list[bool], window: int) -> None:
    """With a small window in place of 1000, so that all cases come up."""
    samples = [answered_sample(float(n), HOME if h else AWAY, seq=n) for n, h in enumerate(held)]

    settled = find_settled(samples, 0.0, lambda s: s.region == HOME, window=window, enough=1)

    expected = _brute_force_settled(held, window)
    assert (None if settled is None else settled.after_s) == expected
    if settled is not None:
        assert settled.requests == len(held) - settled.after_s


def test_nothing_settles_without_samples() -> None:
    assert find_settled([], 0.0, lambda _: True) is None


def _brute_force_settled(held: list[bool], window: int) -> int | None:
    for start in range(len(held)):
        rest = held[start:]
        full = [rest[i : i + window] for i in range(len(rest) - window + 1)]
        calm = all(w.count(False) <= 1 for w in full) if full else all(rest)
        if held[start] and calm:
            return start
    return None
