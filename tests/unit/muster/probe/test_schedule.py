"""The schedule: fair, punctual, and the same every time."""

from collections import Counter
from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from muster.measure.samples import Cohort, RequestKind
from muster.probe.plan import (
    CohortShare,
    NamedService,
    ProbePlan,
    ProbeTarget,
    VantagePoint,
)
from muster.probe.schedule import ItemRequest, WriteSequence, schedule_slots

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

    assert [(s.vantage.name, s.target and s.target.ip[-1]) for s in first] == [
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


def make_sequence(rewrite_every: int = 2) -> WriteSequence:
    return WriteSequence("p-", read_later_s=5.0, rewrite_every=rewrite_every)


def test_a_write_is_read_soon_and_later() -> None:
    sequence = make_sequence()

    write = sequence.next(0, 10.0)
    sequence.acknowledged(write, 10.1)

    assert write == ItemRequest(RequestKind.WRITE, "p-000001")
    assert sequence.next(1, 10.2) == ItemRequest(RequestKind.READ_SOON, "p-000001")
    assert sequence.next(2, 15.2) == ItemRequest(RequestKind.READ_LATER, "p-000001")


def test_a_read_without_an_item_becomes_a_write() -> None:
    sequence = make_sequence()

    assert [sequence.next(turn, 10.0).step for turn in range(3)] == [RequestKind.WRITE] * 3


def test_the_later_read_waits_for_its_time() -> None:
    sequence = make_sequence()
    sequence.acknowledged(sequence.next(0, 10.0), 10.0)

    assert sequence.next(2, 14.9).step is RequestKind.WRITE
    assert sequence.next(2, 15.0).step is RequestKind.READ_LATER


def test_an_old_acknowledgement_is_not_read_soon() -> None:
    sequence = make_sequence()
    sequence.acknowledged(sequence.next(0, 10.0), 10.0)

    assert sequence.next(1, 12.0).step is RequestKind.WRITE


def test_every_second_missed_item_is_rewritten_once() -> None:
    sequence = make_sequence()
    for item in ("a", "b", "c", "d"):
        sequence.missed(ItemRequest(RequestKind.READ_LATER, item))

    requests = [sequence.next(0, 10.0) for _ in range(3)]

    assert requests == [
        ItemRequest(RequestKind.REWRITE, "b"),
        ItemRequest(RequestKind.REWRITE, "d"),
        ItemRequest(RequestKind.WRITE, "p-000001"),
    ]
    sequence.acknowledged(requests[0], 10.0)
    assert sequence.next(2, 20.0).step is RequestKind.WRITE


def test_nothing_is_rewritten_when_the_plan_says_so_or_after_an_early_read() -> None:
    never, soon = make_sequence(rewrite_every=0), make_sequence(rewrite_every=1)
    never.missed(ItemRequest(RequestKind.READ_LATER, "a"))
    soon.missed(ItemRequest(RequestKind.READ_SOON, "a"))

    assert never.next(0, 1.0).step is RequestKind.WRITE
    assert soon.next(0, 1.0).step is RequestKind.WRITE


@given(st.lists(st.sampled_from(["ack", "miss", "fail"]), max_size=200))
def test_every_item_is_written_first_and_read_at_most_once_each_way(outcomes: list[str]) -> None:
    sequence = make_sequence()
    seen: list[ItemRequest] = []
    for turn, outcome in enumerate(outcomes):
        request = sequence.next(turn, turn * 0.5)
        seen.append(request)
        if outcome == "ack" and request.step in (RequestKind.WRITE, RequestKind.REWRITE):
            sequence.acknowledged(request, turn * 0.5)
        if outcome == "miss":
            sequence.missed(request)

    assert len(set(seen)) == len(seen)
    for index, request in enumerate(seen):
        if request.step is not RequestKind.WRITE:
            assert ItemRequest(RequestKind.WRITE, request.item) in seen[:index]


def test_clients_of_the_dns_door_have_no_address_yet() -> None:
    plan = ProbePlan(
        run="r",
        targets=TARGETS,
        dns=NamedService(name="api.test"),
        shares=(CohortShare(cohort=Cohort.NEW), CohortShare(cohort=Cohort.DNS_CHROME)),
    )

    first = list(islice(schedule_slots(plan), 4))

    assert [(slot.cohort, slot.target) for slot in first] == [
        (Cohort.NEW, TARGETS[0]),
        (Cohort.DNS_CHROME, None),
        (Cohort.NEW, TARGETS[1]),
        (Cohort.DNS_CHROME, None),
    ]


def test_without_static_addresses_writes_go_through_the_name_too() -> None:
    plan = ProbePlan(
        run="r",
        dns=NamedService(name="api.test"),
        shares=(CohortShare(cohort=Cohort.WRITE_READ),),
    )

    assert next(schedule_slots(plan)).target is None
