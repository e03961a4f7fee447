"""The recovery point: by hand, and against a brute-force judgement of each write."""

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


def measured(writes: list[Sample], *sightings: Sighting, loss: RegionLoss = LOSS) -> RecoveryPoint:
    """The recovery point of these samples and sightings."""
    return measure_recovery_point(acknowledged_writes(writes), sightings, loss)


def test_a_recovery_point_by_hand() -> None:
    writes = [
        acknowledged_write("a", 90.0),
        acknowledged_write("b", 98.0),
        acknowledged_write("c", 99.5),
        acknowledged_write("d", 99.9),
    ]

    found = measured(
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

    assert found.acknowledged == 4
    assert found.missing_items == 3
    assert found.rpo_s == pytest.approx(2.0)
    assert found.fates == {Fate.ARRIVED: 1, Fate.OVERWRITTEN: 1, Fate.MISSING: 1}
    assert found.late == 1
    assert found.lag_p50_s == pytest.approx(0.51)
    assert found.lag_max_s == pytest.approx(112.01)
    assert found.unobserved == 0


def test_a_write_that_was_still_on_its_way_is_not_missing() -> None:
    found = measured(
        [acknowledged_write("a", 99.9)],
        make_sighting("a", 100.1, AWAY, "absent"),
        make_sighting("a", 101.0, AWAY, "present"),
    )

    assert (found.missing_items, found.rpo_s, found.late) == (0, 0.0, 0)


def test_a_write_that_nobody_looked_for_is_unobserved() -> None:
    found = measured(
        [acknowledged_write("a", 99.0)],
        make_sighting("a", 150.0, AWAY, "unreadable"),
        make_sighting("a", 150.0, HOME, "absent"),
        make_sighting("b", 150.0, AWAY, "absent"),
    )

    assert (found.missing_items, found.rpo_s) == (None, None)
    assert (found.unobserved, found.rpo_max_s, found.lag_p50_s) == (1, 1.0, None)


def test_what_was_last_seen_missing_is_not_taken_for_arrived() -> None:
    last_seen = make_sighting("a", 98.5, AWAY, "absent")

    for later in ((), (make_sighting("a", 201.0, AWAY, "present", HOME),)):
        found = measured([acknowledged_write("a", 98.0)], last_seen, *later)

        assert (found.missing_items, found.rpo_s, found.unobserved) == (1, 2.0, 0)


def test_a_reading_from_before_the_acknowledgement_tells_nothing() -> None:
    found = measured([acknowledged_write("a", 110.0)], make_sighting("a", 109.0, AWAY, "absent"))

    assert found.unobserved == 1


def test_a_write_after_the_loss_is_counted_apart() -> None:
    found = measured(
        [acknowledged_write("a", 99.0), acknowledged_write("b", 120.0)],
        *(make_sighting(item, 130.0, AWAY, "absent") for item in "ab"),
        *(make_sighting(item, 210.0, AWAY, "present", HOME) for item in "ab"),
    )

    assert (found.missing_items, found.rpo_s, found.missing_later) == (1, 1.0, 1)
    assert found.fates == {Fate.ARRIVED: 2}


def test_the_other_regions_writes_and_those_after_the_return_are_not_measured() -> None:
    found = measured([acknowledged_write("a", 90.0, AWAY), acknowledged_write("b", 201.0)])

    assert found.acknowledged == 0


def test_a_later_write_elsewhere_makes_presence_no_proof() -> None:
    """Last writer wins, silently: AWS keeps the later write whole.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
    """
    writes = [acknowledged_write("a", 99.0), acknowledged_write("a", 120.0, AWAY, again=True)]
    absent = make_sighting("a", 110.0, AWAY, "absent")

    anonymous = measured(writes, absent, make_sighting("a", 210.0, AWAY, "present"))
    named = measured(writes, absent, make_sighting("a", 210.0, AWAY, "present", AWAY))

    assert anonymous.fates == {Fate.UNKNOWN: 1}
    assert named.fates == {Fate.OVERWRITTEN: 1}


def test_presence_before_a_later_write_was_sent_is_proof() -> None:
    writes = [acknowledged_write("a", 99.0), acknowledged_write("a", 120.0, AWAY, again=True)]

    found = measured(writes, make_sighting("a", 101.0, AWAY, "present"))

    assert (found.missing_items, found.unobserved) == (0, 0)


def test_without_a_return_the_fate_of_missing_writes_is_unknown() -> None:
    found = measured(
        [acknowledged_write("a", 99.0)],
        make_sighting("a", 130.0, AWAY, "absent"),
        loss=RegionLoss(lost=HOME, surviving=(AWAY,), at_s=100.0),
    )

    assert found.fates == {Fate.UNKNOWN: 1}


def test_no_writes_are_no_loss() -> None:
    found = measured([])

    assert (found.acknowledged, found.missing_items, found.rpo_s) == (0, None, None)
    assert (found.fates, found.unobserved, found.rpo_max_s) == ({}, 0, 0.0)


def test_only_acknowledged_writes_count() -> None:
    failed = failed_sample(5.0, RequestOutcome.ANSWER_TIMEOUT, step=RequestKind.WRITE, item="x")
    reading = answered_sample(6.0, step=RequestKind.READ_SOON, item="x")

    (write,) = acknowledged_writes([failed, reading, acknowledged_write("a", 7.0)])

    assert write == AcknowledgedWrite(item="a", region=HOME, sent_s=6.95, acked_s=7.0)


def test_readings_through_the_accelerator_are_sightings_where_they_were_answered() -> None:
    made = [
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

    present, absent = sightings_of(made)

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

    found = measured(
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

    near, far = found.regions
    assert (near.region, near.missing_items, near.rpo_s) == (AWAY, 1, 2.0)
    assert (far.region, far.missing_items, far.rpo_s) == (FAR, 2, 5.0)
    assert (found.missing_items, found.rpo_s) == (2, 5.0)
    assert near.fates == {Fate.ARRIVED: 1}
    assert far.fates == {Fate.ARRIVED: 1, Fate.MISSING: 1}
    assert found.fates == {Fate.ARRIVED: 1, Fate.MISSING: 1}


def test_the_order_of_the_regions_changes_no_number_of_the_run() -> None:
    writes = [acknowledged_write("a", 95.0), acknowledged_write("b", 98.0)]
    seen = [make_sighting("a", 105.0, AWAY, "absent"), make_sighting("b", 105.0, FAR, "absent")]

    one = measured(writes, *seen, loss=THREE)
    other = measured(writes, *seen, loss=replace(THREE, surviving=(FAR, AWAY)))

    assert one.rpo_s == other.rpo_s == pytest.approx(5.0)
    assert replace(one, regions=()) == replace(other, regions=())


def test_a_region_that_can_not_be_read_proves_nothing() -> None:
    """Its silence is no missing write, and no proof that none is missing."""
    found = measured(
        [acknowledged_write("a", 90.0), acknowledged_write("b", 98.0)],
        make_sighting("a", 90.5, AWAY, "present", HOME),
        make_sighting("b", 105.0, AWAY, "absent"),
        *(make_sighting(item, 105.0, FAR, "unreadable") for item in "ab"),
        *(make_sighting(item, 210.0, FAR, "present", HOME) for item in "ab"),
        loss=THREE,
    )

    far = found.regions[1]
    assert (far.missing_items, far.rpo_s, far.unobserved, far.fates) == (None, None, 2, {})
    assert (far.rpo_max_s, far.lag_max_s, far.late) == (10.0, None, 0)
    assert (found.missing_items, found.rpo_s, found.unobserved) == (1, 2.0, 2)


def test_what_came_only_after_the_return_is_no_proof_of_what_was_there_before() -> None:
    found = measured(
        [acknowledged_write("a", 99.0)], make_sighting("a", 210.0, AWAY, "present", HOME)
    )

    assert (found.missing_items, found.unobserved, found.rpo_max_s) == (None, 1, 1.0)


def test_a_region_that_could_not_be_read_for_a_while_has_a_bound() -> None:
    found = measured(
        [acknowledged_write("a", 90.0), acknowledged_write("b", 97.0)],
        make_sighting("a", 90.5, AWAY, "present", HOME),
        make_sighting("b", 105.0, AWAY, "unreadable"),
    )

    assert (found.missing_items, found.rpo_s) == (0, 0.0)
    assert (found.unobserved, found.rpo_max_s) == (1, 3.0)


def test_a_later_write_from_a_third_region_is_no_proof_that_the_first_never_came() -> None:
    """The item may have held it before: a Region that was not read in between can't tell."""
    found = measured(
        [acknowledged_write("a", 99.0), acknowledged_write("a", 104.0, AWAY, again=True)],
        make_sighting("a", 103.0, AWAY, "absent"),
        make_sighting("a", 106.0, FAR, "present", AWAY),
        loss=THREE,
    )

    near, far = found.regions
    assert (near.missing_items, far.missing_items, far.unobserved) == (1, 0, 0)


def test_a_region_that_fell_silent_before_the_loss_proves_nothing_by_what_it_said_then() -> None:
    found = measured(
        [acknowledged_write("a", 97.0)],
        make_sighting("a", 97.5, AWAY, "absent"),
        make_sighting("a", 105.0, AWAY, "unreadable"),
    )

    assert (found.missing_items, found.unobserved, found.rpo_max_s) == (None, 1, 3.0)


def test_second_writes_are_not_measured() -> None:
    """An item that a reading found already is not looked for again."""
    found = measured(
        [acknowledged_write("a", 90.0, AWAY), acknowledged_write("a", 97.0, again=True)],
        make_sighting("a", 97.1, AWAY, "present", AWAY),
    )

    assert found.acknowledged == 0


def test_a_lag_is_not_told_by_a_table_that_could_not_be_read_right_before() -> None:
    blind = make_sighting("a", 92.0, AWAY, "unreadable")
    there = make_sighting("a", 99.0, AWAY, "present", HOME)

    unknown = measured([acknowledged_write("a", 90.0)], blind, there)
    known = measured(
        [acknowledged_write("a", 90.0)], blind, make_sighting("a", 97.0, AWAY, "absent"), there
    )

    assert (unknown.missing_items, unknown.lag_max_s, unknown.late) == (0, None, 0)
    assert known.lag_max_s == pytest.approx(9.01)
    assert known.late == 1


# --- against a brute-force judgement --------------------------------------------------------------

histories = st.lists(
    st.tuples(
        st.integers(0, 30).map(lambda t: t * 10.0),
        st.sampled_from([HOME, AWAY, FAR]),
        st.sampled_from(["absent", "present", "unreadable"]),
        st.sampled_from([HOME, AWAY]),
    ),
    max_size=12,
)


@given(histories, st.integers(0, 29).map(lambda t: t * 10.0 + 5))
def test_one_write_agrees_with_a_brute_force_judgement(
    history: list[tuple[float, str, str, str]], acked_s: float
) -> None:
    sightings = [
        make_sighting("a", at, region, presence, writer if presence == "present" else None)
        for at, region, presence, writer in history
    ]

    found = measured([acknowledged_write("a", acked_s)], *sightings, loss=THREE)

    assert found.acknowledged == (acked_s < 200)
    own = [_by_hand(acked_s, history, one.region) for one in found.regions]
    for one, (told, missing, unobserved) in zip(found.regions, own, strict=True):
        assert one.missing_items == ((missing and acked_s <= 100) if told else None)
        assert one.missing_later == (missing and acked_s > 100)
        assert one.rpo_s == ((max(0.0, 100 - acked_s) if missing else 0.0) if told else None)
        assert one.unobserved == unobserved
        assert sum(one.fates.values()) == missing
    lacking = [missing and acked_s <= 100 for told, missing, _ in own if told]
    assert found.missing_items == max(lacking, default=None)
    assert found.unobserved == max(unobserved for *_, unobserved in own)
    if found.rpo_s is not None:
        assert found.rpo_s <= found.rpo_max_s
    if any(missing for _, missing, _ in own):
        assert sum(found.fates.values()) == 1
        last_absent = [_last_readable(acked_s, history, region) == "absent" for region in REST]
        assert (Fate.MISSING in found.fates) == any(last_absent)


def _by_hand(
    acked_s: float, history: list[tuple[float, str, str, str]], region: str
) -> tuple[bool, bool, bool]:
    """Whether the Region tells of the write, lacked it, leaves it open."""
    seen = [(at, what, who) for at, where, what, who in history if where == region and at > acked_s]
    present = [who for at, what, who in seen if what == "present" and at < 200]
    absent = [at for at, what, _ in seen if what == "absent" and at < 200]
    failed = [at for at, what, _ in seen if what == "unreadable" and at < 200]
    measured_ = acked_s < 200
    without = any(at >= 100 or not any(later >= at for later in failed) for at in absent)
    missing = measured_ and HOME not in present and without
    unobserved = measured_ and not missing and not present
    return measured_ and not unobserved, missing, unobserved


def _last_readable(
    acked_s: float, history: list[tuple[float, str, str, str]], region: str
) -> str | None:
    """What the Region said last after the return."""
    told = [
        (at, n, what)
        for n, (at, where, what, _) in enumerate(history)
        if where == region and what != "unreadable" and at >= 200 and at > acked_s
    ]
    return max(told)[2] if told else None


@given(histories, st.lists(st.integers(0, 29).map(lambda t: t * 10.0 + 5), max_size=4))
def test_a_region_that_is_never_readable_changes_no_other_number(
    history: list[tuple[float, str, str, str]], acked: list[float]
) -> None:
    writes = [acknowledged_write(f"i{n}", at) for n, at in enumerate(acked)]
    seen = [
        make_sighting("i0", at, AWAY, what, who if what == "present" else None)
        for at, _, what, who in history
    ]
    dark = [make_sighting(f"i{n}", at + 1.0, FAR, "unreadable") for n, at in enumerate(acked)]

    alone = measured(writes, *seen)
    beside = measured(writes, *seen, *dark, loss=THREE)

    assert beside.regions[0] == alone.regions[0]
    assert (beside.missing_items, beside.rpo_s) == (alone.missing_items, alone.rpo_s)
    assert (beside.late, beside.lag_max_s) == (alone.late, alone.lag_max_s)
    assert beside.unobserved == beside.acknowledged
