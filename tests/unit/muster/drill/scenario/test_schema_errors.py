"""What a document breaks of a schema, in words."""

from datetime import date
from typing import Any

import pytest

from muster.drill.scenario.schema_errors import Violation, first_violation

SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["kind"],
    "properties": {
        "kind": {"enum": ["round", "square"], "description": "its form"},
        "size": {"type": "number"},
        "names": {"type": "array", "minItems": 1, "maxItems": 2, "items": {"maxLength": 3}},
        "word": {
            "anyOf": [
                {"enum": ["up", "down"]},
                {"const": "off"},
                {"type": "string", "pattern": "^[$]"},
            ],
            "description": "where to",
        },
    },
}


@pytest.mark.parametrize(
    ("raw", "place", "words"),
    [
        ([], (), "is a list; it must be a mapping of keys to values"),
        ({}, (), "lacks kind (its form)"),
        ({"kind": 1}, ("kind",), "1 is not one of round, square (its form)"),
        (
            {"kind": "squares"},
            ("kind",),
            "'squares' is not one of round, square; did you mean square?",
        ),
        ({"kind": "round", "sizes": 1}, ("sizes",), "there is no such key; keys are kind, size"),
        ({"kind": "round", "sizes": 1}, ("sizes",), "did you mean size?"),
        ({"kind": "round", "size": None}, ("size",), "is empty; it must be a number"),
        ({"kind": "round", "size": True}, ("size",), "is true; it must be a number; YAML reads"),
        (
            {"kind": date(2026, 1, 2)},
            ("kind",),
            "2026-01-02 is not one of round, square; YAML read",
        ),
        ({"kind": "round", "size": "x" * 99}, ("size",), f"is '{'x' * 56}...; it must"),
        ({"kind": "round", "names": []}, ("names",), "has 0 entries; it must have at least 1"),
        ({"kind": "round", "names": list("abc")}, ("names",), "has 3 entries; it must have at mo"),
        ({"kind": "round", "names": ["long"]}, ("names", 0), "has 4 characters; it must have at"),
        ({"kind": "round", "word": "dwn"}, ("word",), "'dwn' is not one of up, down, off; did yo"),
        ({"kind": "round", "word": False}, ("word",), "false is not one of up, down, off; YAML"),
    ],
)
def test_a_violation_names_the_value_and_the_rule(
    raw: object, place: tuple[str | int, ...], words: str
) -> None:
    violation = first_violation(raw, SCHEMA)

    assert isinstance(violation, Violation)
    assert violation.path == place
    assert words in violation.rule


def test_a_valid_document_has_no_violation() -> None:
    for word in ("up", "off", "$a"):
        assert (
            first_violation({"kind": "round", "size": 1, "names": ["a"], "word": word}, SCHEMA)
            is None
        )


def test_the_deepest_violation_is_reported() -> None:
    violation = first_violation({"size": "a", "names": ["long"]}, SCHEMA)

    assert violation is not None
    assert violation.path == ("names", 0)
