"""Last writer wins: stamps, versions, outboxes, and that all Regions end up the same."""

from dataclasses import dataclass, field

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from twin.core.tables.replication import (
    Outbox,
    PendingVersion,
    Stamp,
    VersionStamps,
    stamp_local_write,
    stamp_wins,
)

REGIONS = ("eu-central-1", "us-west-2", "ap-south-1")
ITEMS = ("a", "b", "c")
ALL = 1_000_000


def pending(
    sequence: int, item: str = "a", time_us: int = 0, table: str = "t"
) -> PendingVersion[str]:
    stamp = Stamp(time_us or sequence, "eu-central-1")
    return PendingVersion(sequence, table, item, stamp, float(sequence), f"v{sequence}", 10)


def take_sequences(outbox: Outbox[str], now: float = 100.0, count: int = ALL) -> list[int]:
    return [version.sequence for version in outbox.take_batch(now, count=count, size=ALL)]


def test_a_later_stamp_wins_whatever_its_region() -> None:
    """Last writer wins, per item.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
    """
    assert stamp_wins(Stamp(2, "a"), Stamp(1, "z"))
    assert not stamp_wins(Stamp(1, "z"), Stamp(2, "a"))


def test_equal_times_are_decided_by_the_region_s_name_the_same_everywhere() -> None:
    assert stamp_wins(Stamp(1, "us-west-2"), Stamp(1, "eu-central-1"))
    assert not stamp_wins(Stamp(1, "eu-central-1"), Stamp(1, "us-west-2"))


def test_receiving_a_version_twice_changes_nothing() -> None:
    assert not stamp_wins(Stamp(1, "a"), Stamp(1, "a"))


@pytest.mark.parametrize(
    ("now_us", "last_us", "existing_us", "expected"),
    [(50, 10, 10, 50), (5, 10, 7, 11), (5, 7, 10, 11), (5, 0, None, 5)],
)
def test_a_local_write_is_later_than_all_it_replaces_even_if_the_clock_is_slow(
    now_us: int, last_us: int, existing_us: int | None, expected: int
) -> None:
    existing = None if existing_us is None else Stamp(existing_us, "us-west-2")

    stamp = stamp_local_write("eu-central-1", now_us=now_us, last_us=last_us, replaced=[existing])

    assert stamp == Stamp(expected, "eu-central-1")


def test_an_older_put_does_not_restore_a_deleted_item() -> None:
    versions = VersionStamps()
    versions.apply("a", Stamp(5, "x"), deleted=True)

    assert not versions.apply("a", Stamp(4, "y"), deleted=False)
    assert versions.apply("a", Stamp(6, "y"), deleted=False)
    assert versions.tombstones == {}


def test_only_old_tombstones_are_dropped() -> None:
    versions = VersionStamps()
    versions.apply("old", Stamp(5, "x"), deleted=True)
    versions.apply("new", Stamp(9, "x"), deleted=True)

    assert versions.drop_tombstones_before(9) == ("old",)
    assert versions.get("new") == Stamp(9, "x")


def test_a_version_waits_for_its_lag() -> None:
    outbox: Outbox[str] = Outbox()
    outbox.enqueue(pending(1), due_s=10.0)

    assert take_sequences(outbox, now=9.9) == []
    assert outbox.next_due_s == 10.0
    assert take_sequences(outbox, now=10.0) == [1]


def test_pending_versions_of_one_item_are_folded_into_the_newest() -> None:
    outbox: Outbox[str] = Outbox()
    for number in (1, 2, 3):
        outbox.enqueue(pending(number), due_s=1.0)

    assert take_sequences(outbox) == [3]
    assert len(outbox) == 1


def test_a_later_version_that_is_due_first_is_not_followed_by_the_older_one() -> None:
    outbox: Outbox[str] = Outbox()
    outbox.enqueue(pending(1), due_s=5.0)
    outbox.enqueue(pending(2), due_s=1.0)
    outbox.advance(2.0)
    outbox.advance(6.0)

    assert len(outbox) == 1
    assert take_sequences(outbox) == [2]


def test_unacknowledged_versions_are_sent_again() -> None:
    outbox: Outbox[str] = Outbox()
    outbox.enqueue(pending(1), due_s=0.0)
    batch = outbox.take_batch(1.0, count=9, size=ALL)
    outbox.requeue(batch)

    assert take_sequences(outbox) == [1]
    assert outbox.position == 0


def test_the_position_is_below_all_pending_versions() -> None:
    outbox: Outbox[str] = Outbox()
    for number, item in ((1, "a"), (2, "b"), (3, "c")):
        outbox.enqueue(pending(number, item), due_s=0.0)
    batch = outbox.take_batch(1.0, count=9, size=ALL)
    outbox.acknowledge(batch[1:])

    assert outbox.position == 0
    outbox.acknowledge(batch[:1])
    assert outbox.position == 3


def test_a_recovered_position_drops_acknowledged_versions_even_if_they_are_ready() -> None:
    outbox: Outbox[str] = Outbox()
    outbox.enqueue(pending(1, "a"), due_s=0.0)
    outbox.enqueue(pending(2, "b"), due_s=0.0)
    outbox.advance(1.0)
    outbox.acknowledge_up_to(1)

    assert take_sequences(outbox) == [2]
    assert outbox.position == 1


def test_a_batch_is_bounded_by_count_and_by_size_but_never_empty() -> None:
    outbox: Outbox[str] = Outbox()
    for number, item in ((1, "a"), (2, "b"), (3, "c")):
        outbox.enqueue(pending(number, item), due_s=0.0)

    assert take_sequences(outbox, count=1) == [1]
    assert [o.sequence for o in outbox.take_batch(9.0, count=9, size=1)] == [2]


