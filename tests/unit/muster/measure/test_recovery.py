"""The recovery point: by hand, and against a brute-force evaluation of each write."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.measure.recovery import (
    AcknowledgedWrite,
    Fate,
    RecoveryPoint,
    RegionLoss,
    acknowledged_writes,
    final_fates,
    measure_recovery_point,
    sightings_of,
)
from muster.measure.samples import Presence, RequestKind, RequestOutcome, Sample, Sighting
from tests.unit.muster.sample_builders import (
    AWAY,
    HOME,
    acknowledged_write,
    answered_sample,
    failed_sample,
    make_sighting,
)

FAR = "ap-southeast-1"
REST = (AWAY, FAR)
LOSS = RegionLoss(lost=HOME, surviving=(AWAY,), at_s=100.0, returned_s=200.0)
THREE = RegionLoss(lost=HOME, surviving=REST, at_s=100.0, returned_s=200.0)


def measure_recovery(
    writes: list[Sample], *sightings: Sighting, loss: RegionLoss = LOSS
) -> RecoveryPoint:
    """The recovery point of these samples and sightings."""
    return measure_recovery_point(acknowledged_writes(writes), sightings, loss)


def test_a_recovery_point_by_hand() -> None:
    writes = [
        acknowledged_write("a", 90.0),
        acknowledged_write("b", 98.0),
        acknowledged_write("c", 99.5),
        acknowledged_write("d", 99.9),
    ]

    recovery = measure_recovery(
        writes,
        make_sighting("a", 90.5, AWAY, "present", HOME),
        make_sighting("b", 98.5, AWAY, "absent"),
        make_sighting("b", 105.0, AWAY, "absent"),
        make_sighting("b", 210.0, AWAY, "present", HOME),
        make_sighting("c", 105.0, AWAY, "absent"),
        make_sighting("c", 210.0, AWAY, "present", AWAY),
        make_sighting("d", 105.0, AWAY, "absent"),
        make_sighting("d", 210.0, AWAY, "absent"),
    )

    assert recovery.acknowledged == 4
    assert recovery.missing_items == 3
    assert recovery.rpo_s == pytest.approx(2.0)
    assert recovery.fates == {Fate.ARRIVED: 1, Fate.OVERWRITTEN: 1, Fate.MISSING: 1}
    assert recovery.late == 1
    assert recovery.lag_p50_s == pytest.approx(0.51)
    assert recovery.lag_max_s == pytest.approx(112.01)
    assert recovery.unobserved == 0


def test_a_write_that_arrives_after_a_reading_is_not_missing() -> None:
    recovery = measure_recovery(
        [acknowledged_write("a", 99.9)],
        make_sighting("a", 100.1, AWAY, "absent"),
        make_sighting("a", 101.0, AWAY, "present"),
    )

    assert (recovery.missing_items, recovery.rpo_s, recovery.late) == (0, 0.0, 0)


def test_a_write_that_was_not_read_is_unobserved() -> None:
    recovery = measure_recovery(
        [acknowledged_write("a", 99.0)],
        make_sighting("a", 150.0, AWAY, "unreadable"),
        make_sighting("a", 150.0, HOME, "absent"),
        make_sighting("b", 150.0, AWAY, "absent"),
    )

    assert (recovery.missing_items, recovery.rpo_s) == (None, None)
    assert (recovery.unobserved, recovery.rpo_max_s, recovery.lag_p50_s) == (1, 1.0, None)


def test_a_write_last_seen_missing_is_not_taken_for_arrived() -> None:
    last_seen = make_sighting("a", 98.5, AWAY, "absent")

    for later in ((), (make_sighting("a", 201.0, AWAY, "present", HOME),)):
        recovery = measure_recovery([acknowledged_write("a", 98.0)], last_seen, *later)

        assert (recovery.missing_items, recovery.rpo_s, recovery.unobserved) == (1, 2.0, 0)


def test_a_reading_from_before_the_acknowledgement_proves_nothing() -> None:
    recovery = measure_recovery(
        [acknowledged_write("a", 110.0)], make_sighting("a", 109.0, AWAY, "absent")
    )

    assert recovery.unobserved == 1


def test_a_write_after_the_loss_is_counted_apart() -> None:
    recovery = measure_recovery(
        [acknowledged_write("a", 99.0), acknowledged_write("b", 120.0)],
        *(make_sighting(item, 130.0, AWAY, "absent") for item in "ab"),
        *(make_sighting(item, 210.0, AWAY, "present", HOME) for item in "ab"),
    )

    assert (recovery.missing_items, recovery.rpo_s, recovery.missing_later) == (1, 1.0, 1)
    assert recovery.fates == {Fate.ARRIVED: 2}


def test_the_other_regions_writes_and_those_after_the_return_are_not_measured() -> None:
    recovery = measure_recovery(
        [acknowledged_write("a", 90.0, AWAY), acknowledged_write("b", 201.0)]
    )

    assert recovery.acknowledged == 0


def test_a_later_write_elsewhere_makes_presence_no_proof() -> None:
    """Last writer wins, silently: AWS keeps the later write whole.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
    """
    writes = [acknowledged_write("a", 99.0), acknowledged_write("a", 120.0, AWAY, again=True)]
    absent = make_sighting("a", 110.0, AWAY, "absent")

    anonymous = measure_recovery(writes, absent, make_sighting("a", 210.0, AWAY, "present"))
    named = measure_recovery(writes, absent, make_sighting("a", 210.0, AWAY, "present", AWAY))

    assert anonymous.fates == {Fate.UNKNOWN: 1}
    assert named.fates == {Fate.OVERWRITTEN: 1}


def test_presence_before_a_later_write_was_sent_is_proof() -> None:
    writes = [acknowledged_write("a", 99.0), acknowledged_write("a", 120.0, AWAY, again=True)]

    recovery = measure_recovery(writes, make_sighting("a", 101.0, AWAY, "present"))

    assert (recovery.missing_items, recovery.unobserved) == (0, 0)


def test_without_a_return_the_fate_of_missing_writes_is_unknown() -> None:
    recovery = measure_recovery(
        [acknowledged_write("a", 99.0)],
        make_sighting("a", 130.0, AWAY, "absent"),
        loss=RegionLoss(lost=HOME, surviving=(AWAY,), at_s=100.0),
    )

    assert recovery.fates == {Fate.UNKNOWN: 1}


def test_no_writes_are_no_loss() -> None:
    recovery = measure_recovery([])

    assert (recovery.acknowledged, recovery.missing_items, recovery.rpo_s) == (0, None, None)
    assert (recovery.fates, recovery.unobserved, recovery.rpo_max_s) == ({}, 0, 0.0)


def test_only_acknowledged_writes_count() -> None:
    failed = failed_sample(5.0, RequestOutcome.ANSWER_TIMEOUT, step=RequestKind.WRITE, item="x")
    reading = answered_sample(6.0, step=RequestKind.READ_SOON, item="x")

    arrived = failed_sample(
        6.5, RequestOutcome.PRESENT, step=RequestKind.REWRITE, item="x", region=HOME, status=409
    )
    assert arrived.good

    (write,) = acknowledged_writes([failed, reading, arrived, acknowledged_write("a", 7.0)])

    assert write == AcknowledgedWrite(item="a", region=HOME, sent_s=6.95, acked_s=7.0)


def test_readings_through_the_accelerator_are_sightings_where_they_were_answered() -> None:
    samples = [
        answered_sample(1.0, AWAY, step=RequestKind.READ_SOON, item="a"),
        failed_sample(
            2.0,
            RequestOutcome.ABSENT,
            step=RequestKind.READ_LATER,
            item="a",
            region=AWAY,
            status=404,
        ),
        failed_sample(
            3.0,
            RequestOutcome.STATUS,
            step=RequestKind.READ_LATER,
            item="a",
            region=AWAY,
            status=503,
        ),
        answered_sample(4.0),
    ]

    present, absent = sightings_of(samples)

    assert (present.presence, present.region, present.writer) == (Presence.PRESENT, AWAY, None)
    assert (absent.presence, absent.asked_s) == (Presence.ABSENT, 2.0)


def test_final_fates_take_the_last_reading_of_every_regions_writes() -> None:
    writes = acknowledged_writes(
        [
            acknowledged_write("a", 1.0),
            acknowledged_write("b", 2.0, AWAY),
            acknowledged_write("c", 3.0),
        ]
    )
    sightings = [
        make_sighting("a", 4.0, HOME, "absent"),
        make_sighting("a", 50.0, HOME, "present", HOME),
        make_sighting("b", 50.0, HOME, "absent"),
        make_sighting("c", 20.0, HOME, "present", HOME),
    ]

    assert final_fates(writes, sightings, (HOME,), since_s=40.0) == {
        Fate.ARRIVED: 1,
        Fate.MISSING: 1,
        Fate.UNKNOWN: 1,
    }


def test_final_fates_are_the_worst_of_all_regions() -> None:
    writes = acknowledged_writes(
        [acknowledged_write("a", 1.0), acknowledged_write("b", 2.0), acknowledged_write("c", 3.0)]
    )
    sightings = [
        *(make_sighting(item, 50.0, AWAY, "present", HOME) for item in "abc"),
        make_sighting("a", 50.0, FAR, "present", HOME),
        make_sighting("b", 50.0, FAR, "absent"),
        make_sighting("c", 50.0, FAR, "unreadable"),
    ]

    assert final_fates(writes, sightings, (AWAY, FAR), since_s=40.0) == {
        Fate.ARRIVED: 1,
        Fate.MISSING: 1,
        Fate.UNKNOWN: 1,
    }


# --- several surviving Regions --------------------------------------------------------------------


def test_the_worst_surviving_region_counts() -> None:
    """Users may be sent to any of them."""
    writes = [acknowledged_write(name, at) for name, at in (("a", 90.0), ("b", 95.0), ("c", 98.0))]

    recovery = measure_recovery(
        writes,
        *(
            make_sighting(item, at + 0.5, AWAY, "present", HOME)
            for item, at in (("a", 90), ("b", 95))
        ),
        make_sighting("c", 105.0, AWAY, "absent"),
        make_sighting("c", 210.0, AWAY, "present", HOME),
        make_sighting("a", 90.5, FAR, "present", HOME),
        *(make_sighting(item, 105.0, FAR, "absent") for item in "bc"),
        make_sighting("b", 210.0, FAR, "absent"),
        make_sighting("c", 210.0, FAR, "present", HOME),
        loss=THREE,
    )

    near, far = recovery.regions
    assert (near.region, near.missing_items, near.rpo_s) == (AWAY, 1, 2.0)
    assert (far.region, far.missing_items, far.rpo_s) == (FAR, 2, 5.0)
    assert (recovery.missing_items, recovery.rpo_s) == (2, 5.0)
    assert near.fates == {Fate.ARRIVED: 1}
    assert far.fates == {Fate.ARRIVED: 1, Fate.MISSING: 1}
    assert recovery.fates == {Fate.ARRIVED: 1, Fate.MISSING: 1}


def test_the_order_of_the_regions_changes_no_number_of_the_run() -> None:
    writes = [acknowledged_write("a", 95.0), acknowledged_write("b", 98.0)]
    seen = [make_sighting("a", 105.0, AWAY, "absent"), make_sighting("b", 105.0, FAR, "absent")]

    one = measure_recovery(writes, *seen, loss=THREE)
    other = measure_recovery(writes, *seen, loss=replace(THREE, surviving=(FAR, AWAY)))

    assert one.rpo_s == other.rpo_s == pytest.approx(5.0)
    assert replace(one, regions=()) == replace(other, regions=())


def test_a_region_that_can_not_be_read_proves_nothing() -> None:
    """Its silence is no missing write, and no proof that none is missing."""
    recovery = measure_recovery(
        [acknowledged_write("a", 90.0), acknowledged_write("b", 98.0)],
        make_sighting("a", 90.5, AWAY, "present", HOME),
        make_sighting("b", 105.0, AWAY, "absent"),
        *(make_sighting(item, 105.0, FAR, "unreadable") for item in "ab"),
        *(make_sighting(item, 210.0, FAR, "present", HOME) for item in "ab"),
        loss=THREE,
    )

    far = recovery.regions[1]
    assert (far.missing_items, far.rpo_s, far.unobserved, far.fates) == (None, None, 2, {})
    assert (far.rpo_max_s, far.lag_max_s, far.late) == (10.0, None, 0)
    assert (recovery.missing_items, recovery.rpo_s, recovery.unobserved) == (1, 2.0, 2)


def test_arrival_after_the_return_is_no_proof_of_presence_before() -> None:
    recovery = measure_recovery(
        [acknowledged_write("a", 99.0)], make_sighting("a", 210.0, AWAY, "present", HOME)
    )

    assert (recovery.missing_items, recovery.unobserved, recovery.rpo_max_s) == (None, 1, 1.0)


def test_a_region_that_could_not_be_read_for_a_while_has_a_bound() -> None:
    recovery = measure_recovery(
        [acknowledged_write("a", 90.0), acknowledged_write("b", 97.0)],
        make_sighting("a", 90.5, AWAY, "present", HOME),
        make_sighting("b", 105.0, AWAY, "unreadable"),
    )

    assert (recovery.missing_items, recovery.rpo_s) == (0, 0.0)
    assert (recovery.unobserved, recovery.rpo_max_s) == (1, 3.0)


def test_a_later_write_from_a_third_region_is_no_proof_of_a_missing_first_one() -> None:
    """The item may have held it before: a Region that was not read in between can't tell."""
    recovery = measure_recovery(
        [acknowledged_write("a", 99.0), acknowledged_write("a", 104.0, AWAY, again=True)],
        make_sighting("a", 103.0, AWAY, "absent"),
        make_sighting("a", 106.0, FAR, "present", AWAY),
        loss=THREE,
    )

    near, far = recovery.regions
    assert (near.missing_items, far.missing_items, far.unobserved) == (1, 0, 0)


