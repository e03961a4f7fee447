"""The journal: what survives, and what an unusable one says."""

import json
from pathlib import Path

import pytest

from muster.drill import journal
from muster.drill.context import Verdict
from muster.drill.entries import (
    Begun,
    Closed,
    Done,
    Found,
    FoundState,
    Judged,
    Line,
    Noted,
    from_raw,
)
from muster.drill.instructions import Inject, SetDial
from muster.drill.journal import Journal
from muster.drill.state import fold
from muster.errors import JournalWrong
from muster.levers import Fault
from muster.model import Switch
from tests.unit.muster.clocks import HandClock
from tests.unit.muster.drill import making
from tests.unit.muster.drill.making import AWAY
from tests.unit.muster.drill.world import opened

ENTRIES = (
    opened(making.plan("evacuate")),
    Found(state=FoundState(dials={AWAY: 60.0}, switches={AWAY: Switch(why="exam")})),
    Judged(step="m1", verdicts=(Verdict(guard="lease", ruling="ok", reason="free"),)),
    Begun(step="m1", do=SetDial(region=AWAY, percent=35.0)),
    Begun(step="m2", do=Inject(fault=Fault(kind="throttle", region=AWAY, parameters={"n": 1.0}))),
    Done(step="m1", took_s=0.5),
    Closed(status="met", exit_code=0, why="fine"),
)


def written(path: Path) -> tuple[Line, ...]:
    with Journal.create(path, HandClock()) as open_journal:
        return tuple(open_journal.append(entry) for entry in ENTRIES)


def test_entries_come_back_as_they_went(tmp_path: Path) -> None:
    lines = written(tmp_path / "run" / "journal.jsonl")

    assert journal.read(tmp_path / "run" / "journal.jsonl") == lines
    assert [line.n for line in lines] == list(range(1, len(ENTRIES) + 1))
    assert [line.entry for line in lines] == list(ENTRIES)


def test_an_entry_is_on_the_disk_when_append_returns(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    on_disk: list[int] = []

    with Journal.create(
        path, HandClock(), sync=lambda _: on_disk.append(len(journal.read(path)))
    ) as open_journal:
        for entry in ENTRIES:
            open_journal.append(entry)

    assert on_disk == list(range(1, len(ENTRIES) + 1))


def test_a_disk_that_fails_is_told(tmp_path: Path) -> None:
    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    with (
        Journal.create(tmp_path / "journal.jsonl", HandClock(), sync=fail) as open_journal,
        pytest.raises(JournalWrong, match="line 1: can't be written: No space left"),
    ):
        open_journal.append(ENTRIES[0])


def test_every_line_is_flat_json_with_its_kind_and_times(tmp_path: Path) -> None:
    written(tmp_path / "journal.jsonl")

    for line in (tmp_path / "journal.jsonl").read_text().splitlines():
        assert {"n", "at_s", "at", "kind"} <= json.loads(line).keys()


def test_a_torn_tail_is_left_out_and_taken_away(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    lines = written(path)
    whole = path.read_bytes()
    for cut in (1, 20, 40):
        path.write_bytes(whole[:-cut])

        assert journal.read(path) == lines[:-1]
        reopened, found = Journal.reopen(path, HandClock())
        with reopened:
            again = reopened.append(Noted(words="on"))

        assert found == lines[:-1]
        assert again.n == len(lines)
        assert journal.read(path)[-1].entry == Noted(words="on")


def test_one_process_at_a_time_writes(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with Journal.create(path, HandClock()), pytest.raises(JournalWrong, match="another process"):
        Journal.reopen(path, HandClock())


def test_a_journal_is_never_begun_over_another(tmp_path: Path) -> None:
    written(tmp_path / "journal.jsonl")

    with pytest.raises(JournalWrong, match="can't be made"):
        Journal.create(tmp_path / "journal.jsonl", HandClock())


def test_a_journal_is_there_with_its_whole_beginning_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    seen: list[bool] = []

    with Journal.create(path, HandClock(), ENTRIES[:3], sync=lambda _: seen.append(path.exists())):
        pass

    assert seen == [False] * 3
    assert [line.entry for line in journal.read(path)] == list(ENTRIES[:3])
    assert list(tmp_path.iterdir()) == [path]


def test_half_a_beginning_does_not_stand_in_the_way(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    calls = iter(range(3))

    def dies(_: int) -> None:
        if next(calls) == 1:
            raise OSError(28, "No space left on device")

    with pytest.raises(JournalWrong, match="line 2: can't be written"):
        Journal.create(path, HandClock(), ENTRIES, sync=dies)
    assert not path.exists()

    with Journal.create(path, HandClock(), ENTRIES):
        assert [line.entry for line in journal.read(path)] == list(ENTRIES)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"nonsense\n", "line 1: not JSON"),
        (b"[]\n", "is not an object"),
        (b'{"n":1,"at_s":0,"at":0,"kind":"dance"}\n', "kind: 'dance' is not one of opened"),
        (b'{"n":2,"at_s":0,"at":0,"kind":"note","words":"x"}\n', "numbered 2; a line is missing"),
        (b'{"n":1,"at":0,"kind":"note","words":"x"}\n', "must be numbers"),
        (b'{"n":1,"at_s":0,"at":0,"kind":"note"}\n', "words: missing"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: bytes, message: str) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(line)

    with pytest.raises(JournalWrong, match=message):
        journal.read(path)


def test_a_journal_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(JournalWrong, match="can't be read"):
        journal.read(tmp_path / "journal.jsonl")
    with pytest.raises(JournalWrong, match="can't be opened"):
        Journal.reopen(tmp_path / "journal.jsonl", HandClock())


def test_the_first_reading_of_what_was_found_counts() -> None:
    first = FoundState(dials={AWAY: 60.0})

    later = first.joined(FoundState(dials={AWAY: 10.0}, switches={AWAY: Switch()}))

    assert later == FoundState(dials={AWAY: 60.0}, switches={AWAY: Switch()})


def test_a_journal_of_an_older_tool_is_read() -> None:
    """Before it was noted which faults are found, and which are put back."""
    found = '{"n":1,"at_s":0,"at":0,"kind":"found","state":{"dials":{"us-west-2":60.0}}}'
    inject = (
        '{"n":2,"at_s":0,"at":0,"kind":"begun","step":"m1","do":{"kind":"inject",'
        '"fault":{"kind":"throttle","region":"us-west-2","parameters":{}}}}'
    )

    first, second = (from_raw(json.loads(line)).entry for line in (found, inject))

    assert first == Found(state=FoundState(dials={AWAY: 60.0}))
    assert second == Begun(step="m1", do=Inject(fault=Fault(kind="throttle", region=AWAY)))


def test_a_step_that_was_begun_may_have_been_taken(tmp_path: Path) -> None:
    lines = written(tmp_path / "journal.jsonl")

    state = fold(lines[:5])

    assert state.touched.dials == (AWAY,)
    assert [fault.kind for fault in state.touched.faults] == ["throttle"]
    assert state.broken == {AWAY}
    assert [step.id for step in state.left][:2] == ["m1", "m2"]
    assert fold(lines).finished


def test_a_journal_without_an_opening_means_nothing() -> None:
    with pytest.raises(ValueError, match="is empty"):
        fold(())
    with pytest.raises(ValueError, match="does not begin"):
        fold((Line(n=1, at_s=0.0, at=0.0, entry=Noted(words="x")),))
