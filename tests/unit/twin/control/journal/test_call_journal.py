"""The journal returns what was appended, and tells damage from a torn end."""

import dataclasses
import os
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.files.append_log import encode_line
from twin.control.journal.call_journal import (
    MIN_COMPACTED_ENTRIES,
    CallEntry,
    JournalHeader,
    make_call_entry,
    open_call_journal,
)
from twin.errors import StartFailed
from twin.moto.calls.aws_call import AwsCall, AwsResponse
from twin.runtime.damaged_state import find_damaged

DRAFT = f".journal.{os.getpid()}.new"
"""The file that compaction writes before it replaces the journal."""


def make_entry(number: int, method: str, url: str, body: bytes) -> CallEntry:
    call = AwsCall(method=method, url=url, headers={"x-amz-target": "Service.Operation"}, body=body)
    return make_call_entry(number, 100.0 + number, call, AwsResponse(status=200, body=b"done"))


def write_journal(path: Path, *bodies: bytes) -> tuple[CallEntry, ...]:
    """Create a journal of calls with these bodies."""
    entries = tuple(
        make_entry(number, "POST", "/", body) for number, body in enumerate(bodies, start=1)
    )
    with open_call_journal(path, 99.0) as journal:
        for entry in entries:
            journal.append(entry)
    return entries


def read_journal(path: Path) -> tuple[CallEntry, ...]:
    with open_call_journal(path, 0.0) as journal:
        assert journal.header.born == 99.0
        return tuple(journal.read_entries())


@given(st.lists(st.binary(max_size=200), max_size=8))
def test_what_was_appended_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, bodies: list[bytes]
) -> None:
    path = tmp_path_factory.mktemp("journal") / "journal"

    entries = write_journal(path, *bodies)

    assert read_journal(path) == entries
    assert [entry.call.body for entry in entries] == bodies


def test_it_goes_on_where_it_ended(tmp_path: Path) -> None:
    first = write_journal(tmp_path / "journal", b"one")
    second = make_entry(2, "PUT", "/x", b"two")
    with open_call_journal(tmp_path / "journal", 0.0) as journal:
        assert tuple(journal.read_entries()) == first
        journal.append(second)

    assert read_journal(tmp_path / "journal") == (*first, second)


@given(st.data())
def test_a_torn_end_is_cut_off(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("journal") / "journal"
    entries = write_journal(path, b"one", b"two", b"three")
    content = path.read_bytes()
    last = len(content) - content.rstrip(b"\n").rfind(b"\n") - 1
    path.write_bytes(content[: -data.draw(st.integers(1, last))])

    kept = read_journal(path)
    with open_call_journal(path, 0.0) as journal:
        assert tuple(journal.read_entries()) == kept
        journal.append(entries[2])

    assert kept == entries[:2]
    assert read_journal(path) == entries


@given(st.data())
def test_damaged_calls_are_set_aside_and_the_others_are_read(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("journal") / "journal"
    entries = list(write_journal(path, b"one", b"two", b"three"))
    lines = path.read_bytes().splitlines(keepends=True)
    number = data.draw(st.integers(1, 2))
    place = data.draw(st.integers(0, len(lines[number]) - 2))
    damaged = bytearray(lines[number])
    damaged[place] ^= 1
    lines[number] = bytes(damaged)
    path.write_bytes(b"".join(lines))

    whole = [entry for entry in entries if entry.number != number]
    assert list(read_journal(path)) == whole
    (kept,) = find_damaged(path.parent)
    assert kept.read_bytes() == bytes(damaged)

    with open_call_journal(path, 0.0) as journal:  # what comes after it is not lost either
        list(journal.read_entries())
        journal.append(make_entry(4, "PUT", "/more", b""))
    assert [entry.number for entry in read_journal(path)] == [*(e.number for e in whole), 4]
    assert find_damaged(path.parent) == (kept,)


def test_a_missing_call_is_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "journal"
    entries = write_journal(path, b"one", b"two", b"three")
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:2], *lines[3:]]))

    assert list(read_journal(path)) == [entries[0], entries[2]]
    assert "the calls after 1 up to 2 are missing" in caplog.text


def test_a_call_that_comes_twice_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    entries = write_journal(path, b"one", b"two")
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines, lines[1], encode_line(b"{}")]))

    assert read_journal(path) == entries


def test_a_damaged_first_line_is_taken_from_the_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    entries = write_journal(path, b"one", b"two")
    born = open_and_close(path).born
    path.write_bytes(b"x" + path.read_bytes()[1:])

    with open_call_journal(path, 9.0, lambda: born) as journal:
        assert journal.header.born == born
        assert tuple(journal.read_entries()) == entries
    assert open_and_close(path).born == born


