"""How late writes come to each other Region, by hand and against brute force."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.drill.observation.replication_tracker import (
    MAX_FOLLOWED,
    ReplicationTracker,
    update_lags,
)
from muster.measure.samples import Presence, RequestKind, Sighting
from tests.unit.muster.sample_builders import answered_sample, make_sighting

NEAR, FAR, HERE = "eu-central-1", "ap-southeast-1", "us-west-2"
REGIONS = (HERE, NEAR, FAR)


def follow(*sightings: Sighting, region: str = HERE) -> ReplicationTracker:
    """One write, acknowledged at 1.05 s."""
    writes = ReplicationTracker(REGIONS)
    writes.add_write(answered_sample(1.0, region, step=RequestKind.WRITE, item="a"))
    for one in sightings:
        writes.add_sighting(one)
    return writes


def test_each_direction_has_its_own_lag() -> None:
    """What has arrived in one Region may not have arrived in the next."""
    writes = follow(
        make_sighting("a", 1.5, NEAR, "present", HERE),
        make_sighting("a", 1.5, FAR, "absent"),
        make_sighting("a", 6.0, FAR, "absent"),
    )

    assert writes.lags_s(7.0, 60.0) == {HERE: {NEAR: pytest.approx(0.46), FAR: pytest.approx(4.96)}}


def test_a_write_is_late_until_it_is_seen() -> None:
    missed = make_sighting("a", 6.0, FAR, "absent")

    assert follow().lags_s(8.0, 5.0) == {}
    assert follow(missed).lags_s(8.0, 5.0) == {HERE: {FAR: pytest.approx(4.96)}}
    arrived = follow(missed, make_sighting("a", 7.0, FAR, "present", HERE))
    assert arrived.lags_s(8.0, 5.0) == {HERE: {FAR: pytest.approx(5.96)}}
    assert arrived.lags_s(20.0, 5.0) == {}


def test_an_unreadable_table_makes_the_lag_unknown() -> None:
    unread = make_sighting("a", 6.0, FAR, "unreadable")

    assert follow(unread).lags_s(8.0, 5.0) == {HERE: {FAR: None}}
    assert follow(unread).lags_s(12.0, 5.0) == {}


def test_a_write_that_arrived_while_the_table_was_unreadable_has_no_lag() -> None:
    """It may have arrived long before the table could be read again."""
    unread, there = (
        make_sighting("a", 6.0, FAR, "unreadable"),
        make_sighting("a", 30.0, FAR, "present", HERE),
    )

    assert follow(unread, there).lags_s(31.0, 5.0) == {}
    late = follow(unread, make_sighting("a", 28.0, FAR, "absent"), there)
    assert late.lags_s(31.0, 5.0) == {HERE: {FAR: pytest.approx(28.96)}}


def test_an_overwritten_item_has_no_lag() -> None:
    assert follow(make_sighting("a", 6.0, FAR, "present", NEAR)).lags_s(7.0, 5.0) == {}


def test_a_write_that_its_own_region_lacks_is_lost_even_if_another_has_it() -> None:
    there = make_sighting("a", 1.2, NEAR, "present", HERE)

    assert follow(there, make_sighting("a", 2.0, HERE, "absent")).lost == {"a"}
    assert follow(make_sighting("a", 2.0, NEAR, "absent")).lost == set()
    assert follow(make_sighting("a", 2.0, HERE, "unreadable")).lost == set()
    assert follow(make_sighting("a", 0.5, HERE, "absent")).lost == set()
    assert follow(make_sighting("a", 2.0, HERE, "absent")).lags_s(3.0, 5.0) == {}


def test_a_region_without_sightings_does_not_stop_the_tracking_of_others() -> None:
    writes = ReplicationTracker(REGIONS)
    for number in range(MAX_FOLLOWED + 1):
        item = f"i{number}"
        writes.add_write(answered_sample(1.0, HERE, step=RequestKind.WRITE, item=item))
        writes.add_sighting(make_sighting(item, 1.2, HERE, "present", HERE))
        writes.add_sighting(make_sighting(item, 1.4, NEAR, "present", HERE))

    last = f"i{MAX_FOLLOWED}"
    writes.add_sighting(make_sighting(last, 1.5, FAR, "absent"))
    assert writes.lags_s(2.0, 5.0) == {HERE: {NEAR: pytest.approx(0.36)}}
    writes.add_sighting(make_sighting("i0", 1.5, FAR, "absent"))
    assert FAR in writes.lags_s(2.0, 5.0)[HERE]


def test_newer_lags_replace_older_ones() -> None:
    known = {HERE: {NEAR: 1.0, FAR: 2.0}}

    update_lags(known, {HERE: {NEAR: 0.5, FAR: None}, NEAR: {FAR: 0.7}})

    assert known == {HERE: {NEAR: 0.5, FAR: 2.0}, NEAR: {FAR: 0.7}}


readings = st.lists(
    st.tuples(
        st.integers(1, 60).map(lambda tick: tick / 2),
        st.sampled_from("abc"),
        st.sampled_from(REGIONS),
        st.sampled_from(list(Presence)),
    ),
    max_size=25,
).map(lambda made: sorted(made, key=lambda one: one[0]))
written = st.dictionaries(st.sampled_from("abc"), st.sampled_from(REGIONS))


@given(written, readings, st.integers(2, 40), st.sampled_from([5.0, 60.0]))
def test_lags_agree_with_a_separate_computation_of_each_direction(
    sources: dict[str, str],
    made: list[tuple[float, str, str, Presence]],
    now: int,
    window_s: float,
) -> None:
    writes = ReplicationTracker(REGIONS)
    for item, region in sources.items():
        writes.add_write(
            answered_sample(0.0, region, step=RequestKind.WRITE, item=item, took_s=0.0)
        )
    sightings = [one for one in made if one[0] + 0.01 <= now]
    for at_s, item, region, presence in sightings:
        writes.add_sighting(make_sighting(item, at_s, region, presence))

    expected: dict[str, dict[str, float | None]] = {}
    for to in REGIONS:
        for item, source in sources.items():
            of_item = [
                (at, what) for at, name, where, what in sightings if (name, where) == (item, to)
            ]
            known, lag_s = _judge_direction(of_item, now - window_s)
            if source == to or not known:
                continue
            lags = expected.setdefault(source, {})
            others = [lag for lag in (lags.get(to), lag_s) if lag is not None]
            lags[to] = max(others, default=None)
    assert writes.lags_s(float(now), window_s) == {
        source: {to: lag and pytest.approx(lag) for to, lag in lags.items()}
        for source, lags in expected.items()
    }


def _judge_direction(
    readings: list[tuple[float, Presence]], since_s: float
) -> tuple[bool, float | None]:
    """Whether an item's readings in a Region are recent enough to count, and the lag they show."""
    first = next((n for n, (_, what) in enumerate(readings) if what is Presence.PRESENT), None)
    before = readings if first is None else readings[:first]
    failed = any(at + 0.01 >= since_s and what is Presence.UNREADABLE for at, what in before)
    if first is None:
        missed = [at + 0.01 for at, what in before if what is Presence.ABSENT]
        lag_s = max((at for at in missed if at >= since_s), default=None)
    else:
        arrived_s = readings[first][0] + 0.01
        unread = bool(before) and before[-1][1] is Presence.UNREADABLE
        lag_s = arrived_s if arrived_s >= since_s and not unread else None
    return failed or lag_s is not None, lag_s
