"""Updates: what they change, what they leave, and which are refused."""

from copy import deepcopy
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.twin.dynamodb.refusals import refused
from twin.core.tables.table_engine import TableApiError
from twin.dynamodb.attribute_values import Item, Value
from twin.dynamodb.expressions.placeholders import Placeholders
from twin.dynamodb.expressions.updates import (
    Update,
    apply_update,
    check_update_keys,
    parse_update,
    updated_attributes,
)

WRONG_TYPE = "Incorrect operand type for operator or function; operator"
BAD_PATH = "The document path provided in the update expression is invalid for update"
BAD_TYPE = "An operand in the update expression has an incorrect data type"
MISSING = "The provided expression refers to an attribute that does not exist in the item"
TOO_DEEP = (
    "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels "
    "beyond supported limit"
)


def parsed(text: str, **values: Value) -> Update:
    names = {"#a": "a", "#c": "c", "#d": "[3]"}
    return parse_update(text, Placeholders(names, {f":{n}": value for n, value in values.items()}))


def numbers(*values: int) -> Value:
    return {"L": [{"N": str(value)} for value in values]}


def updated(text: str, item: Item, **values: Value) -> Item:
    before = deepcopy(item)
    result = apply_update(parsed(text, **values), item)
    assert item == before, "the old item has changed"
    return result


