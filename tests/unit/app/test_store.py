"""Reading and writing items within a time budget."""

import inspect
from typing import Any

import botocore.exceptions
import botocore.parsers
import pytest
from botocore.exceptions import ClientError

from app.errors import TableUnavailable
from app.store import MAX_ATTEMPT_S, Item, as_table_unavailable, make_time_budget
from tests.unit.app.fakes import TABLE, FunctionWorld

ENDPOINT = "https://dynamodb.us-west-2.amazonaws.com"
CLOSED = botocore.exceptions.ConnectionClosedError(endpoint_url=ENDPOINT)
SLOW = botocore.exceptions.ReadTimeoutError(endpoint_url=ENDPOINT)


def service_error(code: str, status: int = 400) -> ClientError:
    metadata: Any = {"HTTPStatusCode": status}
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": metadata}, "GetItem")


def test_a_written_item_is_read() -> None:
    world = FunctionWorld()
    item = Item(item_id="a", value="This item is coming from us-west-2", written_in="us-west-2")

    world.store.write(item)

    assert world.store.read("a") == item
    assert world.dynamo.items[TABLE, "a"] == {
        "item_id": {"S": "a"},
        "value": {"S": "This item is coming from us-west-2"},
        "region": {"S": "us-west-2"},
    }


def test_an_item_of_another_writer_may_lack_attributes() -> None:
    world = FunctionWorld()
    world.dynamo.declare_item(TABLE, "a", value={"N": "3"})

    assert world.store.read("a") == Item(item_id="a", value=None, written_in=None)


def test_a_missing_item_is_none() -> None:
    assert FunctionWorld().store.read("a") is None


@pytest.mark.parametrize(
    "failure", [CLOSED, SLOW, service_error("ThrottlingException"), service_error("X", 500)]
)
def test_a_transient_failure_is_retried_once(failure: Exception) -> None:
    world = FunctionWorld()
    world.dynamo.declare_item(TABLE, "a")
    world.dynamo.declare_failures(TABLE, failure)

    assert world.store.read("a") is not None
    assert len(world.dynamo.calls) == 2


def test_a_second_failure_is_not_retried() -> None:
    world = FunctionWorld()
    world.dynamo.declare_broken(TABLE, CLOSED)

    with pytest.raises(TableUnavailable):
        world.store.read("a")

    assert len(world.dynamo.calls) == 2


@pytest.mark.parametrize("code", ["AccessDeniedException", "ResourceNotFoundException"])
def test_a_permanent_failure_is_not_retried(code: str) -> None:
    world = FunctionWorld()
    world.dynamo.declare_broken(TABLE, service_error(code))

    with pytest.raises(TableUnavailable, match=code):
        world.store.write(Item(item_id="a", value=None, written_in=None))

    assert len(world.dynamo.calls) == 1


def test_no_attempt_starts_that_could_end_after_the_deadline() -> None:
    world = FunctionWorld()
    world.dynamo.declare_broken(TABLE, SLOW)
    world.dynamo.failing_takes_s = 1.1

    with pytest.raises(TableUnavailable):
        world.store.read("a")

    assert len(world.dynamo.calls) == 1


def test_a_given_deadline_is_kept() -> None:
    world = FunctionWorld()
    world.dynamo.declare_broken(TABLE, SLOW)

    with pytest.raises(TableUnavailable):
        world.store.probe(world.clock.monotonic() + 0.4)

    assert len(world.dynamo.calls) == 1


def test_every_error_of_the_client_becomes_table_unavailable() -> None:
    """So none of botocore's errors can turn into a 500."""
    classes = [
        cls
        for cls in vars(botocore.exceptions).values()
        if inspect.isclass(cls)
        and issubclass(cls, (botocore.exceptions.BotoCoreError, ClientError))
    ]
    assert len(classes) > 50

    for cls in (*classes, botocore.parsers.ResponseParserError):
        failure: Any = cls.__new__(cls)
        failure.response = {}
        with pytest.raises(TableUnavailable), as_table_unavailable():
            raise failure


@pytest.mark.parametrize("total_s", [0.5, 1.5, 3.5, 20.0])
def test_three_attempts_fit_into_the_budget(total_s: float) -> None:
    budget = make_time_budget(total_s)

    assert budget.total_s == total_s
    assert 3 * budget.attempt_s <= total_s
    assert budget.attempt_s <= MAX_ATTEMPT_S