def test_without_it_a_damaged_first_line_sets_the_journal_aside(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    write_journal(path, b"one", b"two")
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"x" + path.read_bytes()[1:])

    with open_call_journal(path, 9.0) as journal:
        assert journal.header.born == 9.0
        assert list(journal.read_entries()) == []
    kept = b"".join(file.read_bytes() for file in find_damaged(tmp_path))
    assert all(line in kept for line in lines[1:])


def open_and_close(path: Path) -> JournalHeader:
    with open_call_journal(path, 9.0) as journal:
        return journal.header


def test_a_journal_torn_at_birth_is_born_again(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    write_journal(path)
    path.write_bytes(path.read_bytes()[:-3])

    with open_call_journal(path, 7.0) as journal:
        assert journal.header.born == 7.0
        assert tuple(journal.read_entries()) == ()


# -- compaction


def compact(path: Path, left_out: Collection[int]) -> int:
    """Leave these numbers out."""

    def find_superseded(entries: Iterator[CallEntry]) -> Collection[int]:
        assert [entry.number for entry in entries] != []
        return left_out

    with open_call_journal(path, 0.0) as journal:
        return journal.compact(find_superseded)


def write_long_journal(
    path: Path, count: int = MIN_COMPACTED_ENTRIES + 20
) -> tuple[CallEntry, ...]:
    """Create a journal with enough entries to compact."""
    return write_journal(path, *(b"body %d" % number for number in range(count)))


@given(st.data())
def test_a_compacted_journal_has_the_rest_unchanged_and_goes_on(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("journal") / "journal"
    expected = list(write_long_journal(path, 2 * MIN_COMPACTED_ENTRIES + 40))
    for _ in range(2):
        numbers = [entry.number for entry in expected[:-1]]
        kept = data.draw(st.sets(st.sampled_from(numbers), max_size=20), "kept")
        able = [number for number in numbers if number not in kept]
        left_out = data.draw(st.just(able) | st.just(able[:MIN_COMPACTED_ENTRIES]), "left out")

        assert compact(path, left_out) == len(left_out) * (len(left_out) >= MIN_COMPACTED_ENTRIES)
        if len(left_out) >= MIN_COMPACTED_ENTRIES:
            expected = [entry for entry in expected if entry.number not in left_out]
        more = make_entry(expected[-1].number + 1, "PUT", "/more", b"")
        with open_call_journal(path, 0.0) as journal:
            list(journal.read_entries())
            journal.append(more)
        expected.append(more)

    assert [dataclasses.replace(entry, follows=None) for entry in read_journal(path)] == expected


def test_what_is_appended_after_compacting_without_reopening_is_there(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    entries = write_long_journal(path)
    more = make_entry(len(entries) + 1, "PUT", "/more", b"")

    with open_call_journal(path, 0.0) as journal:
        journal.compact(lambda _: range(2, len(entries)))
        numbers = [entry.number for entry in journal.read_entries()]
        journal.append(more)

    assert numbers == [1, len(entries)]
    assert [entry.number for entry in read_journal(path)] == [*numbers, more.number]


def test_a_line_that_is_missing_after_compaction_is_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "journal"
    count = len(write_long_journal(path))
    compact(path, range(3, count - 1))
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:2], *lines[3:]]))

    read_journal(path)

    assert "the calls after 1 up to 2 are missing" in caplog.text


def test_a_few_entries_are_not_worth_it(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    write_long_journal(path)
    before = path.read_bytes()

    assert compact(path, range(1, MIN_COMPACTED_ENTRIES)) == 0
    assert path.read_bytes() == before


def test_a_journal_that_cannot_be_written_anew_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    entries = write_long_journal(path)
    (tmp_path / DRAFT).mkdir()

    assert compact(path, range(1, MIN_COMPACTED_ENTRIES + 1)) == 0
    assert read_journal(path) == entries


def test_half_a_draft_that_a_crash_left_is_of_no_account(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    entries = write_long_journal(path)
    (tmp_path / DRAFT).write_bytes(path.read_bytes()[:150])

    assert read_journal(path) == entries
    assert compact(path, range(1, len(entries))) == len(entries) - 1
    assert [entry.number for entry in read_journal(path)] == [len(entries)]


def test_a_journal_has_one_process(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    with (
        open_call_journal(path, 0.0),
        pytest.raises(StartFailed, match="another process of control has it open"),
    ):
        open_call_journal(path, 0.0)

    with open_call_journal(path, 0.0) as journal:
        assert tuple(journal.read_entries()) == ()
