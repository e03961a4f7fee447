"""Calls to a table within the time of a request, and which of them are repeated."""

import inspect
from functools import partial
from typing import Any

import botocore.exceptions
import botocore.parsers
import pytest
from botocore.exceptions import ClientError

from app.errors import ConditionFailed, TableUnavailable
from app.table import (
    MAX_ATTEMPT_S,
    Attributes,
    call_with_table_errors,
    make_time_budget,
    newer_options,
)
from tests.unit.app.fakes import TABLE, FunctionWorld

KEY = {"item_id": {"S": "a"}}
ENDPOINT = "https://dynamodb.us-west-2.amazonaws.com"
CLOSED = botocore.exceptions.ConnectionClosedError(endpoint_url=ENDPOINT)
SLOW = botocore.exceptions.ReadTimeoutError(endpoint_url=ENDPOINT)


def fail(error: Exception) -> None:
    raise error


def service_error(code: str, status: int = 400) -> ClientError:
    metadata: Any = {"HTTPStatusCode": status}
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": metadata}, "GetItem")


@pytest.mark.parametrize(
    "failure", [CLOSED, SLOW, service_error("ThrottlingException"), service_error("X", 500)]
)
def test_a_transient_failure_is_retried_once(failure: Exception) -> None:
    world = FunctionWorld()
    world.dynamo.declare_item(TABLE, "a")
    world.dynamo.declare_failures(TABLE, failure)

    assert world.table(TABLE).get(KEY) is not None
    assert len(world.dynamo.calls) == 2


def test_a_second_failure_is_not_retried() -> None:
    world = FunctionWorld()
    world.dynamo.declare_broken(TABLE, CLOSED)

    with pytest.raises(TableUnavailable):
        world.table(TABLE).get(KEY)

    assert len(world.dynamo.calls) == 2


@pytest.mark.parametrize("code", ["AccessDeniedException", "ResourceNotFoundException"])
def test_a_permanent_failure_is_not_retried(code: str) -> None:
    world = FunctionWorld()
    world.dynamo.declare_broken(TABLE, service_error(code))

    with pytest.raises(TableUnavailable, match=code):
        world.table(TABLE).put(KEY)

    assert len(world.dynamo.calls) == 1


def test_no_attempt_starts_that_could_end_after_the_deadline() -> None:
    world = FunctionWorld()
    world.dynamo.declare_broken(TABLE, SLOW)
    world.dynamo.failing_takes_s = 1.1

    with pytest.raises(TableUnavailable):
        world.table(TABLE).get(KEY)

    assert len(world.dynamo.calls) == 1


def test_all_calls_of_a_request_share_its_time() -> None:
    world = FunctionWorld()
    table = world.table(TABLE)
    world.clock.advance(1.1)
    world.dynamo.declare_broken(TABLE, CLOSED)

    with pytest.raises(TableUnavailable):
        table.get(KEY)
    assert len(world.dynamo.calls) == 1

    world.clock.advance(0.4)
    with pytest.raises(TableUnavailable, match="no time is left"):
        table.get(KEY)
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
        with pytest.raises(TableUnavailable):
            call_with_table_errors(partial(fail, failure))


@pytest.mark.parametrize("total_s", [0.5, 1.5, 3.5, 20.0])
def test_three_attempts_fit_into_the_budget(total_s: float) -> None:
    budget = make_time_budget(total_s)

    assert budget.total_s == total_s
    assert 3 * budget.attempt_s <= total_s
    assert budget.attempt_s <= MAX_ATTEMPT_S


def add_one(world: FunctionWorld, *, repeat: bool) -> Attributes:
    return world.table(TABLE).update(KEY, "ADD n :one", values={":one": {"N": "1"}}, repeat=repeat)


@pytest.mark.parametrize("failure", [CLOSED, SLOW, service_error("InternalServerError", 500)])
def test_an_addition_that_may_be_executed_is_not_repeated(failure: Exception) -> None:
    world = FunctionWorld()
    world.dynamo.declare_failures(TABLE, failure)

    with pytest.raises(TableUnavailable):
        add_one(world, repeat=False)

    assert world.dynamo.stored(TABLE) == []


def test_an_addition_that_was_not_executed_is_repeated() -> None:
    world = FunctionWorld()
    world.dynamo.declare_failures(TABLE, service_error("ThrottlingException"))

    assert add_one(world, repeat=False)["n"] == {"N": "1"}


def test_an_update_that_changes_nothing_more_is_repeated() -> None:
    world = FunctionWorld()
    world.dynamo.declare_failures(TABLE, SLOW)

    assert add_one(world, repeat=True)["n"] == {"N": "1"}


def put_if_new(world: FunctionWorld, *, repeat: bool = False) -> None:
    world.table(TABLE).put(
        {**KEY, "value": {"S": "mine"}},
        condition="attribute_not_exists(#key)",
        names={"#key": "item_id"},
        repeat=repeat,
    )


def test_a_failed_condition_has_the_item_and_writes_nothing() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html"""
    world = FunctionWorld()
    world.dynamo.declare_item(TABLE, "a", value={"S": "theirs"})

    with pytest.raises(ConditionFailed) as caught:
        put_if_new(world)

    assert caught.value.item == {**KEY, "value": {"S": "theirs"}}
    assert world.dynamo.stored(TABLE) == [{**KEY, "value": {"S": "theirs"}}]


def test_a_conditional_write_that_may_be_executed_is_not_repeated() -> None:
    """The second execution would fail, since the first has stored the item."""
    world = FunctionWorld()
    world.dynamo.declare_failures(TABLE, SLOW)

    with pytest.raises(TableUnavailable):
        put_if_new(world)

    assert len(world.dynamo.calls) == 1


def test_a_conditional_write_that_would_pass_twice_is_repeated() -> None:
    world = FunctionWorld()
    world.dynamo.declare_failures(TABLE, SLOW)

    put_if_new(world, repeat=True)

    assert world.dynamo.stored(TABLE) == [{**KEY, "value": {"S": "mine"}}]


def test_a_partition_is_read_in_parts_or_as_a_whole() -> None:
    world = FunctionWorld()
    table = world.table("bookmarks")
    items = [{"PK": {"S": "a"}, "SK": {"S": str(number)}} for number in range(5)]
    for item in [*items, {"PK": {"S": "b"}, "SK": {"S": "0"}}]:
        world.dynamo.store("bookmarks", item)
    values = {":a": {"S": "a"}}

    first = table.query("PK = :a", values=values, limit=3)
    rest = table.query("PK = :a", values=values, start=first.next_key)

    assert [*first.items, *rest.items] == items
    assert rest.next_key is None
    assert table.query_all("PK = :a", values=values) == items
    assert len(table.scan(limit=4).items) == 4
    assert len(table.scan().items) == 6


def test_a_whole_partition_is_read_by_as_many_calls_as_it_needs() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html"""
    world = FunctionWorld()
    for number in range(4):
        world.dynamo.store(
            "bookmarks",
            {"PK": {"S": "a"}, "SK": {"S": str(number)}, "text": {"S": "x" * 390_000}},
        )

    items = world.table("bookmarks").query_all("PK = :a", values={":a": {"S": "a"}})

    assert len(items) == 4
    assert len(world.dynamo.calls) > 1


def test_an_option_is_set_only_where_the_sdk_knows_it() -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html"""
    assert newer_options({"retries"}) == {}
    assert newer_options({"account_id_endpoint_mode"}) == {"account_id_endpoint_mode": "disabled"}
