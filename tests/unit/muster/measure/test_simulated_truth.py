"""Numbers against the truth of a made-up world: a Region dies, is noticed, and comes back.

The world knows to the moment when users got nothing. The probes see it through their schedule,
their own lateness, time-outs and latency, as a real run does.
"""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from muster.measure.availability import find_outages, unavailability_by_group
from muster.measure.movement import TrafficMove, measure_movement
from muster.measure.samples import RequestOutcome, Sample
from muster.measure.summary import summarise_samples
from tests.unit.muster.sample_builders import AWAY, HOME, answered_sample, failed_sample

LATENCY_S = 1 / 16
GRID = 1024
"""All times are multiples of 1/1024 s, so that sums of them are exact."""


def seconds(low: float, high: float) -> st.SearchStrategy[float]:
    """Times on the grid."""
    return st.integers(int(low * GRID), int(high * GRID)).map(lambda n: n / GRID)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """HOME is dead from `dies_s` on; from `moved_s` on AWAY serves its users; then it is back."""

    dies_s: float
    moved_s: float
    back_s: float
    period_s: float
    """Between two requests of one vantage point."""
    timeout_s: float
    """Of a request to a Region that is dead; 0: it is refused."""
    lateness_s: tuple[float, ...]
    """Of the prober's sends, over and over."""

    def samples(self) -> list[Sample]:
        """Two vantage points in turn: Portland is at HOME, Oslo at AWAY."""
        count = int((self.back_s + 12.0) / self.period_s)
        return [
            self._sample(n * self.period_s + offset_s, vantage, 2 * n + index)
            for n in range(count)
            for index, (vantage, offset_s) in enumerate(
                (("Portland", 0.0), ("Oslo", self.period_s / 2))
            )
        ]

    def _sample(self, at_s: float, vantage: str, seq: int) -> Sample:
        sent_s = at_s + self.lateness_s[seq % len(self.lateness_s)]
        if vantage == "Oslo":
            return answered_sample(
                at_s,
                AWAY,
                sent_s=sent_s,
                took_s=sent_s - at_s + LATENCY_S,
                vantage=vantage,
                seq=seq,
            )
        if self.dies_s <= sent_s < self.moved_s:
            took_s = sent_s - at_s + self.timeout_s
            outcome = RequestOutcome.ANSWER_TIMEOUT if self.timeout_s else RequestOutcome.REFUSED
            return failed_sample(
                at_s, outcome, sent_s=sent_s, took_s=took_s, vantage=vantage, seq=seq
            )
        region = AWAY if self.moved_s <= sent_s < self.back_s else HOME
        return answered_sample(
            at_s, region, sent_s=sent_s, took_s=sent_s - at_s + LATENCY_S, vantage=vantage, seq=seq
        )

    @property
    def slack_s(self) -> float:
        """How wrong a time may be: a period, and what the prober was late."""
        return self.period_s + max(self.lateness_s)


WORLDS = st.builds(
    lambda dies, dark, away, period, timeout, late: World(
        dies_s=4.0 + dies,
        moved_s=4.0 + dies + dark,
        back_s=4.0 + dies + dark + away,
        period_s=period,
        timeout_s=timeout,
        lateness_s=tuple(late),
    ),
    dies=seconds(0, 3),
    dark=seconds(0, 6),
    away=seconds(11, 14),
    period=st.sampled_from([0.125, 0.5]),
    timeout=st.sampled_from([0.0, 1.0, 3.0]),
    late=st.lists(seconds(0, 0.3), min_size=1, max_size=7),
)


@given(WORLDS)
def test_an_outage_is_between_what_is_certain_and_the_most_that_it_can_have_been(
    world: World,
) -> None:
    truth_s = world.moved_s - world.dies_s
    portland = [s for s in world.samples() if s.vantage == "Portland"]

    found = find_outages(portland)

    if not found:  # it fell between two sends
        (seen,) = unavailability_by_group(portland)
        assert truth_s <= seen.blind_s
        return
    (outage,) = found
    assert outage.certain_s - max(world.lateness_s) <= truth_s <= outage.length_s
    assert outage.length_s - truth_s <= 2 * world.slack_s + LATENCY_S


@given(WORLDS)
def test_detection_evacuation_and_return_are_exact_to_a_period_and_the_lateness(
    world: World,
) -> None:
    # What is done to a Region takes its time: the marks come before the effects.
    cause_s, end_s = (at_s - max(world.lateness_s) for at_s in (world.dies_s, world.back_s))

    found = measure_movement(
        world.samples(), TrafficMove(region=HOME, at_s=cause_s, return_at_s=end_s)
    )

    assert found.detect_s is not None
    assert found.evacuated is not None
    assert found.returned is not None
    for measured_s in (found.detect_s, found.evacuated.after_s):
        late_s = measured_s - (world.moved_s - cause_s)
        assert -max(world.lateness_s) <= late_s <= world.slack_s
    assert found.detect_s <= found.evacuated.after_s
    assert 0 <= found.returned.after_s <= max(world.lateness_s) + world.slack_s


@given(WORLDS)
def test_who_never_used_the_region_has_no_outage(world: World) -> None:
    summary = summarise_samples(world.samples(), closing=None)

    oslo, portland = summary.unavailability
    assert (oslo.group, oslo.failed, oslo.longest_s) == ("Oslo", 0, 0.0)
    assert summary.rto_s == portland.longest_s
    assert summary.failed == portland.failed
