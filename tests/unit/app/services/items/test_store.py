"""Items in the table's attributes."""

from app.services.items.store import Item, ItemStore
from tests.unit.app.fakes import TABLE, FunctionWorld


def make_store(world: FunctionWorld) -> ItemStore:
    return ItemStore(world.table(TABLE))


def test_a_written_item_is_read() -> None:
    world = FunctionWorld()
    item = Item(item_id="a", value="This item is coming from us-west-2", written_in="us-west-2")

    make_store(world).write(item)

    assert make_store(world).read("a") == item
    assert world.dynamo.stored(TABLE) == [
        {
            "item_id": {"S": "a"},
            "value": {"S": "This item is coming from us-west-2"},
            "region": {"S": "us-west-2"},
        }
    ]


def test_an_item_of_another_writer_may_lack_attributes() -> None:
    world = FunctionWorld()
    world.dynamo.declare_item(TABLE, "a", value={"N": "3"})

    assert make_store(world).read("a") == Item(item_id="a", value=None, written_in=None)


def test_a_missing_item_is_none() -> None:
    assert make_store(FunctionWorld()).read("a") is None
