"""Condition keys of PartiQL statements: none of DynamoDB's bounds is gone around by a statement.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-iam.html
"""

import pytest

from tests.unit.twin.iam.requirements.requirement_lists import keys_of

X, Y = {"S": "x"}, {"S": "y"}


@pytest.mark.parametrize(
    ("statement", "parameters", "leading"),
    [
        ("SELECT * FROM items WHERE id = 'x'", [], ("x",)),
        ("SELECT * FROM items WHERE 'x' = id AND b > 1", [], ("x",)),
        ("SELECT * FROM items WHERE id = ?", [X], ("x",)),
        ("SELECT * FROM items WHERE id IN ['x', ?]", [Y], ("x", "y")),
        ("SELECT * FROM items WHERE id = 'x' OR id = 'y'", [], ("x", "y")),
        ("SELECT * FROM items WHERE id = 'x' OR b = 'y'", [], None),
        ("SELECT * FROM items WHERE b = 'x'", [], None),
        ("SELECT * FROM items WHERE id = ?", [], None),
        ("SELECT * FROM items", [], None),
        ('SELECT * FROM items."by-owner" WHERE owner = 7.0', [], ("7",)),
        ("EXISTS(SELECT * FROM items WHERE id = 'x')", [], ("x",)),
        ("INSERT INTO items VALUE {'id': 'x'}", [], ("x",)),
        ("INSERT INTO items VALUE ?", [{"M": {"id": X}}], ("x",)),
        ("UPDATE items SET a = 1 WHERE id = 'x'", [], ("x",)),
        ("DELETE FROM items WHERE id = 'x'", [], ("x",)),
    ],
)
def test_the_leading_keys_are_the_partition_keys_values(
    statement: str, parameters: list[object], leading: tuple[str, ...] | None
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html"""
    given = {"Statement": statement, "Parameters": parameters}

    keys = keys_of("dynamodb", "ExecuteStatement", **given)

    assert keys.get("dynamodb:leadingkeys") == leading
    if statement.startswith("SELECT"):
        assert keys["dynamodb:fulltablescan"] == (str(leading is None).lower(),)


@pytest.mark.parametrize(
    ("statement", "attributes"),
    [
        ("SELECT a, b.c FROM items WHERE id = 'x' AND contains(d, 'y')", ("a", "b", "id", "d")),
        ("INSERT INTO items VALUE {'id': 'x', 'a': 1}", ("id", "a")),
        ("UPDATE items SET a = b REMOVE c WHERE id = 'x'", ("c", "a", "b", "id")),
        ("DELETE FROM items WHERE id = 'x'", ("id",)),
    ],
)
def test_the_attributes_are_all_that_the_statement_names(
    statement: str, attributes: tuple[str, ...]
) -> None:
    keys = keys_of("dynamodb", "ExecuteStatement", Statement=statement)

    assert keys["dynamodb:attributes"] == attributes


def test_each_statement_of_a_batch_has_its_own_keys() -> None:
    statements = [{"Statement": "SELECT * FROM items WHERE id = ?", "Parameters": [X]}]

    keys = keys_of("dynamodb", "BatchExecuteStatement", Statements=statements)

    assert keys["dynamodb:leadingkeys"] == ("x",)


def test_the_key_may_be_the_last_of_many_parameters() -> None:
    marks = "?," * 120
    statement = " ".join(["SELECT * FROM items WHERE b IN [", marks, "1] AND id = ?"])

    keys = keys_of("dynamodb", "ExecuteStatement", Statement=statement, Parameters=[*[Y] * 120, X])

    assert keys["dynamodb:leadingkeys"] == ("x",)
