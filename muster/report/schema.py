"""report.schema.json, generated from the types of the document.

    python -m muster.report.schema

writes the file anew. A type's docstring, and the docstring below a field, become descriptions.
Every field is required, since a value that is not known is null and never left out.
"""

import ast
import inspect
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args, get_type_hints

import msgspec

from common.files.atomic_file import write_atomically
from muster.report.document import ReportDocument, format_json

SCHEMA_FILE = Path(__file__).parent / "report.schema.json"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
TITLE = "Report of a failover drill"


def build_schema() -> dict[str, Any]:
    """The schema of the types as they are now."""
    return document_schema(ReportDocument, TITLE)


def document_schema(document: type, title: str) -> dict[str, Any]:
    """The schema of a dataclass, and of all that a value of it can hold."""
    types = {cls.__name__: cls for cls in _dataclasses_in(document)}
    _, components = msgspec.json.schema_components(types.values())
    schemas = {name: _object_schema(cls, components[name]) for name, cls in sorted(types.items())}
    root = schemas.pop(document.__name__)
    return {"$schema": DIALECT, "title": title, **root, "$defs": schemas}


def field_descriptions(cls: type) -> dict[str, str]:
    """The docstrings below a dataclass' fields, inherited ones too."""
    found: dict[str, str] = {}
    for base in reversed(cls.__mro__[:-1]):
        (definition,) = ast.parse(inspect.cleandoc(inspect.getsource(base))).body
        assert isinstance(definition, ast.ClassDef)  # noqa: S101 - what getsource gives of a class
        for statement, following in pairwise(definition.body):
            match statement, following:
                case (
                    ast.AnnAssign(target=ast.Name(id=name)),
                    ast.Expr(value=ast.Constant(value=str(text))),
                ):
                    found[name] = _as_json_text(text)
                case _:
                    pass
    return found


def _object_schema(cls: type, schema: dict[str, Any]) -> dict[str, Any]:
    descriptions = field_descriptions(cls)
    properties = {}
    for name in (one.name for one in fields(cls)):  # msgspec's order is another one
        described = {"description": descriptions[name]} if name in descriptions else {}
        properties[name] = _simplify(schema["properties"][name]) | described
    return {
        "description": _as_json_text(inspect.getdoc(cls) or ""),
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _simplify(schema: dict[str, Any]) -> dict[str, Any]:
    """Without a default, which no document needs; `["number", "null"]` instead of an `anyOf`."""
    match schema:
        case {"anyOf": [{"type": str(kind)} as known, {"type": "null"}]} if "enum" not in known:
            return {**known, "type": [kind, "null"]}
        case _:
            return {name: member for name, member in schema.items() if name != "default"}


def _dataclasses_in(kind: object) -> Iterator[type]:
    """Every dataclass that a value of the type can hold."""
    if isinstance(kind, type) and is_dataclass(kind):
        yield kind
        for member in get_type_hints(kind).values():
            yield from _dataclasses_in(member)
    for member in get_args(kind):
        yield from _dataclasses_in(member)


def _as_json_text(docstring: str) -> str:
    return " ".join(docstring.split()).replace("None", "null")


if __name__ == "__main__":
    write_atomically(SCHEMA_FILE, format_json(build_schema()))
