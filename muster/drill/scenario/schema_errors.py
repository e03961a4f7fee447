"""What a document breaks of a JSON schema, in words for whoever wrote it.

Decides which of several errors is told, and how each kind reads. Pure.
"""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from muster.parsers import shorten

Schema = Mapping[str, Any]
Properties = dict[str, Any]
ValuePath = tuple[str | int, ...]
_TYPES = {
    "object": "a mapping of keys to values",
    "array": "a list, each entry behind a -",
    "string": "a text",
    "number": "a number",
    "null": "null",
}


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that is broken, and where."""

    place: ValuePath
    words: str


@dataclass(frozen=True, slots=True)
class _Error:
    """One of jsonschema's errors; since the schema is one, its parts are what they must be."""

    validator: str
    rule: Any
    """The keyword's value."""
    value: Any
    schema: Any
    """The part that the keyword stands in."""
    context: tuple["_Error", ...]
    """Of `anyOf`, why each alternative does not fit."""


def first_violation(raw: object, schema: Schema) -> Violation | None:
    """What a person should mend first; None when all is in order."""
    validator = Draft202012Validator(schema)
    error = min(validator.iter_errors(raw), key=_relevance, default=None)
    return _broken(tuple(error.absolute_path), _read(error), validator) if error else None


def _relevance(error: ValidationError) -> tuple[bool, int]:
    # "Unevaluated" is also said of good fields beside a bad one; the deepest place tells most.
    return error.validator == "unevaluatedProperties", -len(error.absolute_path)


def _read(error: ValidationError) -> _Error:
    return _Error(
        validator=str(error.validator),
        rule=error.validator_value,
        value=error.instance,
        schema=error.schema,
        context=tuple(_read(one) for one in error.context or ()),
    )


def _broken(place: ValuePath, error: _Error, validator: Draft202012Validator) -> Violation:
    known = _properties(error.schema, error.value, validator)
    match error.validator:
        case "additionalProperties" | "unevaluatedProperties":
            key = next(name for name in error.value if name not in known)
            told = f"there is no such key; keys are {', '.join(known)}{_meant(key, known)}"
            return Violation((*place, key), told)
        case "required":
            missing = [name for name in error.rule if name not in error.value]
            told = ", ".join(f"{name}{_about(known.get(name))}" for name in missing)
            return Violation(place, f"lacks {told}")
        case "oneOf":
            return Violation(place, _one_of(error))
        case _:
            return Violation(place, f"{_of_value(error)}{_about(error.schema)}")


def _of_value(error: _Error) -> str:
    """A value that is wrong by itself."""
    shown = _shown(error.value)
    hint = _quotes(error.value)
    match error.validator:
        case "type":
            types = [error.rule] if isinstance(error.rule, str) else error.rule
            return f"is {shown}; it must be {' or '.join(_TYPES[one] for one in types)}{hint}"
        case "enum" | "const" | "anyOf":
            choices = list(_choices(error))
            told = f"{shown} is not one of {', '.join(choices)}"
            return told + (hint or _meant(error.value, choices))
        case "pattern":
            return f"{shown} has not the right form"
        case _:
            return _length(error)


def _quotes(value: object) -> str:
    """What to do about a text that YAML takes for something else."""
    if isinstance(value, bool):
        return "; YAML reads a bare yes, no, on or off so: use quotes"
    return "; YAML reads a bare date so: use quotes" if isinstance(value, date) else ""


def _length(error: _Error) -> str:
    """Of `minItems` and its like."""
    what = "entries" if error.validator.endswith("Items") else "characters"
    side = "least" if error.validator.startswith("min") else "most"
    return f"has {len(error.value)} {what}; it must have at {side} {error.rule}"


def _choices(error: _Error) -> Iterator[str]:
    match error.validator:
        case "anyOf":
            for one in error.context:
                yield from _choices(one)
        case "enum":
            yield from map(str, error.rule)
        case "const":
            yield str(error.rule)


def _one_of(error: _Error) -> str:
    """Of several keys exactly one."""
    names = [name for one in error.rule for name in one["required"]]
    given = [name for name in names if name in error.value]
    return f"needs one of {', '.join(names)}; it has {' and '.join(given) or 'none'}"


def _properties(schema: object, value: object, validator: Draft202012Validator) -> Properties:
    """The keys that a mapping may have here, with what the schema says of them."""
    if not isinstance(schema, dict):
        return {}
    found = dict(schema.get("properties", {}))
    below = [*schema.get("allOf", ())]
    if "$ref" in schema:
        below.append(_defined(schema["$ref"], validator.schema))
    if "if" in schema and validator.evolve(schema=schema["if"]).is_valid(value):
        below.append(schema.get("then"))
    for one in below:
        found |= _properties(one, value, validator)
    return found


def _defined(reference: str, schema: Any) -> object:  # noqa: ANN401 - a JSON schema
    """What `#/$defs/NAME` stands for."""
    defined: object = schema["$defs"][reference.rpartition("/")[2]]
    return defined


def _meant(written: object, choices: Iterable[str]) -> str:
    close = difflib.get_close_matches(str(written), list(choices), n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _about(schema: object) -> str:
    words = schema.get("description") if isinstance(schema, dict) else None
    return f" ({words})" if words else ""


def _shown(value: object) -> str:
    """A value in YAML's words; of what holds others only the kind."""
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    if value is None:
        return "empty"
    plain = isinstance(value, bool | date)
    return shorten(str(value).lower() if plain else repr(value))
