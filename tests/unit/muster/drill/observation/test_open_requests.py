"""Which requests of the schedule wait for their answer for too long."""

from hypothesis import given
from hypothesis import strategies as st

from muster.drill.observation.open_requests import OVERDUE_S, OpenRequests
from muster.measure.quality import Closing
from muster.measure.samples import Cohort, Sample
from muster.probe import CohortShare, Opening, ProbePlan, ProbeTarget, schedule_slots
from tests.unit.muster.sample_builders import answered_sample

STARTED_S = 100.0
PLAN = ProbePlan(
    run="r",
    targets=(ProbeTarget(ip="192.0.2.1"),),
    shares=(
        CohortShare(cohort=Cohort.NEW, weight=3.0),
        CohortShare(cohort=Cohort.KEEPALIVE, weight=1.0),
    ),
    rate=20.0,
    duration_s=10.0,
)
OPENING = Opening(plan=PLAN, started_s=STARTED_S, started_at=0.0, pid=1)
SLOTS = tuple(schedule_slots(PLAN))
CLOSING = Closing(scheduled=200, abandoned=0, unwritten=0, ended_s=111.0, cpu_s=1.0, reason="done")


def outcome(seq: int) -> Sample:
    return answered_sample(STARTED_S + SLOTS[seq].due_s, seq=seq, cohort=SLOTS[seq].cohort)


def begin(*answered: int) -> OpenRequests:
    requests = OpenRequests()
    requests.add(OPENING)
    for seq in answered:
        requests.add(outcome(seq))
    return requests


def test_a_request_without_an_outcome_is_overdue_after_two_seconds() -> None:
    answered = [seq for seq in range(40) if seq not in (4, 7)]
    assert SLOTS[4].cohort is Cohort.NEW

    requests = begin(*answered)

    assert requests.overdue(STARTED_S + SLOTS[4].due_s + OVERDUE_S - 0.001) == {}
    assert requests.overdue(STARTED_S + OVERDUE_S + 1.9) == {Cohort.NEW: 2}
    requests.add(outcome(4))
    assert requests.overdue(STARTED_S + OVERDUE_S + 1.9) == {Cohort.NEW: 1}


def test_requests_are_overdue_even_if_nothing_is_answered_any_more() -> None:
    assert begin().overdue(STARTED_S + OVERDUE_S + 1.01) == {Cohort.NEW: 16, Cohort.KEEPALIVE: 5}


def test_the_end_of_the_schedule_and_of_the_prober_are_no_outage() -> None:
    requests = begin(*range(200))
    assert requests.overdue(STARTED_S + 60.0) == {}

    stopped = begin(*range(20))
    stopped.add(CLOSING)
    assert stopped.overdue(STARTED_S + OVERDUE_S + 5.0) == {}


def test_a_further_prober_begins_a_schedule_of_its_own() -> None:
    requests = begin(*range(10))
    requests.add(Opening(plan=PLAN, started_s=STARTED_S + 50.0, started_at=0.0, pid=2))

    assert requests.overdue(STARTED_S + 50.5) == {}
    assert sum(requests.overdue(STARTED_S + 50.0 + OVERDUE_S + 1.01).values()) == 21


def test_without_a_prober_nothing_is_overdue() -> None:
    requests = OpenRequests()
    requests.add(outcome(3))

    assert requests.overdue(STARTED_S + OVERDUE_S + 5.0) == {}


@given(st.permutations(range(60)), st.lists(st.integers(0, 60), max_size=4), st.integers(60, 80))
def test_overdue_is_what_came_due_and_has_no_outcome_in_any_order(
    order: list[int], looks: list[int], last: int
) -> None:
    requests = begin()
    known: set[int] = set()
    for place, seq in enumerate(order):
        if place in looks:
            requests.overdue(STARTED_S + SLOTS[place].due_s)
        if seq % 3:
            requests.add(outcome(seq))
            known.add(seq)

    now_s = STARTED_S + OVERDUE_S + SLOTS[last].due_s + 0.001
    expected = [slot for slot in SLOTS[: last + 1] if slot.seq not in known]

    assert sum(requests.overdue(now_s).values()) == len(expected)
