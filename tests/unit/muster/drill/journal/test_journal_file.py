"""Writing and reading a journal, and the errors of a damaged one."""

import json
from pathlib import Path

import pytest

from muster.drill.journal.events import NoteAdded
from muster.drill.journal.journal_file import DrillJournal, read_journal
from muster.errors import InvalidJournal
from tests.unit.muster.drill.journal.builders import EVENTS, write_journal
from tests.unit.muster.sample_clock import make_clock


def test_events_are_read_as_they_were_written(tmp_path: Path) -> None:
    lines = write_journal(tmp_path / "run" / "journal.jsonl")

    assert read_journal(tmp_path / "run" / "journal.jsonl") == lines
    assert [line.n for line in lines] == list(range(1, len(EVENTS) + 1))
    assert [line.event for line in lines] == list(EVENTS)


def test_an_event_is_on_the_disk_when_append_returns(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    on_disk: list[int] = []

    with DrillJournal.create(
        path, make_clock(), sync=lambda _: on_disk.append(len(read_journal(path)))
    ) as open_journal:
        for event in EVENTS:
            open_journal.append(event)

    assert on_disk == list(range(1, len(EVENTS) + 1))


def test_a_disk_error_is_reported(tmp_path: Path) -> None:
    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    with (
        DrillJournal.create(tmp_path / "journal.jsonl", make_clock(), sync=fail) as open_journal,
        pytest.raises(InvalidJournal, match="line 1: can't be written: No space left"),
    ):
        open_journal.append(EVENTS[0])


def test_every_line_is_flat_json_with_its_kind_and_times(tmp_path: Path) -> None:
    write_journal(tmp_path / "journal.jsonl")

    for line in (tmp_path / "journal.jsonl").read_text().splitlines():
        assert {"n", "at_s", "at", "kind"} <= json.loads(line).keys()


def test_a_torn_tail_is_ignored_and_truncated(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    lines = write_journal(path)
    whole = path.read_bytes()
    for cut in (1, 20, 40):
        path.write_bytes(whole[:-cut])

        assert read_journal(path) == lines[:-1]
        reopened, found = DrillJournal.reopen(path, make_clock())
        with reopened:
            again = reopened.append(NoteAdded(words="on"))

        assert found == lines[:-1]
        assert again.n == len(lines)
        assert read_journal(path)[-1].event == NoteAdded(words="on")


def test_one_process_at_a_time_may_write(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with (
        DrillJournal.create(path, make_clock()),
        pytest.raises(InvalidJournal, match="another process"),
    ):
        DrillJournal.reopen(path, make_clock())


def test_a_journal_is_never_created_over_another(tmp_path: Path) -> None:
    write_journal(tmp_path / "journal.jsonl")

    with pytest.raises(InvalidJournal, match="can't be made"):
        DrillJournal.create(tmp_path / "journal.jsonl", make_clock())


def test_a_new_journal_appears_with_all_its_first_events_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    seen: list[bool] = []

    with DrillJournal.create(
        path, make_clock(), EVENTS[:3], sync=lambda _: seen.append(path.exists())
    ):
        pass

    assert seen == [False] * 3
    assert [line.event for line in read_journal(path)] == list(EVENTS[:3])
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_creation_does_not_prevent_the_next_one(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    calls = iter(range(3))

    def fail_once(_: int) -> None:
        if next(calls) == 1:
            raise OSError(28, "No space left on device")

    with pytest.raises(InvalidJournal, match="line 2: can't be written"):
        DrillJournal.create(path, make_clock(), EVENTS, sync=fail_once)
    assert not path.exists()

    with DrillJournal.create(path, make_clock(), EVENTS):
        assert [line.event for line in read_journal(path)] == list(EVENTS)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"nonsense\n", "line 1: not JSON"),
        (b"[]\n", "is not an object"),
        (b'{"n":1,"at_s":0,"at":0,"kind":"dance"}\n', "kind: invalid value 'dance'"),
        (b'{"n":2,"at_s":0,"at":0,"kind":"note","words":"x"}\n', "numbered 2; a line is missing"),
        (b'{"n":1,"at":0,"kind":"note","words":"x"}\n', "must be numbers"),
        (b'{"n":1,"at_s":0,"at":0,"kind":"note"}\n', "words: missing"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: bytes, message: str) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(line)

    with pytest.raises(InvalidJournal, match=message):
        read_journal(path)


def test_a_missing_journal_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InvalidJournal, match="can't be read"):
        read_journal(tmp_path / "journal.jsonl")
    with pytest.raises(InvalidJournal, match="can't be opened"):
        DrillJournal.reopen(tmp_path / "journal.jsonl", make_clock())
