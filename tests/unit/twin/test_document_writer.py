"""The text of a document whose parts are kept is that of the codec, and each part is made once."""

import json
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin import codec
from twin.document_writer import DocumentWriter


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A part."""

    name: str
    size: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    leaves: tuple[Leaf, ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    version: int = 0
    branches: tuple[Branch, ...] = ()
    top: Leaf | None = None
    labels: dict[str, str] = field(default_factory=dict)


leaves = st.builds(Leaf, size=st.floats(allow_nan=False))
branches = st.builds(Branch, leaves=st.lists(leaves).map(tuple))
trees = st.builds(
    Tree,
    version=st.integers(),
    branches=st.lists(branches).map(tuple),
    top=st.none() | leaves,
    labels=st.dictionaries(st.text(), st.text()),
)


@given(st.lists(trees, min_size=1, max_size=4))
def test_the_text_is_that_of_the_codec(documents: list[Tree]) -> None:
    writer = DocumentWriter(Leaf)

    for document in (*documents, *documents):
        assert writer.dumps(document) == codec.dumps(document)


def test_a_change_makes_the_text_of_the_changed_part_alone() -> None:
    made: list[str] = []
    writer = DocumentWriter(Leaf, check=made.append)
    first = tuple(Leaf(name=f"leaf {number}") for number in range(100))
    writer.dumps(Tree(branches=(Branch(leaves=first),)))
    made.clear()

    changed = (*first[:50], replace(first[50], size=2.0), *first[51:])
    tree = Tree(version=1, branches=(Branch(leaves=changed),))

    assert writer.dumps(tree) == codec.dumps(tree)
    assert [json.loads(text) for text in made] == [{"name": "leaf 50", "size": 2.0}]


def test_a_part_that_the_check_refuses_is_refused_again() -> None:
    def refuse(text: str) -> None:
        if "bad" in text:
            raise ValueError(text)

    writer = DocumentWriter(Leaf, check=refuse)
    good, bad = Leaf(name="good"), Leaf(name="bad")

    for _ in range(2):
        with pytest.raises(ValueError, match="bad"):
            writer.dumps(Tree(branches=(Branch(leaves=(good, bad)),)))
    assert writer.dumps(Tree(top=good)) == codec.dumps(Tree(top=good))