@pytest.mark.parametrize(
    ("text", "value", "before", "after"),
    [
        ("SET b = :v", {"S": "x"}, {}, {"b": {"S": "x"}}),
        ("SET b = a", None, {"a": {"S": "x"}}, {"a": {"S": "x"}, "b": {"S": "x"}}),
        # Everything is read from the item as it was.
        ("REMOVE a SET b = a", None, {"a": {"S": "x"}}, {"b": {"S": "x"}}),
        (
            "SET a = b, b = a",
            None,
            {"a": {"N": "1"}, "b": {"N": "2"}},
            {"a": {"N": "2"}, "b": {"N": "1"}},
        ),
        ("SET a = a + :v", {"N": "2"}, {"a": {"N": "3"}}, {"a": {"N": "5"}}),
        ("SET a = :v - a", {"N": "2"}, {"a": {"N": "3"}}, {"a": {"N": "-1"}}),
        ("SET a = if_not_exists(a, :v) + :v", {"N": "2"}, {}, {"a": {"N": "4"}}),
        ("SET a = list_append(a, :v)", numbers(2), {"a": numbers(1)}, {"a": numbers(1, 2)}),
        # Nested values, and lists.
        (
            "SET a.b.c = :v",
            {"S": "x"},
            {"a": {"M": {"b": {"M": {}}, "k": {"S": "k"}}}},
            {"a": {"M": {"b": {"M": {"c": {"S": "x"}}}, "k": {"S": "k"}}}},
        ),
        ("SET a[1] = :v", {"N": "9"}, {"a": numbers(1, 2, 3)}, {"a": numbers(1, 9, 3)}),
        ("SET a[7] = :v", {"N": "9"}, {"a": numbers(1)}, {"a": numbers(1, 9)}),
        ("SET a[0] = :v", {"N": "9"}, {"a": numbers()}, {"a": numbers(9)}),
        (
            "SET a[84] = :v, a[17] = a[0], a[50] = a[1]",
            {"N": "9"},
            {"a": numbers(1, 2)},
            {"a": numbers(1, 2, 1, 2, 9)},
        ),
        ("REMOVE a[1]", None, {"a": numbers(1, 2, 3)}, {"a": numbers(1, 3)}),
        ("REMOVE a[0], a[2], a[9]", None, {"a": numbers(1, 2, 3, 4)}, {"a": numbers(2, 4)}),
        (
            "REMOVE a[1] SET a[3] = :v",
            {"N": "17"},
            {"a": numbers(2, 3, 4, 5, 6, 7)},
            {"a": numbers(2, 4, 17, 6, 7)},
        ),
        (
            "SET a[3] = :v REMOVE a[1]",
            {"N": "17"},
            {"a": numbers(2, 3, 4, 5, 6, 7)},
            {"a": numbers(2, 4, 17, 6, 7)},
        ),
        (
            "REMOVE a[0] SET a[1][0] = :v, a[1][9] = :v",
            {"N": "9"},
            {"a": {"L": [{"S": "x"}, numbers(1, 2)]}},
            {"a": {"L": [numbers(9, 2, 9)]}},
        ),
        ("REMOVE a.b", None, {"a": {"M": {"b": {"S": "x"}}}}, {"a": {"M": {}}}),
        ("REMOVE a.q, b", None, {"a": {"M": {}}}, {"a": {"M": {}}}),
        # ADD and DELETE.
        ("ADD a :v", {"N": "2"}, {}, {"a": {"N": "2"}}),
        ("ADD a :v", {"N": "-2"}, {"a": {"N": "1.5"}}, {"a": {"N": "-0.5"}}),
        ("ADD a :v", {"SS": ["b", "c"]}, {"a": {"SS": ["a", "b"]}}, {"a": {"SS": ["a", "b", "c"]}}),
        ("ADD a.n :v", {"N": "2"}, {"a": {"M": {}}}, {"a": {"M": {"n": {"N": "2"}}}}),
        ("DELETE a :v", {"NS": ["1", "3"]}, {"a": {"NS": ["1", "2"]}}, {"a": {"NS": ["2"]}}),
        (
            "DELETE a :v",
            {"BS": ["AA=="]},
            {"a": {"BS": ["AA=="]}, "b": {"S": ""}},
            {"b": {"S": ""}},
        ),
        ("DELETE a :v", {"SS": ["x"]}, {}, {}),
    ],
)
def test_updates_change_what_they_say(
    text: str, value: Value | None, before: Item, after: Item
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html"""
    assert updated(text, before, **({} if value is None else {"v": value})) == after


def test_what_an_update_does_not_change_is_shared() -> None:
    item: Item = {"a": {"M": {"b": {"M": {}}, "c": {"M": {}}}}, "l": numbers(1)}

    after = updated("SET a.b.x = l", item)

    assert after["l"] is item["l"]
    assert after["a"]["M"]["c"] is item["a"]["M"]["c"]
    assert after["a"]["M"]["b"] is not item["a"]["M"]["b"]


@pytest.mark.parametrize(
    ("text", "value", "message"),
    [
        ("SET b = q", None, MISSING),
        ("SET b = q + :v", {"N": "1"}, MISSING),
        ("SET b = list_append(l, q)", None, MISSING),
        ("SET x = :v, y = x", {"N": "1"}, MISSING),
        ("SET q.a = :v", {"N": "1"}, BAD_PATH),
        ("SET s.a = :v", {"N": "1"}, BAD_PATH),
        ("SET s[1] = :v", {"N": "1"}, BAD_PATH),
        ("SET m[1] = :v", {"N": "1"}, BAD_PATH),
        ("SET l.a = :v", {"N": "1"}, BAD_PATH),
        ("SET q.a = r", None, BAD_PATH),
        ("REMOVE s.a", None, BAD_PATH),
        ("REMOVE q[0] SET b = r", None, MISSING),
        ("SET b = r REMOVE q[0]", None, BAD_PATH),
        ("ADD q.a :v", {"N": "1"}, BAD_PATH),
        ("DELETE l.a :v", {"SS": ["a"]}, BAD_PATH),
        ("SET b = s + :v", {"N": "1"}, BAD_TYPE),
        ("SET b = list_append(n, :v)", numbers(), BAD_TYPE),
        ("SET q.a = :v, b = s + :v", {"N": "1"}, BAD_TYPE),
        ("ADD s :v", {"N": "1"}, BAD_TYPE),
        ("ADD n :v", {"NS": ["1"]}, BAD_TYPE),
        ("ADD l :v", {"SS": ["1"]}, BAD_TYPE),
        ("DELETE n :v", {"NS": ["1"]}, BAD_TYPE),
    ],
)
def test_updates_that_the_item_does_not_allow_are_refused(
    text: str, value: Value | None, message: str
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html"""
    item: Item = {"s": {"S": "x"}, "n": {"N": "1"}, "l": numbers(1), "m": {"M": {}}}

    with refused(message):
        updated(text, item, **({} if value is None else {"v": value}))


def test_removals_from_an_item_that_does_not_exist_do_nothing() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html"""
    key: Item = {"p": {"S": "x"}}
    update = parsed("REMOVE x.y, z[0], b DELETE c :v", v={"SS": ["a"]})

    assert apply_update(update, key, item_exists=False) == key
    assert not update.creates_item
    assert Update(()).creates_item
    assert parsed("SET a = :v REMOVE b", v={"S": ""}).creates_item
    with refused(BAD_PATH):
        apply_update(parsed("SET x.y = p"), key, item_exists=False)


def test_a_value_may_not_become_too_deep() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html"""
    deep: Value = {"S": "leaf"}
    for _ in range(31):
        deep = {"M": {"n": deep}}

    assert updated("SET b = a", {"a": deep})["b"] == deep
    for text in ("SET b.c = a", "SET b.c = :v"):
        with refused(TOO_DEEP):
            updated(text, {"a": deep, "b": {"M": {}}}, v=deep)
    with refused(TOO_DEEP):
        updated("SET l = list_append(l, l)", {"l": {"L": [deep]}})


@pytest.mark.parametrize(
    ("text", "value", "message"),
    [
        (
            "SET #q = if_not_exists(:q)",
            None,
            "An expression attribute name used in the document path is not defined; "
            "attribute name: #q",
        ),
        (
            "SET b = list_append(x, #q), c = :q",
            None,
            "An expression attribute name used in the document path is not defined; "
            "attribute name: #q",
        ),
        (
            "SET b = :r, c = :q",
            None,
            "An expression attribute value used in expression is not defined; attribute value: :q",
        ),
        (
            "SET a = if_not_exists(:q)",
            None,
            "An expression attribute value used in expression is not defined; attribute value: :q",
        ),
        (
            "set d[1] = a, d.b = a, c[1].a = a, #c = if_not_exists(a)",
            None,
            "Two document paths overlap with each other; must remove or rewrite one of these "
            "paths; path one: [c, [1], a], path two: [c]",
        ),
        (
            "set #c[3].#d = a, #c.#d[3] = if_not_exists(a)",
            None,
            "Two document paths conflict with each other; must remove or rewrite one of these "
            "paths; path one: [c, [3], [3]], path two: [c, [3], [3]]",
        ),
        (
            "REMOVE a SET #a = :v",
            {"S": ""},
            "Two document paths overlap with each other; must remove or rewrite one of these "
            "paths; path one: [a], path two: [a]",
        ),
        (
            "set b = list_append(:v, a), c = if_not_exists(a) add a.b :v",
            {"S": "a"},
            f"{WRONG_TYPE}: ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND",
        ),
        (
            "add a :v",
            {"L": []},
            f"{WRONG_TYPE}: ADD, operand type: LIST, typeSet: ALLOWED_FOR_ADD_OPERAND",
        ),
        (
            "delete a :v",
            {"N": "1"},
            f"{WRONG_TYPE}: DELETE, operand type: NUMBER, typeSet: ALLOWED_FOR_DELETE_OPERAND",
        ),
        (
            "set a = if_not_exists(c)",
            None,
            "Incorrect number of operands for operator or function; operator or function: "
            "if_not_exists, number of operands: 1",
        ),
        (
            "set a = if_not_exists(:v, c)",
            {"S": ""},
            "Operator or function requires a document path; operator or function: if_not_exists",
        ),
        (
            "set a = if_not_exists(c, #c)",
            None,
            "The first operand must be distinct from the remaining operands for this operator or "
            "function; operator: if_not_exists, first operand: [c]",
        ),
        (
            "set a = list_append(:v, a)",
            {"S": "a"},
            f"{WRONG_TYPE} or function: list_append, operand type: S",
        ),
        ("set a = a + :v", {"SS": ["a"]}, f"{WRONG_TYPE} or function: +, operand type: SS"),
        ("set a = :v - a", {"B": ""}, f"{WRONG_TYPE} or function: -, operand type: B"),
    ],
)
def test_updates_against_the_rules_are_refused(
    text: str, value: Value | None, message: str
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html"""
    with refused(f"Invalid UpdateExpression: {message}"):
        parsed(text, **({} if value is None else {"v": value}))


def test_key_attributes_are_not_updated() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html"""
    check_update_keys(parsed("SET a = p"), ("p", "s"))
    with refused(
        "One or more parameter values were invalid: Cannot update attribute s. "
        "This attribute is part of the key"
    ):
        check_update_keys(parsed("SET a = p REMOVE s.x"), ("p", "s"))


def test_an_update_tells_its_paths_and_types() -> None:
    update = parsed(
        "SET a = b.c + :v, d.e = :v REMOVE f ADD g :v DELETE h :s", v={"N": "1"}, s={"SS": ["a"]}
    )

    assert update.paths == (("a",), ("d", "e"), ("f",), ("g",), ("h",))
    assert update.read_paths == (("b", "c"),)
    assert update.known_types == {"a": "N", "g": "N", "h": "SS"}


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        ("SET a.b = :v", {"a": {"M": {"b": {"S": "dog"}}}}, {"a": {"M": {"b": {"N": "7"}}}}),
        ("SET a.c[1] = :v", {"a": {"M": {"c": numbers(2)}}}, {"a": {"M": {"c": numbers(7)}}}),
        ("SET q = :v, a.x = :v", {}, {"q": {"N": "7"}, "a": {"M": {"x": {"N": "7"}}}}),
        # What is beyond the end, or moves into the place, is as it is: the service does the same.
        ("SET a.c[100] = :v", {}, {}),
        ("REMOVE a.c[1], a.c[9]", {"a": {"M": {"c": numbers(2)}}}, {"a": {"M": {"c": numbers(3)}}}),
    ],
)
def test_updated_attributes_are_returned_without_their_neighbours(
    text: str, old: Item, new: Item
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html"""
    before: Item = {"a": {"M": {"b": {"S": "dog"}, "c": numbers(1, 2, 3)}}, "d": {"S": "cat"}}
    update = parsed(text, v={"N": "7"})
    result = apply_update(update, before)

    assert updated_attributes(update.paths, before) == old
    assert updated_attributes(update.paths, result) == new


# --- against a model that knows plain values only


@dataclass
class PlainItem:
    """Numbers in the item, in its map m and in its list l."""

    numbers: dict[str, int]
    inner: dict[str, int]
    elements: list[int]

    def as_item(self) -> Item:
        inner: Item = {name: {"N": str(number)} for name, number in self.inner.items()}
        outer: Item = {name: {"N": str(number)} for name, number in self.numbers.items()}
        return {**outer, "m": {"M": inner}, "l": numbers(*self.elements)}


ACTIONS = st.lists(
    st.one_of(
        st.tuples(
            st.just("set"), st.sampled_from(["n", "x", "m.a", "m.b", "l[0]", "l[2]", "l[9]"])
        ),
        st.tuples(st.just("remove"), st.sampled_from(["n", "m.a", "m.q", "l[0]", "l[1]", "l[8]"])),
        st.tuples(st.just("add"), st.sampled_from(["n", "y", "m.b", "l[1]"])),
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda action: action[1],
)


def modelled(actions: list[tuple[str, str]], before: PlainItem) -> PlainItem:
    """The actions on plain numbers, each with its position as operand."""
    after = deepcopy(before)
    removed: set[int] = set()
    appended: dict[int, int] = {}
    for position, (kind, path) in enumerate(actions):
        if path.startswith("l["):
            index = int(path[2:-1])
            if kind == "remove":
                removed.add(index)
            elif index >= len(before.elements):
                appended[index] = position
            else:
                present = before.elements[index] if kind == "add" else 0
                after.elements[index] = position + present
            continue
        place = after.inner if path.startswith("m.") else after.numbers
        name = path.removeprefix("m.")
        if kind == "remove":
            place.pop(name, None)
        else:
            place[name] = position + (place.get(name, 0) if kind == "add" else 0)
    kept = [number for index, number in enumerate(after.elements) if index not in removed]
    after.elements = kept + [number for _, number in sorted(appended.items())]
    return after


@given(ACTIONS, st.lists(st.integers(-9, 9), min_size=2, max_size=4))
def test_updates_do_what_a_plain_model_does(
    actions: list[tuple[str, str]], elements: list[int]
) -> None:
    item = PlainItem({"n": 5}, {"a": 1, "b": 2}, elements)
    sections = []
    for kind, pattern in (("set", "{} = :v{}"), ("remove", "{}"), ("add", "{} :v{}")):
        parts = [pattern.format(path, i) for i, (k, path) in enumerate(actions) if k == kind]
        if parts:
            sections.append(f"{kind} {', '.join(parts)}")
    values: dict[str, Value] = {f"v{i}": {"N": str(i)} for i in range(len(actions))}

    after = updated(" ".join(sections), item.as_item(), **values)

    assert after == modelled(actions, item).as_item()


@given(st.sampled_from(["a", "b"]), st.integers(0, 3), st.integers(0, 3))
def test_a_refused_update_changes_nothing(name: str, first: int, second: int) -> None:
    item: Item = {"a": numbers(1, 2), "b": {"S": ""}}
    before = deepcopy(item)
    update = parsed(f"SET {name}[{first}] = q REMOVE a[{second}]" if name == "b" else "SET a = q")

    with pytest.raises(TableApiError):
        apply_update(update, item)
    assert item == before


def test_an_update_that_names_a_big_attribute_again_and_again_copies_it_twice() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html"""
    item: Item = {"a": {"S": "x" * 150_000}}

    assert set(updated("SET b = a, c = a", item)) == {"a", "b", "c"}  # is judged as a whole later
    with refused("Item size to update has exceeded the maximum allowed size"):
        apply_update(parsed("SET b = a, c = a, d = a"), item)
