"""The journal gives back what was appended, and knows damage from a torn end."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.control import journal
from twin.control.journal import Entry
from twin.errors import StateCorrupt


def written(path: Path, *bodies: bytes) -> tuple[Entry, ...]:
    """A journal with these calls in it."""
    entries = tuple(
        journal.entry(number, 100.0 + number, "POST", "/", {"a": "b"}, body)
        for number, body in enumerate(bodies, start=1)
    )
    with journal.open_journal(path, 99.0) as log:
        for value in entries:
            log.append(value)
    return entries


def read(path: Path) -> tuple[Entry, ...]:
    """All entries of a journal."""
    with journal.open_journal(path, 0.0) as log:
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
    second = journal.entry(2, 200.0, "PUT", "/x", {}, b"two")
    with journal.open_journal(tmp_path / "journal", 0.0) as log:
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
    with journal.open_journal(path, 0.0) as log:
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

    with pytest.raises(StateCorrupt, match="line 3: entry 3, expected 2"):
        read(path)


def test_a_journal_torn_at_birth_is_born_again(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    written(path)
    path.write_bytes(path.read_bytes()[:-3])

    with journal.open_journal(path, 7.0) as log:
        assert log.birth.born == 7.0
        assert tuple(log.entries()) == ()
