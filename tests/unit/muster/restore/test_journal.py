"""The journal of a restore."""

from pathlib import Path

import pytest

from muster.errors import InvalidJournal, UnknownRun
from muster.restore.journal import (
    JOURNAL_FILE,
    Compared,
    ItemSettled,
    RestoreOpened,
    TableDeleted,
    TableRequested,
    create_journal,
    list_names,
    open_journal,
)
from tests.unit.muster.sample_clock import make_clock


def opened(name: str = "one") -> RestoreOpened:
    return RestoreOpened(
        name=name,
        table="items",
        region="eu-central-1",
        account="123456789012",
        before_s=1000.0,
        after_s=1060.0,
        key_names=("id",),
        by="me",
    )


def test_a_journal_adds_up_to_the_state(tmp_path: Path) -> None:
    journal = create_journal(tmp_path, opened(), make_clock())
    journal.append(TableRequested(side="before", table="items-restore-one-before"))
    journal.append(TableRequested(side="after", table="items-restore-one-after"))
    journal.append(Compared(counts={"deleted": 2}))
    journal.append(ItemSettled(key="a", outcome="written"))

    state = journal.state()

    assert state.opened == opened()
    assert state.sides == ("before", "after") == tuple(state.tables)
    assert state.counts == {"deleted": 2}
    assert state.outcomes == {"a": "written"}
    assert not state.cleaned


def test_a_new_comparison_forgets_what_became_of_the_items(tmp_path: Path) -> None:
    """An item that somebody has broken again is brought back again."""
    journal = create_journal(tmp_path, opened(), make_clock())
    journal.append(Compared(counts={"deleted": 1}))
    journal.append(ItemSettled(key="a", outcome="written"))
    journal.append(Compared(counts={"deleted": 1}))

    assert journal.state().outcomes == {}


def test_a_restore_is_cleaned_once_its_last_table_is_deleted(tmp_path: Path) -> None:
    journal = create_journal(tmp_path, opened(), make_clock())
    journal.append(TableRequested(side="before", table="b"))
    journal.append(TableRequested(side="after", table="a"))
    journal.append(TableDeleted(table="b"))
    assert (journal.state().tables, journal.state().cleaned) == ({"after": "a"}, False)
    journal.append(TableDeleted(table="a"))
    assert journal.state().cleaned


def test_a_torn_last_line_is_cut_off(tmp_path: Path) -> None:
    folder = create_journal(tmp_path, opened(), make_clock()).folder
    with (folder / JOURNAL_FILE).open("a") as file:
        file.write('{"at": 1, "kind": "item", "ke')

    with open_journal(tmp_path, "one", make_clock()) as journal:
        journal.append(Compared(counts={}))
        assert journal.state().counts == {}


@pytest.mark.parametrize("line", ["[]", "{}", '{"kind": "item", "key": 7}', "no json"])
def test_a_damaged_line_is_named(tmp_path: Path, line: str) -> None:
    journal = create_journal(tmp_path, opened(), make_clock())
    with (journal.folder / JOURNAL_FILE).open("a") as file:
        file.write(f"{line}\n")

    with pytest.raises(InvalidJournal, match="line 2"):
        journal.state()


def test_two_processes_do_not_work_on_one_restore(tmp_path: Path) -> None:
    create_journal(tmp_path, opened(), make_clock())

    with (
        open_journal(tmp_path, "one", make_clock()),
        pytest.raises(InvalidJournal, match="another process"),
        open_journal(tmp_path, "one", make_clock()),
    ):
        pass


def test_a_name_is_used_once_and_an_unknown_one_is_refused_with_those_there_are(
    tmp_path: Path,
) -> None:
    create_journal(tmp_path, opened(), make_clock())
    create_journal(tmp_path, opened("two"), make_clock())

    with pytest.raises(InvalidJournal, match="there already"):
        create_journal(tmp_path, opened(), make_clock())
    with pytest.raises(UnknownRun, match="one, two"), open_journal(tmp_path, "x", make_clock()):
        pass
    mistyped = open_journal(tmp_path, "onee", make_clock())
    with pytest.raises(UnknownRun, match=r"; did you mean one\?$"), mistyped:
        pass
    assert list_names(tmp_path) == ["one", "two"]


def test_other_users_cannot_read_it(tmp_path: Path) -> None:
    folder = create_journal(tmp_path, opened(), make_clock()).folder

    assert folder.stat().st_mode & 0o077 == 0
    assert (folder / JOURNAL_FILE).stat().st_mode & 0o077 == 0