def test_a_table_that_the_peer_no_longer_has_is_dropped() -> None:
    outbox: Outbox[str] = Outbox()
    outbox.enqueue(pending(1, "a", table="gone"), due_s=0.0)
    outbox.enqueue(pending(2, "a", table="kept"), due_s=0.0)
    outbox.advance(1.0)
    outbox.drop_table("gone")

    assert take_sequences(outbox) == [2]


def test_the_oldest_pending_stamp_is_known_by_table() -> None:
    outbox: Outbox[str] = Outbox()
    outbox.enqueue(pending(1, "a", time_us=30), due_s=0.0)
    outbox.enqueue(pending(2, "b", time_us=20), due_s=0.0)

    assert outbox.oldest_stamp_us("t") == 20
    assert outbox.oldest_stamp_us("other") is None


@dataclass
class Copy:
    """One Region, implemented as the module docstring describes."""

    region: str
    clock_us: int
    versions: VersionStamps = field(default_factory=VersionStamps)
    content: dict[str, str] = field(default_factory=dict)
    outboxes: dict[str, Outbox[str | None]] = field(default_factory=dict)
    positions: dict[str, int] = field(default_factory=dict)
    written: list[tuple[int, str, Stamp, str | None]] = field(default_factory=list)
    last_us: int = 0
    paused: bool = False

    def write(self, item: str, value: str | None) -> Stamp:
        stamp = stamp_local_write(
            self.region,
            now_us=self.clock_us,
            last_us=self.last_us,
            replaced=[self.versions.get(item)],
        )
        self.last_us = stamp.time_us
        assert self.apply(item, stamp, value)
        self.written.append((len(self.written) + 1, item, stamp, value))
        for peer in self.outboxes:
            self.enqueue(peer, *self.written[-1])
        return stamp

    def enqueue(self, peer: str, number: int, item: str, stamp: Stamp, value: str | None) -> None:
        version = PendingVersion(number, "t", item, stamp, 0.0, value)
        self.outboxes[peer].enqueue(version, due_s=0.0)

    def apply(self, item: str, stamp: Stamp, value: str | None) -> bool:
        if not self.versions.apply(item, stamp, deleted=value is None):
            return False
        self.content.pop(item, None)
        if value is not None:
            self.content[item] = value
        return True

    def restart(self) -> None:
        """Keep only what the log has: the copy, the writes, the positions."""
        for peer in self.outboxes:
            self.outboxes[peer] = Outbox()
            for entry in self.written:
                self.enqueue(peer, *entry)
            self.outboxes[peer].acknowledge_up_to(self.positions.get(peer, 0))


class Replication(RuleBasedStateMachine):
    """Writes, deliveries in any order and twice, pauses, restarts; then everything is delivered."""

    def __init__(self) -> None:
        super().__init__()
        self.copies = {
            region: Copy(region, clock_us=1000 * skew) for skew, region in enumerate(REGIONS)
        }
        for copy in self.copies.values():
            copy.outboxes = {peer: Outbox() for peer in REGIONS if peer != copy.region}
        self.greatest: dict[str, tuple[Stamp, str | None]] = {}
        self.count = 0

    @rule(region=st.sampled_from(REGIONS), item=st.sampled_from(ITEMS), delete=st.booleans())
    def write(self, region: str, item: str, delete: bool) -> None:
        self.count += 1
        value = None if delete else f"{region} {self.count}"
        stamp = self.copies[region].write(item, value)

        assert self.copies[region].content.get(item) == value
        if item not in self.greatest or stamp > self.greatest[item][0]:
            self.greatest[item] = (stamp, value)

    @rule(region=st.sampled_from(REGIONS), by_us=st.integers(-500, 500))
    def let_time_pass_or_set_the_clock(self, region: str, by_us: int) -> None:
        self.copies[region].clock_us += by_us

    @rule(
        source=st.sampled_from(REGIONS),
        to=st.sampled_from(REGIONS),
        count=st.integers(1, 3),
        lost=st.booleans(),
        backwards=st.booleans(),
    )
    def deliver(self, source: str, to: str, count: int, lost: bool, backwards: bool) -> None:
        """When the acknowledgement is lost, the batch is sent again."""
        if source == to or self.copies[source].paused or self.copies[to].paused:
            return
        outbox = self.copies[source].outboxes[to]
        batch = outbox.take_batch(1.0, count=count, size=ALL)
        for version in reversed(batch) if backwards else batch:
            self.copies[to].apply(str(version.item), version.stamp, version.payload)
        if lost:
            outbox.requeue(batch)
        else:
            outbox.acknowledge(batch)
            self.copies[source].positions[to] = outbox.position

    @rule(region=st.sampled_from(REGIONS), paused=st.booleans())
    def pause(self, region: str, paused: bool) -> None:
        self.copies[region].paused = paused

    @rule(region=st.sampled_from(REGIONS))
    def restart(self, region: str) -> None:
        self.copies[region].restart()

    @invariant()
    def no_copy_has_a_stamp_newer_than_the_last_write(self) -> None:
        for copy in self.copies.values():
            for item in ITEMS:
                stamp = copy.versions.get(item)
                assert stamp is None or stamp <= self.greatest[item][0]

    def teardown(self) -> None:
        for copy in self.copies.values():
            copy.paused = False
        for source in REGIONS:
            for target in self.copies[source].outboxes:
                while len(self.copies[source].outboxes[target]):
                    self.deliver(source, target, 3, False, False)
        expected = {i: value for i, (_, value) in self.greatest.items() if value is not None}
        for copy in self.copies.values():
            assert copy.content == expected


TestReplication = Replication.TestCase
TestReplication.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
