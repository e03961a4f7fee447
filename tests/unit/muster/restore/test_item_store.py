"""The file of items."""

from contextlib import closing
from pathlib import Path

import pytest

from muster.errors import InvalidJournal
from muster.restore.comparison import ItemStates
from muster.restore.item_store import ItemStore, Progress


def test_what_was_read_survives_the_process_with_how_far_it_was(tmp_path: Path) -> None:
    path = tmp_path / "items.sqlite"
    with closing(ItemStore(path)) as store:
        store.add_page("before", [("a", "A"), ("b", "B")], "b")
        store.add_page("live", [("a", "A2")], None)

    with closing(ItemStore(path)) as store:
        assert store.progress("before") == Progress("b", done=False)
        assert store.progress("live").done
        assert store.progress("after") == Progress()
        assert store.count("before") == 2


def test_a_page_that_is_read_twice_counts_once(tmp_path: Path) -> None:
    with closing(ItemStore(tmp_path / "items.sqlite")) as store:
        store.add_page("before", [("a", "A")], "a")
        store.add_page("before", [("a", "A")], "a")

        assert store.count("before") == 1


def test_states_join_the_tables_by_key(tmp_path: Path) -> None:
    with closing(ItemStore(tmp_path / "items.sqlite")) as store:
        store.add_page("before", [("a", "A"), ("b", "B")], None)
        store.add_page("after", [("b", "B"), ("c", "C")], None)
        store.add_page("live", [("c", "C2")], None)

        assert list(store.states(has_after=True)) == [
            ItemStates(key="a", before="A", after=None, live=None),
            ItemStates(key="b", before="B", after="B", live=None),
            ItemStates(key="c", before=None, after="C", live="C2"),
        ]
        assert [one.after for one in store.states(has_after=False)] == [None, None, "C2"]


def test_a_forgotten_table_is_read_anew(tmp_path: Path) -> None:
    with closing(ItemStore(tmp_path / "items.sqlite")) as store:
        store.add_page("live", [("a", "A")], None)
        store.add_page("before", [("a", "A")], None)
        store.forget("live")

        assert store.progress("live") == Progress()
        assert (store.count("live"), store.count("before")) == (0, 1)


def test_only_its_owner_reads_the_file(tmp_path: Path) -> None:
    path = tmp_path / "items.sqlite"
    ItemStore(path).close()

    assert path.stat().st_mode & 0o777 == 0o600


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "items.sqlite"
    path.write_text("something else, and long enough to be read as a header" * 4)

    with pytest.raises(InvalidJournal, match=r"items\.sqlite"):
        ItemStore(path)
