"""INSERT, UPDATE and DELETE, of one item each."""

import pytest

from tests.unit.twin.dynamodb.partiql.statements import (
    error,
    execute,
    invalid,
    items,
    open_partiql_engine,
)
from twin.core.tables.table_engine import Image
from twin.dynamodb.engine import MemoryTableEngine

FAILED = ("ConditionalCheckFailedException", "The conditional request failed")
NO_SINGLE_ITEM = "Where clause does not contain a mandatory equality on all key attributes"


@pytest.fixture
def engine() -> MemoryTableEngine:
    opened = open_partiql_engine()
    execute(opened, "INSERT INTO hash VALUE {'pk': 'a', 'n': 1, 'm': {'x': 1}, 'l': [1, 2, 3]}")
    return opened


def stored(engine: MemoryTableEngine, key: str = "a") -> Image | None:
    return engine.get_image("hash", {"pk": {"S": key}})


def test_an_insert_never_replaces_an_item(engine: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.insert.html"""
    before = stored(engine)

    assert error(engine, "INSERT INTO hash VALUE {'pk': 'a', 'n': 2}") == (
        "DuplicateItemException",
        "Duplicate primary key exists in table",
    )
    assert stored(engine) == before


def test_an_insert_takes_parameters_anywhere_in_the_item(engine: MemoryTableEngine) -> None:
    execute(
        engine,
        "INSERT INTO hash VALUE {'pk': ?, 'l': [?, {'x': ?}], 's': <<?, 'b'>>}",
        {"S": "b"},
        {"N": "1.0"},
        {"BOOL": True},
        {"S": "a"},
    )
    execute(engine, "INSERT INTO hash VALUE ?", {"M": {"pk": {"S": "c"}}})

    assert stored(engine, "b") == {
        "pk": {"S": "b"},
        "l": {"L": [{"N": "1"}, {"M": {"x": {"BOOL": True}}}]},
        "s": {"SS": ["a", "b"]},
    }
    assert stored(engine, "c") == {"pk": {"S": "c"}}


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ("{'x': 1}", "One or more parameter values were invalid: Missing the key pk in the item"),
        (
            "{'pk': 1}",
            "One or more parameter values were invalid: Type mismatch for key pk expected: S "
            "actual: N",
        ),
        ("{'pk': 'big', 'x': '" + "x" * 8000 + "'}", ""),
        ("{'pk': 'n', 'x': 1e126}", "Number overflow."),
        ("{'pk': 'n', 'x': " + "[" * 40 + "]" * 40 + "}", "Nesting Levels have exceeded"),
    ],
)
def test_an_inserted_item_is_validated_as_a_put_one(
    engine: MemoryTableEngine, item: str, message: str
) -> None:
    if message:
        assert invalid(engine, f"INSERT INTO hash VALUE {item}").startswith(message)
    else:
        execute(engine, f"INSERT INTO hash VALUE {item}")


def test_an_update_never_creates_an_item(engine: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.update.html"""
    assert error(engine, "UPDATE hash SET n = 1 WHERE pk = 'gone'") == FAILED
    assert stored(engine, "gone") is None


def test_what_a_clause_says_besides_the_key_is_a_condition(engine: MemoryTableEngine) -> None:
    before = stored(engine)

    for statement in (
        "UPDATE hash SET n = 5 WHERE pk = 'a' AND n = 2",
        "DELETE FROM hash WHERE pk = 'a' AND n = 2",
    ):
        assert error(engine, statement) == FAILED
    assert stored(engine) == before
    execute(engine, "UPDATE hash SET n = 5 WHERE pk = 'a' AND n = 1")
    execute(engine, "DELETE FROM hash WHERE pk = 'a' AND n = 5")
    assert stored(engine) is None


def test_a_delete_of_nothing_succeeds(engine: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.delete.html"""
    assert execute(engine, "DELETE FROM hash WHERE pk = 'gone' AND n = 1") == {"Items": []}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE hash SET n = 1",
        "UPDATE hash SET n = 1 WHERE n = 1",
        "DELETE FROM hash",
        "DELETE FROM hash WHERE pk IN ['a']",
        "DELETE FROM hash WHERE pk = 'a' OR pk = 'b'",
        "UPDATE range SET n = 1 WHERE pk = 'a'",
    ],
)
def test_a_write_names_one_item(engine: MemoryTableEngine, statement: str) -> None:
    assert invalid(engine, statement) == NO_SINGLE_ITEM


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        (
            "UPDATE hash SET pk = 'b' WHERE pk = 'a'",
            "One or more parameter values were invalid: Cannot update attribute pk. This attribute "
            "is part of the key",
        ),
        (
            "UPDATE hash SET gone.x = 1 WHERE pk = 'a'",
            "The document path provided in the update expression is invalid for update",
        ),
        (
            "UPDATE hash SET n = 1 REMOVE n WHERE pk = 'a'",
            "Two document paths overlap with each other; must remove or rewrite one of these "
            "paths; path one: [n], path two: [n]",
        ),
    ],
)
def test_a_wrong_update_changes_nothing(
    engine: MemoryTableEngine, statement: str, message: str
) -> None:
    before = stored(engine)

    assert invalid(engine, statement) == message
    assert stored(engine) == before


@pytest.mark.parametrize(
    ("clauses", "returning", "returned"),
    [
        ("SET n = 2", "MODIFIED OLD", [{"n": {"N": "1"}}]),
        ("SET n = 2", "MODIFIED NEW", [{"n": {"N": "2"}}]),
        ("SET m.x = 2", "MODIFIED NEW", [{"m": {"M": {"x": {"N": "2"}}}}]),
        ("SET fresh = 1", "MODIFIED OLD", []),
        ("REMOVE n", "MODIFIED NEW", []),
        ("SET l[2] = 9, l[0] = 8", "MODIFIED NEW", [{"l": {"L": [{"N": "8"}, {"N": "9"}]}}]),
        ("SET n = 2 REMOVE m, l", "ALL NEW", [{"pk": {"S": "a"}, "n": {"N": "2"}}]),
    ],
)
def test_an_update_returns_what_it_is_asked_for(
    engine: MemoryTableEngine, clauses: str, returning: str, returned: list[Image]
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.update.html"""
    statement = f"UPDATE hash {clauses} WHERE pk = 'a' RETURNING {returning} *"

    assert items(engine, statement) == returned


def test_a_delete_returns_the_item_that_was(engine: MemoryTableEngine) -> None:
    before = stored(engine)

    assert items(engine, "DELETE FROM hash WHERE pk = 'a' RETURNING ALL OLD *") == [before]
    assert items(engine, "DELETE FROM hash WHERE pk = 'a' RETURNING ALL OLD *") == []
