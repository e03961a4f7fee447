"""Conditions and new values of attributes, evaluated as the other operations' are."""

import pytest

from tests.unit.twin.dynamodb.partiql.statements import (
    execute,
    invalid,
    items,
    malformed,
    open_partiql_engine,
    sentence,
)
from twin.core.tables.table_engine import Image
from twin.dynamodb.engine import MemoryTableEngine

ITEM = (
    "INSERT INTO hash VALUE {'pk': 'a', 'n': 5, 's': 'text', 'm': {'x': [1, 'two']}, "
    "'ns': <<1, 2>>, 'yes': true, 'nothing': null}"
)


@pytest.fixture
def engine() -> MemoryTableEngine:
    opened = open_partiql_engine()
    execute(opened, ITEM)
    return opened


@pytest.mark.parametrize(
    ("condition", "parameters", "holds"),
    [
        ("n = 5", (), True),
        ("n <> 5", (), False),
        ("5 < n", (), False),
        ("n BETWEEN 1 AND 5", (), True),
        ("n IN [4, 5]", (), True),
        ("n IN ?", ({"L": [{"N": "5.0"}]},), True),
        ("NOT n = 5", (), False),
        ("n = 4 OR s = 'text'", (), True),
        ("m.x[1] = 'two'", (), True),
        ("ns = <<2, 1>>", (), True),
        ("ns = ?", ({"NS": ["2", "1"]},), True),
        ("m = {'x': [1, 'two']}", (), True),
        ("begins_with(s, 'te')", (), True),
        ("contains(ns, 2)", (), True),
        ("size(s) > 3", (), True),
        ("attribute_type(m, 'M')", (), True),
        ("gone IS MISSING", (), True),
        ("n IS NOT MISSING", (), True),
        ("nothing IS NULL", (), True),
        ("gone IS NULL", (), True),
        ("n IS INT", (), True),
        ("n IS STRING", (), False),
        ("ns IS BAG", (), True),
        # An attribute that is missing is neither equal nor unequal, but NOT turns both around.
        ("gone = 1", (), False),
        ("gone <> 1", (), False),
        ("NOT gone = 1", (), True),
        ("s < 5", (), False),
    ],
)
def test_a_condition_selects_the_item_or_not(
    engine: MemoryTableEngine, condition: str, parameters: tuple[Image, ...], holds: bool
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-functions.html"""
    found = items(
        engine, sentence("SELECT pk FROM hash WHERE pk = 'a' AND (", condition, ")"), *parameters
    )

    assert bool(found) == holds


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        (
            "yes < true",
            "Incorrect operand type for operator or function; operator or function: <, "
            "operand type: BOOL",
        ),
        ("n = 1 AND upper(s)", "Unexpected keyword"),
        ("shout(s) = 1", "Unrecognized function: shout at 1:26:5"),
        ("n + 1 = 2", "Unsupported operation: Plus"),
        (
            "size(s, s) = 1",
            "Incorrect number of operands for operator or function; operator or function: size, "
            "number of operands: 2",
        ),
    ],
)
def test_a_wrong_condition_has_the_words_of_the_other_operations(
    engine: MemoryTableEngine, condition: str, message: str
) -> None:
    assert invalid(engine, sentence("SELECT * FROM hash WHERE", condition)).endswith(message)


def test_a_clause_must_be_a_condition(engine: MemoryTableEngine) -> None:
    assert malformed(engine, "SELECT * FROM hash WHERE n") == "Unexpected term"


@pytest.mark.parametrize(
    ("clauses", "attribute", "value"),
    [
        ("SET n = n + 1", "n", {"N": "6"}),
        ("SET n = 10 - n", "n", {"N": "5"}),
        ("SET copy = m.x", "copy", {"L": [{"N": "1"}, {"S": "two"}]}),
        (
            "SET m.x = list_append(m.x, [3])",
            "m",
            {"M": {"x": {"L": [{"N": "1"}, {"S": "two"}, {"N": "3"}]}}},
        ),
        ("SET ns = set_add(ns, <<3>>)", "ns", {"NS": ["3", "2", "1"]}),
        ("SET ns = SET_DELETE(ns, <<1>>)", "ns", {"NS": ["2"]}),
        ("SET fresh = set_add(fresh, <<'a'>>)", "fresh", {"SS": ["a"]}),
        ("REMOVE m.x[0]", "m", {"M": {"x": {"L": [{"S": "two"}]}}}),
    ],
)
def test_an_update_computes_new_values_from_the_item_as_it_was(
    engine: MemoryTableEngine, clauses: str, attribute: str, value: Image
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.update.html"""
    statement = f"UPDATE hash {clauses} WHERE pk = 'a' RETURNING ALL NEW *"
    (item,) = items(engine, statement)

    assert item[attribute] == value


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("set_add(ns)", "SET_ADD must have exactly two arguments at 1:22:7"),
        (
            "set_add(other, <<1>>)",
            "The first argument to SET_ADD must equal the assignment value at 1:22:7",
        ),
        (
            "set_delete(ns, 5)",
            "The second argument to SET_DELETE must be a value with type SET at 1:33:2",
        ),
        ("<<>>", "Empty bags are not supported"),
        ("<<1, 'a'>>", "An operand in the update expression has an incorrect data type"),
        (
            "<<'a', 'a'>>",
            "One or more parameter values were invalid: Input collection [a, a] contains "
            "duplicates.",
        ),
        ("shout('a')", "Unrecognized function: shout at 1:22:5"),
    ],
)
def test_a_wrong_new_value_is_refused(engine: MemoryTableEngine, value: str, message: str) -> None:
    statement = sentence("UPDATE hash SET ns =", value, "WHERE pk = 'a'")
    assert invalid(engine, statement) == message


def test_a_long_clause_costs_no_stack(engine: MemoryTableEngine) -> None:
    for word in ("AND", "OR"):
        clause = f" {word} ".join(["n = 5"] * 250)
        assert len(items(engine, sentence("SELECT pk FROM hash WHERE", clause))) == 1


def test_names_that_look_like_placeholders_are_names(engine: MemoryTableEngine) -> None:
    execute(engine, 'UPDATE hash SET "#x" = 1, ":y" = 2 WHERE pk = \'a\'')

    assert items(engine, 'SELECT "#x", ":y" FROM hash WHERE "#x" = 1') == [
        {"#x": {"N": "1"}, ":y": {"N": "2"}}
    ]
