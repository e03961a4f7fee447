"""The journal gives back what was appended, and knows damage from a torn end."""

import dataclasses
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.control.call_journal import (
    WORTH_COMPACTING,
    CallEntry,
    make_call_entry,
    open_call_journal,
)
from twin.errors import StartFailed, StateCorrupt


def written(path: Path, *bodies: bytes) -> tuple[CallEntry, ...]:
    """A journal with these calls in it."""
    entries = tuple(
        make_call_entry(number, 100.0 + number, "POST", "/", {"a": "b"}, body)
        for number, body in enumerate(bodies, start=1)
    )
    with open_call_journal(path, 99.0) as log:
        for value in entries:
            log.append(value)
    return entries


def read(path: Path) -> tuple[CallEntry, ...]:
    """All entries of a journal."""
    with open_call_journal(path, 0.0) as log:
        assert log.birth.born == 99.0
        return tuple(log.entries())


@given(st.lists(st.binary(max_size=200), max_size=8))
def test_what_was_appended_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, bodies: list[bytes]
) -> None:
    path = tmp_path_factory.mktemp("journal") / "journal"

    entries = written(path, *bodies)

    assert read(path) == entries
    assert [entry.raw_body for entry in entries] == bodies


def test_it_goes_on_where_it_ended(tmp_path: Path) -> None:
    first = written(tmp_path / "journal", b"one")
    second = make_call_entry(2, 200.0, "PUT", "/x", {}, b"two")
    with open_call_journal(tmp_path / "journal", 0.0) as log:
        assert tuple(log.entries()) == first
        log.append(second)

    assert read(tmp_path / "journal") == (*first, second)


@given(st.data())
def test_a_torn_end_is_cut_off(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("journal") / "journal"
    entries = written(path, b"one", b"two", b"three")
    content = path.read_bytes()
    last = len(content) - content.rstrip(b"\n").rfind(b"\n") - 1
    path.write_bytes(content[: -data.draw(st.integers(1, last))])

    kept = read(path)
    with open_call_journal(path, 0.0) as log:
        assert tuple(log.entries()) == kept
        log.append(entries[2])

    assert kept == entries[:2]
    assert read(path) == entries


@given(st.data())
def test_damage_before_the_end_is_named(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("journal") / "journal"
    written(path, b"one", b"two", b"three")
    lines = path.read_bytes().splitlines(keepends=True)
    number = data.draw(st.integers(0, 2))
    place = data.draw(st.integers(0, len(lines[number]) - 2))
    damaged = bytearray(lines[number])
    damaged[place] ^= 1
    lines[number] = bytes(damaged)
    path.write_bytes(b"".join(lines))

    with pytest.raises(StateCorrupt, match=f"line {number + 1}: "):
        read(path)


def test_a_missing_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    written(path, b"one", b"two", b"three")
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:2], *lines[3:]]))

    with pytest.raises(
        StateCorrupt, match="line 3: entry 3 follows entry 2, here it comes after 1"
    ):
        read(path)


def test_a_journal_torn_at_birth_is_born_again(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    written(path)
    path.write_bytes(path.read_bytes()[:-3])

    with open_call_journal(path, 7.0) as log:
        assert log.birth.born == 7.0
        assert tuple(log.entries()) == ()


# -- compaction


def compact(path: Path, left_out: Collection[int]) -> int:
    """Leave these numbers out."""

    def void(entries: Iterator[CallEntry]) -> Collection[int]:
        assert [entry.number for entry in entries] != []
        return left_out

    with open_call_journal(path, 0.0) as log:
        return log.compact(void)


def filled(path: Path, count: int = WORTH_COMPACTING + 20) -> tuple[CallEntry, ...]:
    """A journal with enough in it."""
    return written(path, *(b"body %d" % number for number in range(count)))


@given(st.data())
def test_a_compacted_journal_has_the_rest_unchanged_and_goes_on(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("journal") / "journal"
    expected = list(filled(path, 2 * WORTH_COMPACTING + 40))
    for _ in range(2):
        numbers = [entry.number for entry in expected[:-1]]
        kept = data.draw(st.sets(st.sampled_from(numbers), max_size=20), "kept")
        able = [number for number in numbers if number not in kept]
        left_out = data.draw(st.just(able) | st.just(able[:WORTH_COMPACTING]), "left out")

        assert compact(path, left_out) == len(left_out) * (len(left_out) >= WORTH_COMPACTING)
        if len(left_out) >= WORTH_COMPACTING:
            expected = [entry for entry in expected if entry.number not in left_out]
        more = make_call_entry(expected[-1].number + 1, 300.0, "PUT", "/more", {}, b"")
        with open_call_journal(path, 0.0) as log:
            list(log.entries())
            log.append(more)
        expected.append(more)

    assert [dataclasses.replace(entry, follows=None) for entry in read(path)] == expected


def test_what_is_appended_after_compacting_without_reopening_is_there(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    entries = filled(path)
    more = make_call_entry(len(entries) + 1, 300.0, "PUT", "/more", {}, b"")

    with open_call_journal(path, 0.0) as log:
        log.compact(lambda _: range(2, len(entries)))
        numbers = [entry.number for entry in log.entries()]
        log.append(more)

    assert numbers == [1, len(entries)]
    assert [entry.number for entry in read(path)] == [*numbers, more.number]


def test_a_line_that_is_missing_after_compaction_is_named(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    count = len(filled(path))
    compact(path, range(3, count - 1))
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:2], *lines[3:]]))

    with pytest.raises(StateCorrupt, match=f"line 3: entry {count - 1} follows entry 2, here"):
        read(path)


def test_a_few_entries_are_not_worth_it(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    filled(path)
    before = path.read_bytes()

    assert compact(path, range(1, WORTH_COMPACTING)) == 0
    assert path.read_bytes() == before


def test_a_journal_that_cannot_be_written_anew_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    entries = filled(path)
    (tmp_path / "journal.draft").mkdir()

    assert compact(path, range(1, WORTH_COMPACTING + 1)) == 0
    assert read(path) == entries


def test_half_a_draft_that_a_crash_left_is_of_no_account(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    entries = filled(path)
    (tmp_path / "journal.draft").write_bytes(path.read_bytes()[:150])

    assert read(path) == entries
    assert compact(path, range(1, len(entries))) == len(entries) - 1
    assert [entry.number for entry in read(path)] == [len(entries)]


def test_a_journal_has_one_process(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    with (
        open_call_journal(path, 0.0),
        pytest.raises(StartFailed, match="another process of control has it open"),
    ):
        open_call_journal(path, 0.0)

    with open_call_journal(path, 0.0) as log:
        assert tuple(log.entries()) == ()
