"""JSON of dataclasses: the way there and back, and errors that name the place."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster import codec
from muster.errors import CodecError


class Colour(StrEnum):
    """An enumeration."""

    RED = "red"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One of many."""

    name: str
    size: float = 1.0
    colour: Colour = Colour.RED


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """All kinds of fields."""

    leaves: tuple[Leaf, ...]
    age: int
    tall: bool
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """What else a file may hold."""

    jars: dict[str, Leaf]
    labels: dict[str, float | str]
    sort: Literal["tea", "salt"] | None = None


trees = st.builds(
    Tree,
    leaves=st.lists(st.builds(Leaf, size=st.floats(allow_nan=False, allow_infinity=False))).map(
        tuple
    ),
    age=st.integers(),
    tall=st.booleans(),
    note=st.none() | st.text(),
)


@given(trees)
def test_there_and_back_is_the_same_value(tree: Tree) -> None:
    assert codec.loads(Tree, codec.dumps(tree)) == tree


def test_a_whole_number_is_taken_for_a_float() -> None:
    assert codec.loads(Leaf, '{"name": "x", "size": 2}') == Leaf(name="x", size=2.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nonsense", "not JSON"),
        ("[]", "document: [] is not an object"),
        ('{"leaves": [], "age": 1}', "tall: missing"),
        ('{"leaves": 3, "age": 1, "tall": true}', "leaves: 3 is not a list"),
        ('{"leaves": [{}], "age": 1, "tall": true}', "leaves[0].name: missing"),
        ('{"leaves": [], "age": true, "tall": true}', "age: True is not a int"),
        ('{"leaves": [], "age": 1, "tall": 1}', "tall: 1 is not a bool"),
        ('{"leaves": [], "age": 1, "tall": true, "agee": 1}', "agee: no such field"),
        (
            '{"leaves": [{"name": "x", "colour": "green"}], "age": 1, "tall": true}',
            "leaves[0].colour: 'green' is not one of red",
        ),
    ],
)
def test_an_error_names_the_place_and_the_value(text: str, message: str) -> None:
    with pytest.raises(CodecError) as error:
        codec.loads(Tree, text)

    assert message in str(error.value)


def test_dicts_literals_and_unions_come_back_as_they_went() -> None:
    shelf = Shelf(jars={"a": Leaf(name="x", size=1.0)}, labels={"n": 2.5, "s": "5"}, sort="tea")

    assert codec.loads(Shelf, codec.dumps(shelf)) == shelf
    assert codec.loads(Shelf, '{"jars": {}, "labels": {"n": 2}}').labels == {"n": 2.0}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"jars": [], "labels": {}}', "jars: [] is not an object"),
        ('{"jars": {"a": 1}, "labels": {}}', "jars.a: 1 is not an object"),
        ('{"jars": {}, "labels": {"n": true}}', "labels.n: True is not float or str"),
        ('{"jars": {}, "labels": {}, "sort": "oil"}', "sort: 'oil' is not one of tea, salt"),
    ],
)
def test_an_error_names_the_place_in_a_dict(text: str, message: str) -> None:
    with pytest.raises(CodecError) as error:
        codec.loads(Shelf, text)

    assert message in str(error.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle:
    """One kind of a union."""

    radius: float
    kind: Literal["circle"] = "circle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Square:
    """Another kind."""

    side: float
    kind: Literal["square"] = "square"


def test_a_union_of_dataclasses_is_told_apart_by_its_kind() -> None:
    shape = Square(side=2.0)

    assert codec.decode_union(Circle | Square, codec.plain(shape)) == shape


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"side": 1.0}, "kind: None is not one of circle, square"),
        ({"kind": "line"}, "kind: 'line' is not one of circle, square"),
        (3, "document: 3 is not an object"),
        ({"kind": "circle"}, "radius: missing"),
    ],
)
def test_a_wrong_kind_is_named(raw: object, message: str) -> None:
    with pytest.raises(CodecError) as error:
        codec.decode_union(Circle | Square, raw)

    assert message in str(error.value)
