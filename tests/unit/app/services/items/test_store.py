"""Items in the table's attributes, and writes that never overwrite."""

import pytest
from botocore.exceptions import ReadTimeoutError

from app.errors import Conflict
from app.services.items.store import Item, ItemStore, item_key
from tests.unit.app.fakes import TABLE, FunctionWorld
from tests.unit.app.global_table import GlobalTable


def make_store(world: FunctionWorld) -> ItemStore:
    return ItemStore(world.table(TABLE), world.clock)


def test_a_written_item_is_read() -> None:
    world = FunctionWorld()
    item = Item(item_id="a", value="This item is coming from us-west-2", written_in="us-west-2")

    make_store(world).create(item, request="r1")

    assert make_store(world).read("a") == item
    assert world.dynamo.stored(TABLE) == [
        {
            "item_id": {"S": "a"},
            "value": {"S": "This item is coming from us-west-2"},
            "region": {"S": "us-west-2"},
            "request": {"S": "r1"},
        }
    ]


def test_an_item_of_another_writer_may_lack_attributes() -> None:
    world = FunctionWorld()
    world.dynamo.declare_item(TABLE, "a", value={"N": "3"})

    assert make_store(world).read("a") == Item(item_id="a", value=None, written_in=None)


def test_a_missing_item_is_none() -> None:
    assert make_store(FunctionWorld()).read("a") is None


def new_item(**more: int) -> Item:
    return Item(item_id="a", value="v", written_in="us-west-2", **more)


def test_an_item_is_never_overwritten() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ConditionExpressions.html"""
    world = FunctionWorld()
    world.dynamo.declare_item(TABLE, "a", region={"S": "eu-central-1"})
    before = world.dynamo.stored(TABLE)

    with pytest.raises(Conflict, match="there is an item 'a' already, written in eu-central-1"):
        make_store(world).create(new_item(), request="r1")

    assert world.dynamo.stored(TABLE) == before


def test_an_equal_item_of_another_request_is_a_conflict_too() -> None:
    world = FunctionWorld()
    make_store(world).create(new_item(), request="r1")

    with pytest.raises(Conflict):
        make_store(world).create(new_item(), request="r2")


def test_a_write_whose_answer_is_lost_is_no_conflict_with_itself() -> None:
    """The repeated call finds the item that the first one has stored."""
    table = GlobalTable(TABLE)
    table.join("us-west-2")
    table.replicas["us-west-2"].answers_to_lose = 1

    ItemStore(table.table("us-west-2"), table.clock).create(new_item(), request="r1")

    assert len(table.replicas["us-west-2"].written) == 1


def test_a_lost_answer_of_a_call_that_was_not_executed_is_repeated() -> None:
    world = FunctionWorld()
    world.dynamo.declare_failures(TABLE, ReadTimeoutError(endpoint_url="http://dynamodb"))

    make_store(world).create(new_item(), request="r1")

    assert len(world.dynamo.stored(TABLE)) == 1


def test_an_expired_item_is_not_found_and_may_be_created_anew() -> None:
    """DynamoDB deletes it days later:
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html"""
    world = FunctionWorld()
    ends = int(world.clock.now()) + 60
    make_store(world).create(new_item(expires_at=ends), request="r1")
    assert world.dynamo.stored(TABLE)[0]["expires_at"] == {"N": str(ends)}
    found = make_store(world).read("a")
    assert found is not None
    assert found.expires_at == ends

    world.clock.advance(61)

    assert make_store(world).read("a") is None
    make_store(world).create(new_item(), request="r2")
    assert make_store(world).find("a") == {
        **item_key("a"),
        "value": {"S": "v"},
        "region": {"S": "us-west-2"},
        "request": {"S": "r2"},
    }


def test_a_malformed_expiry_counts_as_none() -> None:
    world = FunctionWorld()
    world.dynamo.declare_item(TABLE, "a", expires_at={"S": "soon"})

    assert make_store(world).read("a") == Item(item_id="a", value=None, written_in=None)