def test_readings_before_the_loss_prove_nothing_if_a_later_one_failed() -> None:
    recovery = measure_recovery(
        [acknowledged_write("a", 97.0)],
        make_sighting("a", 97.5, AWAY, "absent"),
        make_sighting("a", 105.0, AWAY, "unreadable"),
    )

    assert (recovery.missing_items, recovery.unobserved, recovery.rpo_max_s) == (None, 1, 3.0)


def test_second_writes_are_not_measured() -> None:
    """An item that a reading has found is not read again."""
    recovery = measure_recovery(
        [acknowledged_write("a", 90.0, AWAY), acknowledged_write("a", 97.0, again=True)],
        make_sighting("a", 97.1, AWAY, "present", AWAY),
    )

    assert recovery.acknowledged == 0


def test_a_lag_after_a_failed_reading_is_left_out() -> None:
    unreadable = make_sighting("a", 92.0, AWAY, "unreadable")
    there = make_sighting("a", 99.0, AWAY, "present", HOME)

    unknown = measure_recovery([acknowledged_write("a", 90.0)], unreadable, there)
    known = measure_recovery(
        [acknowledged_write("a", 90.0)], unreadable, make_sighting("a", 97.0, AWAY, "absent"), there
    )

    assert (unknown.missing_items, unknown.lag_max_s, unknown.late) == (0, None, 0)
    assert known.lag_max_s == pytest.approx(9.01)
    assert known.late == 1


