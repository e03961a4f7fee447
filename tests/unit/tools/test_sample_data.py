"""Sample items: the request that is printed, and what is stored."""

import json
from collections.abc import Callable

import pytest
from botocore.exceptions import EndpointConnectionError

from app.services.bookmarks.sample import SAMPLE_ITEMS
from muster.errors import InvalidStackOutputs
from muster.model import Stack
from tests.unit.muster.sample_stack import make_stack
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


def stack_with(*services: str) -> Callable[[str], Stack]:
    def load(name: str) -> Stack:
        assert name == "prod"
        return make_stack(services={service: f"muster-{service}" for service in services})

    return load


def test_a_stack_gets_the_items_of_its_services_in_its_home_region(
    capsys: pytest.CaptureFixture[str],
) -> None:
    table = FakeTable()
    regions = []

    def client(region: str) -> FakeTable:
        regions.append(region)
        return table

    for _ in range(2):
        assert main(["--stack", "prod"], stack_with("items", "bookmarks"), client) == 0

    assert len(table.items) == 13
    assert regions == ["eu-central-1"] * 2
    assert capsys.readouterr().out == "bookmarks: 13 stored\nbookmarks: all are there\n"


def test_a_stack_whose_services_have_no_items_is_told_so(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--stack", "prod"], stack_with("items"), lambda _: FakeTable()) == 0
    assert capsys.readouterr().out == "no service of stack prod has sample items\n"


def test_a_stack_that_cannot_be_read_or_reached_is_an_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def unreadable(_name: str) -> Stack:
        raise InvalidStackOutputs("outputs.json", "not JSON")

    def unreachable(_region: str) -> FakeTable:
        raise EndpointConnectionError(endpoint_url="https://dynamodb.test")

    assert main(["--stack", "prod"], unreadable, unreachable) == 1
    assert "outputs.json: not JSON" in capsys.readouterr().err
    assert main(["--stack", "prod"], stack_with("bookmarks"), unreachable) == 1
    assert "https://dynamodb.test" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 2, "usage:"),
        (["--stack"], 2, "usage:"),
        (["--stak", "prod"], 2, "usage:"),
        (["items", "x"], 1, "the service 'items' has no sample items"),
    ],
)
def test_a_wrong_command_says_what_is_wrong(
    arguments: list[str], code: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == code
    assert message in capsys.readouterr().err
