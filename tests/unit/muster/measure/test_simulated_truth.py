"""Numbers against the truth of a simulated system: a Region dies, traffic moves, it comes back.

The simulation has the exact times at which requests fail. The samples show them through a schedule,
lateness, time-outs and latency, as those of a real run do.
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
class SimulatedLoss:
    """HOME is dead from `dies_s` on; from `moved_s` on AWAY serves its users; then it is back."""

    dies_s: float
    moved_s: float
    back_s: float
    period_s: float
    """Between two requests of one vantage point."""
    timeout_s: float
    """Of a request to a Region that is dead; 0: it is refused."""
    lateness_s: tuple[float, ...]
    """Of the prober's sends, in turn."""

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
        """How wrong a time may be: a period, and the prober's lateness."""
        return self.period_s + max(self.lateness_s)


LOSSES = st.builds(
    lambda dies, failing, away, period, timeout, late: SimulatedLoss(
        dies_s=4.0 + dies,
        moved_s=4.0 + dies + failing,
        back_s=4.0 + dies + failing + away,
        period_s=period,
        timeout_s=timeout,
        lateness_s=tuple(late),
    ),
    dies=seconds(0, 3),
    failing=seconds(0, 6),
    away=seconds(11, 14),
    period=st.sampled_from([0.125, 0.5]),
    timeout=st.sampled_from([0.0, 1.0, 3.0]),
    late=st.lists(seconds(0, 0.3), min_size=1, max_size=7),
)


@given(LOSSES)
def test_the_true_outage_is_between_its_lower_and_its_upper_bound(
    loss: SimulatedLoss,
) -> None:
    truth_s = loss.moved_s - loss.dies_s
    portland = [s for s in loss.samples() if s.vantage == "Portland"]

    outages = find_outages(portland)

    if not outages:  # it fell between two sends
        (unavailability,) = unavailability_by_group(portland)
        assert truth_s <= unavailability.blind_s
        return
    (outage,) = outages
    assert outage.certain_s - max(loss.lateness_s) <= truth_s <= outage.length_s
    assert outage.length_s - truth_s <= 2 * loss.slack_s + LATENCY_S


@given(LOSSES)
def test_detection_evacuation_and_return_are_exact_to_a_period_and_the_lateness(
    loss: SimulatedLoss,
) -> None:
    # A change takes its time, so the marks come before the effects.
    cause_s, end_s = (at_s - max(loss.lateness_s) for at_s in (loss.dies_s, loss.back_s))

    movement = measure_movement(
        loss.samples(), TrafficMove(region=HOME, at_s=cause_s, return_at_s=end_s)
    )

    assert movement.detect_s is not None
    assert movement.evacuated is not None
    assert movement.returned is not None
    for measured_s in (movement.detect_s, movement.evacuated.after_s):
        late_s = measured_s - (loss.moved_s - cause_s)
        assert -max(loss.lateness_s) <= late_s <= loss.slack_s
    assert movement.detect_s <= movement.evacuated.after_s
    assert 0 <= movement.returned.after_s <= max(loss.lateness_s) + loss.slack_s


@given(LOSSES)
def test_vantage_points_that_never_used_the_region_have_no_outage(loss: SimulatedLoss) -> None:
    summary = summarise_samples(loss.samples(), closing=None)

    oslo, portland = summary.unavailability
    assert (oslo.group, oslo.failed, oslo.longest_s) == ("Oslo", 0, 0.0)
    assert summary.rto_s == portland.longest_s
    assert summary.failed == portland.failed