HISTORIES = st.lists(
    st.tuples(
        st.integers(0, 30).map(lambda t: t * 10.0),
        st.sampled_from([HOME, AWAY, FAR]),
        st.sampled_from(["absent", "present", "unreadable"]),
        st.sampled_from([HOME, AWAY]),
    ),
    max_size=12,
)


@given(HISTORIES, st.integers(0, 29).map(lambda t: t * 10.0 + 5))
def test_one_write_agrees_with_a_brute_force_evaluation(
    history: list[tuple[float, str, str, str]], acked_s: float
) -> None:
    sightings = [
        make_sighting("a", at, region, presence, writer if presence == "present" else None)
        for at, region, presence, writer in history
    ]

    recovery = measure_recovery([acknowledged_write("a", acked_s)], *sightings, loss=THREE)

    assert recovery.acknowledged == (acked_s < 200)
    own = [_by_hand(acked_s, history, one.region) for one in recovery.regions]
    for one, (known, missing, unobserved) in zip(recovery.regions, own, strict=True):
        assert one.missing_items == ((missing and acked_s <= 100) if known else None)
        assert one.missing_later == (missing and acked_s > 100)
        assert one.rpo_s == ((max(0.0, 100 - acked_s) if missing else 0.0) if known else None)
        assert one.unobserved == unobserved
        assert sum(one.fates.values()) == missing
    missing_before = [missing and acked_s <= 100 for known, missing, _ in own if known]
    assert recovery.missing_items == max(missing_before, default=None)
    assert recovery.unobserved == max(unobserved for *_, unobserved in own)
    if recovery.rpo_s is not None:
        assert recovery.rpo_s <= recovery.rpo_max_s
    if any(missing for _, missing, _ in own):
        assert sum(recovery.fates.values()) == 1
        last_absent = [_last_readable(acked_s, history, region) == "absent" for region in REST]
        assert (Fate.MISSING in recovery.fates) == any(last_absent)


