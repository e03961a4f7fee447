"""The schedule: fair, punctual, and the same every time."""

from collections import Counter
from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from muster.measure.samples import Cohort
from muster.probe.plan import CohortShare, ProbePlan, ProbeTarget, VantagePoint
from muster.probe.schedule import schedule_slots

TARGETS = (ProbeTarget(ip="192.0.2.1"), ProbeTarget(ip="192.0.2.2"))


def make_probe_plan(weights: list[int], vantages: int, *, rate: float = 100.0) -> ProbePlan:
    return ProbePlan(
        run="r",
        targets=TARGETS,
        vantages=tuple(VantagePoint(name=f"v{i}") for i in range(vantages)),
        shares=tuple(
            CohortShare(cohort=c, weight=float(w)) for c, w in zip(Cohort, weights, strict=False)
        ),
        rate=rate,
    )


def test_one_cohort_alternates_the_addresses_at_each_vantage_point() -> None:
    first = list(islice(schedule_slots(make_probe_plan([1], 2)), 6))

    assert [(s.vantage.name, s.target.ip[-1]) for s in first] == [
        ("v0", "1"),
        ("v1", "2"),
        ("v0", "2"),
        ("v1", "1"),
        ("v0", "1"),
        ("v1", "2"),
    ]


def test_a_duration_ends_the_schedule() -> None:
    plan = ProbePlan(run="r", targets=TARGETS, rate=4.0, duration_s=2.5)

    due = [s.due_s for s in schedule_slots(plan)]

    assert due == [n / 4 for n in range(10)]


@given(st.lists(st.integers(1, 9), min_size=1, max_size=3), st.integers(1, 4))
def test_cohorts_vantage_points_and_addresses_get_their_shares(
    weights: list[int], vantages: int
) -> None:
    plan = make_probe_plan(weights, vantages)
    round_of_all = sum(weights) * vantages * len(TARGETS)

    slots = list(islice(schedule_slots(plan), round_of_all))

    assert [s.seq for s in slots] == list(range(round_of_all))
    per_cohort = Counter(s.cohort for s in slots)
    for share in plan.shares:
        assert per_cohort[share.cohort] == share.weight * vantages * len(TARGETS)
    lanes = Counter((s.cohort, s.vantage, s.target) for s in slots)
    for (cohort, _, _), count in lanes.items():
        assert count == next(s.weight for s in plan.shares if s.cohort is cohort)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=3))
def test_no_cohort_falls_more_than_one_request_behind_its_share(weights: list[int]) -> None:
    plan = make_probe_plan(weights, 1)
    done: Counter[Cohort] = Counter()

    for number, slot in enumerate(islice(schedule_slots(plan), 200), start=1):
        done[slot.cohort] += 1

        for share in plan.shares:
            fair = number * share.weight / sum(weights)
            assert abs(done[share.cohort] - fair) < len(weights)


def test_turns_count_up_for_each_vantage_point() -> None:
    slots = list(islice(schedule_slots(make_probe_plan([1], 2)), 6))

    assert [s.turn for s in slots] == [0, 0, 1, 1, 2, 2]
