"""A table's earlier states, rebuilt from what its changes replaced."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.twin.region.tables.recovery_calls import enable_recovery
from tests.unit.twin.region.tables.simulated_regions import HOME, NOW, PEER, SimulatedRegion
from twin.region.tables.storage import history
from twin.region.tables.storage.history import TableHistory
from twin.region.tables.storage.recovery import snapshot_records

STEPS = st.lists(
    st.tuples(
        st.sampled_from(("put", "delete", "wait", "restart")),
        st.sampled_from("abc"),
        st.integers(0, 9),
    ),
    max_size=25,
)


def state_at(region: SimulatedRegion, at_s: float) -> dict[str, str]:
    """Values by item, from the region's history."""
    state = region.store.tables["tab"]
    present = ((state.item_key({"id": i["id"]}), i) for i in region.engine.all_images("tab"))
    images = region.store.histories.images_at(state, at_s, present)
    return {image["id"]["S"]: image["v"]["S"] for image in images.values()}


@given(steps=STEPS)
@settings(max_examples=60, deadline=None)
def test_every_state_since_recovery_was_switched_on_comes_back(
    steps: list[tuple[str, str, int]],
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html"""
    with TemporaryDirectory() as folder:
        region = SimulatedRegion(Path(folder))
        region.create()
        region.put("a", "before")
        enable_recovery(region)
        expected, moments = {"a": "before"}, []
        for action, item, value in steps:
            region.clock.seconds += 1
            if action == "put":
                region.put(item, str(value))
                expected[item] = str(value)
            elif action == "delete":
                region.delete(item)
                expected.pop(item, None)
            elif action == "restart":
                region.restart()
            moments.append((region.clock.now() + 0.5, dict(expected)))
        found = [state_at(region, moment_s) for moment_s, _ in moments]
        region.wal.close()

    assert found == [state for _, state in moments]


def test_a_start_forgets_what_is_older_than_the_snapshot(home: SimulatedRegion) -> None:
    enable_recovery(home)
    home.put("a", "1")
    home.clock.seconds += 100
    snapshot = home.wal.begin_snapshot()
    for text in snapshot_records(home.store):
        snapshot.write(text)
    home.wal.finish_snapshot(snapshot)
    home.clock.seconds += 100
    home.put("a", "2")
    state = home.store.tables["tab"]
    assert home.store.histories.earliest_s(state) == NOW

    home.restart()

    state = home.store.tables["tab"]
    assert home.store.histories.earliest_s(state) == NOW + 100
    assert state_at(home, NOW + 150) == {"a": "1"}


def test_replicated_changes_belong_to_the_history(
    home: SimulatedRegion, peer: SimulatedRegion
) -> None:
    enable_recovery(peer)
    home.put("a", "1")
    home.clock.seconds += 10
    peer.store.receive(home.send_to(PEER))

    assert state_at(peer, NOW + 5) == {}
    assert state_at(peer, NOW + 11) == {"a": "1"}


def test_a_table_without_recovery_keeps_nothing(home: SimulatedRegion) -> None:
    home.put("a", "1")
    home.clock.seconds += 1
    home.put("a", "2")

    assert state_at(home, NOW + 0.5) == {"a": "2"}


def test_a_history_ends_when_recovery_is_switched_off(home: SimulatedRegion) -> None:
    enable_recovery(home)
    home.put("a", "1")
    home.clock.seconds += 1
    home.put("a", "2")
    assert state_at(home, NOW + 0.5) == {"a": "1"}

    enable_recovery(home, enabled=False)

    assert state_at(home, NOW + 0.5) == {"a": "2"}
    home.restart()
    assert state_at(home, NOW + 0.5) == {"a": "2"}


def test_the_oldest_changes_are_dropped_when_there_are_too_many() -> None:
    kept = TableHistory(since_s=0.0)
    for number in range(history.MAX_CHANGES + 2):
        kept.add(float(number), str(number), None)

    assert kept.since_s == 1.0
    assert len(kept.replaced_since(0.0)) == history.MAX_CHANGES


def test_the_oldest_changes_are_dropped_when_their_items_are_too_large() -> None:
    kept = TableHistory(since_s=0.0)
    before = {"id": {"S": "a"}, "v": {"B": "A" * 400_000}}
    count = history.MAX_BYTES // 300_000
    for number in range(count + 5):
        kept.add(float(number), str(number), before)

    assert kept.since_s in range(4, 9)
    assert len(kept.replaced_since(0.0)) <= count


def test_changes_older_than_the_recovery_period_are_dropped() -> None:
    kept = TableHistory(since_s=0.0)
    for number in range(5):
        kept.add(float(number), str(number), None)
    kept.forget_before(3.0)

    assert kept.since_s == 2.0
    assert set(kept.replaced_since(0.0)) == {"3", "4"}


def test_a_clock_that_goes_back_does_not_reorder_changes() -> None:
    kept = TableHistory(since_s=0.0)
    kept.add(10.0, "a", None)
    kept.add(5.0, "a", {"v": {"S": "1"}})

    assert kept.replaced_since(9.0) == {"a": None}
    assert kept.replaced_since(10.0) == {}


def test_a_dropped_table_takes_its_history_along(tmp_path: Path) -> None:
    region = SimulatedRegion(tmp_path / HOME)
    region.create()
    enable_recovery(region)
    region.put("a", "1")
    state = region.store.tables["tab"]
    region.store.commit_drop("tab")
    region.wal.close()

    assert region.store.histories.images_at(state, 0.0, ()) == {}
