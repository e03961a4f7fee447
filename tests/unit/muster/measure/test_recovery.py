"""The recovery point: by hand, and against a brute-force judgement of each write."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.measure.recovery import (
    Fate,
    Loss,
    RecoveryPoint,
    Write,
    acknowledged,
    final_fates,
    recovery_point,
    sightings_of,
)
from muster.measure.samples import Outcome, Presence, Sample, Sighting, Step
from tests.unit.muster.making import AWAY, HOME, bad, good, sighting, written

LOSS = Loss(lost=HOME, surviving=AWAY, at_s=100.0, returned_s=200.0)


def measured(writes: list[Sample], *sightings: Sighting, loss: Loss = LOSS) -> RecoveryPoint:
    """The recovery point of these samples and sightings."""
    return recovery_point(acknowledged(writes), sightings, loss)


def test_a_recovery_point_by_hand() -> None:
    writes = [written("a", 90.0), written("b", 98.0), written("c", 99.5), written("d", 99.9)]

    found = measured(
        writes,
        sighting("a", 90.5, AWAY, "present", HOME),
        sighting("b", 98.5, AWAY, "absent"),
        sighting("b", 105.0, AWAY, "absent"),
        sighting("b", 210.0, AWAY, "present", HOME),
        sighting("c", 105.0, AWAY, "absent"),
        sighting("c", 210.0, AWAY, "present", AWAY),
        sighting("d", 105.0, AWAY, "absent"),
        sighting("d", 210.0, AWAY, "absent"),
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
        [written("a", 99.9)],
        sighting("a", 100.1, AWAY, "absent"),
        sighting("a", 101.0, AWAY, "present"),
    )

    assert (found.missing_items, found.rpo_s, found.late) == (0, 0.0, 0)


def test_a_write_that_nobody_looked_for_is_unobserved() -> None:
    found = measured(
        [written("a", 99.0)],
        sighting("a", 150.0, AWAY, "unreadable"),
        sighting("a", 150.0, HOME, "absent"),
        sighting("b", 150.0, AWAY, "absent"),
    )

    assert (found.missing_items, found.unobserved, found.lag_p50_s) == (0, 1, None)


def test_what_was_last_seen_missing_is_not_taken_for_arrived() -> None:
    last_seen = sighting("a", 98.5, AWAY, "absent")

    for later in ((), (sighting("a", 201.0, AWAY, "present", HOME),)):
        found = measured([written("a", 98.0)], last_seen, *later)

        assert (found.missing_items, found.rpo_s, found.unobserved) == (1, 2.0, 0)


def test_a_reading_from_before_the_acknowledgement_tells_nothing() -> None:
    found = measured([written("a", 110.0)], sighting("a", 109.0, AWAY, "absent"))

    assert found.unobserved == 1


def test_a_write_after_the_loss_is_counted_apart() -> None:
    found = measured(
        [written("a", 99.0), written("b", 120.0)],
        *(sighting(item, 130.0, AWAY, "absent") for item in "ab"),
        *(sighting(item, 210.0, AWAY, "present", HOME) for item in "ab"),
    )

    assert (found.missing_items, found.rpo_s, found.missing_later) == (1, 1.0, 1)
    assert found.fates == {Fate.ARRIVED: 2}


def test_the_other_regions_writes_and_those_after_the_return_are_not_measured() -> None:
    found = measured([written("a", 90.0, AWAY), written("b", 201.0)])

    assert found.acknowledged == 0


def test_a_later_write_elsewhere_makes_presence_no_proof() -> None:
    """Last writer wins, silently: AWS keeps the later write whole.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
    """
    writes = [written("a", 99.0), written("a", 120.0, AWAY, again=True)]
    absent = sighting("a", 110.0, AWAY, "absent")

    anonymous = measured(writes, absent, sighting("a", 210.0, AWAY, "present"))
    named = measured(writes, absent, sighting("a", 210.0, AWAY, "present", AWAY))

    assert anonymous.fates == {Fate.UNKNOWN: 1}
    assert named.fates == {Fate.OVERWRITTEN: 1}


def test_presence_before_a_later_write_was_sent_is_proof() -> None:
    writes = [written("a", 99.0), written("a", 120.0, AWAY, again=True)]

    found = measured(writes, sighting("a", 101.0, AWAY, "present"))

    assert (found.missing_items, found.unobserved) == (0, 0)


def test_without_a_return_the_fate_of_missing_writes_is_unknown() -> None:
    found = measured(
        [written("a", 99.0)],
        sighting("a", 130.0, AWAY, "absent"),
        loss=Loss(lost=HOME, surviving=AWAY, at_s=100.0),
    )

    assert found.fates == {Fate.UNKNOWN: 1}


def test_no_writes_are_no_loss() -> None:
    found = measured([])

    assert (found.acknowledged, found.missing_items, found.rpo_s, found.fates) == (0, 0, 0.0, {})


def test_only_acknowledged_writes_count() -> None:
    failed = bad(5.0, Outcome.ANSWER_TIMEOUT, step=Step.WRITE, item="x")
    reading = good(6.0, step=Step.READ_SOON, item="x")

    (write,) = acknowledged([failed, reading, written("a", 7.0)])

    assert write == Write(item="a", region=HOME, sent_s=6.95, acked_s=7.0)


def test_readings_through_the_accelerator_are_sightings_where_they_were_answered() -> None:
    made = [
        good(1.0, AWAY, step=Step.READ_SOON, item="a"),
        bad(2.0, Outcome.ABSENT, step=Step.READ_LATER, item="a", region=AWAY, status=404),
        bad(3.0, Outcome.STATUS, step=Step.READ_LATER, item="a", region=AWAY, status=503),
        good(4.0),
    ]

    present, absent = sightings_of(made)

    assert (present.presence, present.region, present.writer) == (Presence.PRESENT, AWAY, None)
    assert (absent.presence, absent.asked_s) == (Presence.ABSENT, 2.0)


def test_final_fates_take_the_last_reading_of_every_regions_writes() -> None:
    writes = acknowledged([written("a", 1.0), written("b", 2.0, AWAY), written("c", 3.0)])
    sightings = [
        sighting("a", 4.0, HOME, "absent"),
        sighting("a", 50.0, HOME, "present", HOME),
        sighting("b", 50.0, HOME, "absent"),
        sighting("c", 20.0, HOME, "present", HOME),
    ]

    assert final_fates(writes, sightings, HOME, since_s=40.0) == {
        Fate.ARRIVED: 1,
        Fate.MISSING: 1,
        Fate.UNKNOWN: 1,
    }


histories = st.lists(
    st.tuples(
        st.integers(0, 30).map(lambda t: t * 10.0),
        st.sampled_from([HOME, AWAY]),
        st.sampled_from(["absent", "present", "unreadable"]),
        st.sampled_from([HOME, AWAY]),
    ),
    max_size=8,
)


@given(histories, st.integers(0, 29).map(lambda t: t * 10.0 + 5))
def test_one_write_agrees_with_a_brute_force_judgement(
    history: list[tuple[float, str, str, str]], acked_s: float
) -> None:
    sightings = [
        sighting("a", at, region, presence, writer if presence == "present" else None)
        for at, region, presence, writer in history
    ]

    found = measured([written("a", acked_s)], *sightings)

    readable = sorted(
        (at, presence, writer)
        for at, region, presence, writer in history
        if region == AWAY and presence != "unreadable" and at >= acked_s
    )
    mine = [at for at, presence, writer in readable if (presence, writer) == ("present", HOME)]
    others = [at for at, presence, writer in readable if (presence, writer) != ("present", HOME)]
    missing = acked_s < 200 and any(at < 200 for at in others) and not any(at < 200 for at in mine)
    assert found.acknowledged == (acked_s < 200)
    assert found.missing_items == (missing and acked_s <= 100)
    assert found.missing_later == (missing and acked_s > 100)
    assert found.rpo_s == (100 - acked_s if missing and acked_s <= 100 else 0.0)
    assert found.unobserved == (acked_s < 200 and not missing and not mine)
    if missing:
        assert sum(found.fates.values()) == 1
        assert (Fate.UNKNOWN in found.fates) == (not any(at >= 200 for at, _, _ in readable))
