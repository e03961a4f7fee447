"""JSON documents of the operator's tool; tests/unit/common/test_codec.py has the rest."""

from dataclasses import dataclass

import pytest

from muster import codec
from muster.errors import InvalidDocument, MusterError


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A document."""

    text: str
    by: str | None


def test_a_field_that_is_none_is_left_out_and_comes_back() -> None:
    note = Note(text="x", by=None)

    assert codec.dumps(note) == '{"text":"x"}'
    assert codec.plain(note) == {"text": "x"}
    assert codec.loads(Note, '{"text":"x"}') == note


def test_a_misspelt_field_is_an_error_of_the_tool() -> None:
    with pytest.raises(InvalidDocument, match="txt: no such field") as caught:
        codec.loads(Note, '{"text": "x", "txt": "y"}')

    assert isinstance(caught.value, MusterError)
