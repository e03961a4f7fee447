"""Say in plain words which rule of a JSON schema a document breaks.

jsonschema reports several errors at once; this module chooses the one to mend first.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from common.command.wording import shorten, suggest_name

Schema = Mapping[str, Any]
Properties = dict[str, Any]
ValuePath = tuple[str | int, ...]
_TYPE_NAMES = {
    "object": "a mapping of keys to values",
    "array": "a list, each entry behind a -",
    "string": "a text",
    "number": "a number",
    "null": "null",
}


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken rule, and the path of the value that breaks it."""

    path: ValuePath
    rule: str


@dataclass(frozen=True, slots=True)
class _SchemaError:
    """One of jsonschema's errors."""

    keyword: str
    argument: Any
    """The keyword's value."""
    value: Any
    schema: Any
    """The part of the schema that has the keyword."""
    context: tuple["_SchemaError", ...]
    """Errors of the alternatives of `anyOf`."""


def first_violation(document: object, schema: Schema) -> Violation | None:
    """The violation to mend first; None for a valid document."""
    validator = Draft202012Validator(schema)
    error = min(validator.iter_errors(document), key=_relevance, default=None)
    if error is None:
        return None
    return _violation(tuple(error.absolute_path), _schema_error(error), validator)


def _relevance(error: ValidationError) -> tuple[bool, int]:
    # jsonschema calls good fields beside a bad one unevaluated too; the deepest error says most.
    return error.validator == "unevaluatedProperties", -len(error.absolute_path)


def _schema_error(error: ValidationError) -> _SchemaError:
    return _SchemaError(
        keyword=str(error.validator),
        argument=error.validator_value,
        value=error.instance,
        schema=error.schema,
        context=tuple(_schema_error(inner) for inner in error.context or ()),
    )


def _violation(path: ValuePath, error: _SchemaError, validator: Draft202012Validator) -> Violation:
    known = _properties(error.schema, error.value, validator)
    match error.keyword:
        case "additionalProperties" | "unevaluatedProperties":
            key = next(name for name in error.value if name not in known)
            keys = ", ".join(known)
            rule = f"there is no such key; keys are {keys}{suggest_name(str(key), known)}"
            return Violation((*path, key), rule)
        case "required":
            missing = [name for name in error.argument if name not in error.value]
            names = ", ".join(f"{name}{_description(known.get(name))}" for name in missing)
            return Violation(path, f"lacks {names}")
        case "oneOf":
            return Violation(path, _one_of(error))
        case _:
            return Violation(path, f"{_value_problem(error)}{_description(error.schema)}")


def _value_problem(error: _SchemaError) -> str:
    shown = _shown(error.value)
    hint = _quotes_hint(error.value)
    match error.keyword:
        case "type":
            types = [error.argument] if isinstance(error.argument, str) else error.argument
            expected = " or ".join(_TYPE_NAMES[one] for one in types)
            return f"is {shown}; it must be {expected}{hint}"
        case "enum" | "const" | "anyOf":
            choices = list(_choices(error))
            problem = f"{shown} is not one of {', '.join(choices)}"
            return problem + (hint or suggest_name(str(error.value), choices))
        case "pattern":
            return f"{shown} has not the right form"
        case _:
            return _length_problem(error)


def _quotes_hint(value: object) -> str:
    """For a text that YAML reads as another type."""
    if isinstance(value, bool):
        return "; YAML reads a bare yes, no, on or off so: use quotes"
    return "; YAML reads a bare date so: use quotes" if isinstance(value, date) else ""


def _length_problem(error: _SchemaError) -> str:
    """Of `minItems`, `maxLength` and their like."""
    what = "entries" if error.keyword.endswith("Items") else "characters"
    bound = "least" if error.keyword.startswith("min") else "most"
    return f"has {len(error.value)} {what}; it must have at {bound} {error.argument}"


def _choices(error: _SchemaError) -> Iterator[str]:
    match error.keyword:
        case "anyOf":
            for alternative in error.context:
                yield from _choices(alternative)
        case "enum":
            yield from map(str, error.argument)
        case "const":
            yield str(error.argument)


def _one_of(error: _SchemaError) -> str:
    """Exactly one of several keys is required."""
    names = [name for one in error.argument for name in one["required"]]
    given = [name for name in names if name in error.value]
    return f"needs one of {', '.join(names)}; it has {' and '.join(given) or 'none'}"


def _properties(schema: object, value: object, validator: Draft202012Validator) -> Properties:
    """The keys that a mapping may have here, with their schemas."""
    if not isinstance(schema, dict):
        return {}
    properties = dict(schema.get("properties", {}))
    nested = [*schema.get("allOf", ())]
    if "$ref" in schema:
        nested.append(_definition(schema["$ref"], validator.schema))
    if "if" in schema and validator.evolve(schema=schema["if"]).is_valid(value):
        nested.append(schema.get("then"))
    for one in nested:
        properties |= _properties(one, value, validator)
    return properties


def _definition(reference: str, schema: Any) -> object:  # noqa: ANN401 - a JSON schema
    """The schema behind `#/$defs/NAME`."""
    definition: object = schema["$defs"][reference.rpartition("/")[2]]
    return definition


def _description(schema: object) -> str:
    text = schema.get("description") if isinstance(schema, dict) else None
    return f" ({text})" if text else ""


def _shown(value: object) -> str:
    """A value as YAML writes it; of a mapping or a list only its kind."""
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    if value is None:
        return "empty"
    plain = isinstance(value, bool | date)
    return shorten(str(value).lower() if plain else repr(value))
