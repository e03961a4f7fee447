"""Sample items: the request that is printed, and what is stored."""

import json

import pytest

from app.services.bookmarks.sample import SAMPLE_ITEMS
from tests.unit.tools.fake_table import FakeTable
from tools.sample_data import find_sample_items, main, store_missing_items


def test_the_items_of_a_service_are_found() -> None:
    assert find_sample_items("bookmarks") == SAMPLE_ITEMS
    assert find_sample_items("items") == ()
    assert find_sample_items("nowhere") == ()


def test_only_missing_items_are_stored() -> None:
    changed = {**SAMPLE_ITEMS[0], "Bookmark": {"N": "7"}}
    table = FakeTable(changed)

    assert store_missing_items(table, "muster-bookmarks", SAMPLE_ITEMS) == 12
    assert store_missing_items(table, "muster-bookmarks", SAMPLE_ITEMS) == 0
    assert table.items["user100", "AshlandValley"] == changed
    assert len(table.items) == 13


def test_the_request_is_one_that_batch_write_item_takes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["bookmarks", "muster-bookmarks"]) == 0

    (entries,) = json.loads(capsys.readouterr().out).values()
    assert [entry["PutRequest"]["Item"] for entry in entries] == list(SAMPLE_ITEMS)
    assert len(entries) <= 25


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [([], 2, "usage:"), (["items", "x"], 1, "the service 'items' has no sample items")],
)
def test_a_wrong_command_says_what_is_wrong(
    arguments: list[str], code: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == code
    assert message in capsys.readouterr().err
