"""A table in memory: memory that it gives back, and its indexes, against a model."""

import gc
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.twin.dynamodb.engine_calls import KEY, put_engine_item, run_operation
from twin.dynamodb.engine import MemoryTableEngine
from twin.dynamodb.item_size import item_size
from twin.dynamodb.key_schema import KeySchema
from twin.dynamodb.sorted_positions import AFTER
from twin.dynamodb.tables import (
    IndexProjection,
    SecondaryIndex,
    StoredItem,
    Table,
    table_position,
)

SCHEMA = KeySchema(("id",), ("at",), {"id": "S", "at": "N"})
INDEX_SCHEMA = KeySchema(("g",), ("h",), {"g": "N", "h": "B"})
KEYS = st.tuples(st.sampled_from("ab"), st.integers(-2, 2))
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "g": st.sampled_from([{"N": "1"}, {"N": "2"}, {"S": "not a number"}]),
        "h": st.sampled_from([{"B": "YQ=="}, {"B": "/w=="}]),
        "x": st.just({"S": "x"}),
    },
)
CHANGES = st.lists(st.tuples(KEYS, st.none() | VALUES), max_size=30)


def make_index(kind: str = "KEYS_ONLY") -> SecondaryIndex:
    return SecondaryIndex(
        "by-g", INDEX_SCHEMA, IndexProjection(kind), table_schema=SCHEMA, is_global=True
    )


def image_of(key: tuple[str, int], values: dict[str, Any]) -> dict[str, Any]:
    return {"id": {"S": key[0]}, "at": {"N": str(key[1])}, **values}


@settings(max_examples=60, deadline=None)
@given(changes=CHANGES, added_at=st.integers(0, 30))
def test_a_table_and_its_index_hold_what_was_put_and_not_removed(
    changes: list[tuple[tuple[str, int], dict[str, Any] | None]], added_at: int
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html"""
    table, model = Table(SCHEMA), dict[tuple[str, int], dict[str, Any]]()
    for number, (key, values) in enumerate([*changes, (("z", 0), None)]):
        if number == min(added_at, len(changes)):
            table.add_index(make_index())
        image = image_of(key, values or {})
        position = table_position(SCHEMA, image)
        if values is None:
            table.remove(position)
            model.pop(key, None)
        else:
            table.put(StoredItem(image, item_size(image), position))
            model[key] = image

    index = table.indexes["by-g"]
    indexed = [i for i in model.values() if "N" in i.get("g", {}) and "h" in i]
    in_index = [table.at(p[-1]).image for p in index.positions.ascending((), (AFTER,))]
    in_order = [table.at(p).image for p in table.positions.ascending((), (AFTER,))]
    assert len(table) == len(model)
    assert table.bytes == sum(map(item_size, model.values()))
    assert index.count == len(indexed)
    assert index.bytes == sum(item_size(index.projected_image(i)) for i in indexed)
    assert sorted(map(repr, in_index)) == sorted(map(repr, indexed))
    for partition in "ab":
        of_partition = [i for i in in_order if i["id"]["S"] == partition]
        assert of_partition == sorted(of_partition, key=lambda i: int(i["at"]["N"]))
        assert of_partition == [i for i in model_order(model) if i["id"]["S"] == partition]


def model_order(model: dict[tuple[str, int], dict[str, Any]]) -> list[dict[str, Any]]:
    return [model[key] for key in sorted(model)]


def test_an_index_shows_the_attributes_that_it_projects() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.Projections"""
    image = image_of(("a", 1), {"g": {"N": "1"}, "h": {"B": "YQ=="}, "x": {"S": "x"}})
    keys = {name: image[name] for name in ("id", "at", "g", "h")}
    some = SecondaryIndex(
        "i",
        INDEX_SCHEMA,
        IndexProjection("INCLUDE", ("x", "y")),
        table_schema=SCHEMA,
        is_global=True,
    )

    assert make_index().projected_image(image) == keys
    assert make_index("ALL").projected_image(image) == image
    assert some.projected_image({**image, "z": {"S": "z"}}) == image
    assert [some.has_attribute(name) for name in ("y", "z", "at")] == [True, False, True]


def test_a_new_index_leaves_out_items_that_violate_its_keys() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.OnlineOps.ViolationDetection.html"""
    table = Table(SCHEMA)
    keys = ({"B": ""}, {"B": "YQ=="}, {"B": "YWFh" * 342}, {"B": "YWFh" * 341 + "YQ=="})
    for number, key in enumerate(keys):
        image = image_of(("a", number), {"g": {"N": "1"}, "h": key})
        table.put(StoredItem(image, item_size(image), table_position(SCHEMA, image)))
    index = make_index()
    table.add_index(index)

    positions = index.positions.ascending((), (AFTER,))
    assert [table.at(position[-1]).image["h"] for position in positions] == [keys[1], keys[3]]


def test_overwriting_an_item_keeps_no_old_items(engine: MemoryTableEngine) -> None:
    put_engine_item(engine, "a")
    gc.collect()
    before = len(gc.get_objects())
    for number in range(2000):
        put_engine_item(engine, "a", v={"S": str(number)})
    gc.collect()

    assert len(gc.get_objects()) < before + 500


def test_reading_missing_items_keeps_no_memory(engine: MemoryTableEngine) -> None:
    for number in range(50):
        key = {"id": {"S": f"{number}"}, "at": {"S": "x"}}
        run_operation(engine, "GetItem", TableName="sorted", Key=key)
        run_operation(engine, "DeleteItem", TableName="sorted", Key=key)

    table = engine._catalogue.records["sorted"].table
    assert len(table) == table.bytes == 0
    assert list(table.positions.ascending((), (AFTER,))) == []


def test_a_transaction_does_not_copy_the_table(engine: MemoryTableEngine) -> None:
    for number in range(300):
        put_engine_item(engine, f"item {number}")
    untouched = list(engine.all_images("tab"))
    run_operation(
        engine, "TransactWriteItems", TransactItems=[{"Put": {"TableName": "tab", "Item": KEY}}]
    )

    now = list(engine.all_images("tab"))
    assert all(old is new for old, new in zip(untouched, now, strict=False))
    assert len(now) == 301
