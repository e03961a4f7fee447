"""Dataclasses to JSON and back, and errors that name the place."""

import json
import subprocess
import sys
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.codec import Codec, CodecError
from tests.unit.common.codec_threads import THREADS, TYPES

CHECKOUT = Path(__file__).parents[3]


class Colour(StrEnum):
    """An enumeration."""

    RED = "red"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A dataclass inside others."""

    name: str
    size: float = 1.0
    colour: Colour = Colour.RED


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """All kinds of fields that every codec reads."""

    leaves: tuple[Leaf, ...]
    age: int
    tall: bool = True
    jars: dict[str, Leaf] = field(default_factory=dict)
    labels: dict[str, float | str] = field(default_factory=dict)
    sort: Literal["tea", "salt"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """What only a codec that refuses unknown fields reads."""

    shapes: tuple[Circle | Square, ...] = ()
    note: str | None


class DemoError(Exception):
    """An error of a part."""


OPEN = Codec(sort_keys=True, allow_nan=True)
STRICT = Codec(omit_none=True, refuse_unknown_fields=True)
CODECS = pytest.mark.parametrize("codec", [OPEN, STRICT], ids=["open", "strict"])

leaves = st.builds(Leaf, size=st.floats(allow_nan=False, allow_infinity=False))
trees = st.builds(
    Tree,
    leaves=st.lists(leaves).map(tuple),
    age=st.integers(),
    jars=st.dictionaries(st.text(), leaves),
    labels=st.dictionaries(st.text(), st.floats(allow_nan=False, allow_infinity=False) | st.text()),
)
shapes = st.builds(Circle, radius=st.just(1.5)) | st.builds(Square, side=st.just(2.0))


@CODECS
@given(tree=trees)
def test_a_document_comes_back_as_it_was(codec: Codec, tree: Tree) -> None:
    assert codec.loads(Tree, codec.dumps(tree)) == tree


@given(st.builds(Drawing, shapes=st.lists(shapes).map(tuple), note=st.none() | st.text()))
def test_a_union_of_dataclasses_comes_back_as_it_was(drawing: Drawing) -> None:
    assert STRICT.loads(Drawing, STRICT.dumps(drawing)) == drawing


def test_keys_have_the_order_of_the_fields_and_none_is_left_out() -> None:
    tree = Tree(leaves=(Leaf(name="\N{SNOWMAN}"),), age=1, labels={"b": 1.0, "a": "x"})

    assert STRICT.dumps(tree) == (
        r'{"leaves":[{"name":"\u2603","size":1.0,"colour":"red"}],"age":1,"tall":true,"jars":{},'
        r'"labels":{"b":1.0,"a":"x"}}'
    )


def test_keys_are_sorted_and_none_is_written() -> None:
    tree = Tree(leaves=(Leaf(name="x", size=1e16),), age=1, labels={"b": 1.0, "a": "x"})

    assert OPEN.dumps(tree) == (
        '{"age":1,"jars":{},"labels":{"a":"x","b":1.0},'
        '"leaves":[{"colour":"red","name":"x","size":1e+16}],"sort":null,"tall":true}'
    )


@CODECS
def test_a_plain_value_has_what_the_json_has(codec: Codec) -> None:
    tree = Tree(leaves=(Leaf(name="x"),), age=1)

    assert codec.plain(tree) == json.loads(codec.dumps(tree))
    assert codec.plain((1, Colour.RED)) == [1, "red"]


@CODECS
def test_a_value_without_a_json_form_is_an_error_of_the_program(codec: Codec) -> None:
    with pytest.raises(TypeError, match="set has no JSON form"):
        codec.dumps({"a": {1}})


def test_numbers_that_are_no_json_are_written_or_refused() -> None:
    leaf = Leaf(name="x", size=float("inf"))

    assert OPEN.loads(Leaf, OPEN.dumps(leaf)) == leaf
    with pytest.raises(ValueError, match="not JSON compliant"):
        STRICT.dumps(leaf)


@CODECS
def test_missing_fields_take_their_defaults(codec: Codec) -> None:
    assert codec.loads(Tree, '{"leaves": [], "age": 2}') == Tree(leaves=(), age=2)


def test_a_none_that_was_left_out_comes_back() -> None:
    assert STRICT.loads(Drawing, "{}") == Drawing(note=None)


@CODECS
def test_a_whole_number_is_taken_for_a_float(codec: Codec) -> None:
    leaf = codec.loads(Leaf, '{"name": "x", "size": 2}')

    assert leaf == Leaf(name="x", size=2.0)
    assert type(leaf.size) is float
    tree = codec.loads(Tree, '{"leaves": [], "age": 1, "labels": {"n": 2}}')
    assert type(tree.labels["n"]) is float


def test_unknown_fields_are_ignored_or_refused() -> None:
    newer = '{"leaves": [{"name": "x", "weight": 3}], "age": 1}'

    assert OPEN.loads(Tree, newer) == Tree(leaves=(Leaf(name="x"),), age=1)
    with pytest.raises(CodecError, match=r"leaves\[0\]\.weight: no such field"):
        STRICT.loads(Tree, newer)


@CODECS
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nonsense", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "document: expected object, got array"),
        ('{"leaves": []}', "age: missing"),
        ('{"leaves": 3, "age": 1}', "leaves: expected array, got int"),
        ('{"leaves": [{}], "age": 1}', "leaves[0].name: missing"),
        ('{"leaves": [], "age": true}', "age: expected int, got bool"),
        ('{"leaves": [], "age": 1.0}', "age: expected int, got float"),
        ('{"leaves": [], "age": "1"}', "age: expected int, got str"),
        ('{"leaves": [], "age": 1, "tall": 1}', "tall: expected bool, got int"),
        (
            '{"leaves": [{"name": "x", "colour": "green"}], "age": 1}',
            "leaves[0].colour: invalid enum value 'green'",
        ),
        ('{"leaves": [], "age": 1, "sort": "oil"}', "sort: invalid enum value 'oil'"),
        ('{"leaves": [], "age": 1, "jars": []}', "jars: expected object, got array"),
        ('{"leaves": [], "age": 1, "jars": {"a": {}}}', "jars[...].name: missing"),
        (
            '{"leaves": [], "age": 1, "labels": {"n": true}}',
            "labels[...]: expected float | str, got bool",
        ),
        ('{"leaves": [], "age": 1, "sort": "\\ud800"}', "surrogates not allowed"),
    ],
)
def test_an_error_names_the_place(codec: Codec, text: str, message: str) -> None:
    with pytest.raises(CodecError) as error:
        codec.loads(Tree, text)

    assert message in str(error.value)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"side": 1.0}, "kind: missing"),
        ({"kind": "line"}, "kind: invalid value 'line'"),
        (3, "document: expected object, got int"),
        ({"kind": "circle"}, "radius: missing"),
        ({"kind": "circle", "radius": 1.0, "side": 2.0}, "side: no such field"),
    ],
)
def test_a_wrong_kind_is_named(raw: object, message: str) -> None:
    with pytest.raises(CodecError) as error:
        STRICT.decode_union(Circle | Square, raw)

    assert message in str(error.value)


def test_a_part_has_its_own_error() -> None:
    with pytest.raises(DemoError, match="age: missing"):
        Codec(error=DemoError).loads(Tree, '{"leaves": []}')


def test_threads_read_documents_of_a_new_type_at_the_same_time() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tests.unit.common.codec_threads"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert int(run.stdout) == 2 * THREADS * TYPES