def _by_hand(
    acked_s: float, history: list[tuple[float, str, str, str]], region: str
) -> tuple[bool, bool, bool]:
    """Whether the write is known to be there or not, is missing, is unobserved in the Region."""
    seen = [(at, what, who) for at, where, what, who in history if where == region and at > acked_s]
    present = [who for at, what, who in seen if what == "present" and at < 200]
    absent = [at for at, what, _ in seen if what == "absent" and at < 200]
    failed = [at for at, what, _ in seen if what == "unreadable" and at < 200]
    counts = acked_s < 200
    without = any(at >= 100 or not any(later >= at for later in failed) for at in absent)
    missing = counts and HOME not in present and without
    unobserved = counts and not missing and not present
    return counts and not unobserved, missing, unobserved


def _last_readable(
    acked_s: float, history: list[tuple[float, str, str, str]], region: str
) -> str | None:
    """The last readable presence in the Region after the return."""
    readings = [
        (at, n, what)
        for n, (at, where, what, _) in enumerate(history)
        if where == region and what != "unreadable" and at >= 200 and at > acked_s
    ]
    return max(readings)[2] if readings else None


@given(HISTORIES, st.lists(st.integers(0, 29).map(lambda t: t * 10.0 + 5), max_size=4))
def test_a_region_that_is_never_readable_changes_no_other_number(
    history: list[tuple[float, str, str, str]], acked: list[float]
) -> None:
    writes = [acknowledged_write(f"i{n}", at) for n, at in enumerate(acked)]
    seen = [
        make_sighting("i0", at, AWAY, what, who if what == "present" else None)
        for at, _, what, who in history
    ]
    dark = [make_sighting(f"i{n}", at + 1.0, FAR, "unreadable") for n, at in enumerate(acked)]

    alone = measure_recovery(writes, *seen)
    beside = measure_recovery(writes, *seen, *dark, loss=THREE)

    assert beside.regions[0] == alone.regions[0]
    assert (beside.missing_items, beside.rpo_s) == (alone.missing_items, alone.rpo_s)
    assert (beside.late, beside.lag_max_s) == (alone.late, alone.lag_max_s)
    assert beside.unobserved == beside.acknowledged
