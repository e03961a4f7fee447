"""report.schema.json is a schema, and the one of the document's types."""

import json
from collections.abc import Iterator
from typing import Any

from jsonschema import Draft202012Validator

from muster.measure import RegionRecovery
from muster.report.document import format_json
from muster.report.schema import SCHEMA_FILE, build_schema, field_descriptions

TEXT = SCHEMA_FILE.read_text()
SCHEMA = json.loads(TEXT)
LOOSE = ("failures", "failures.*", "shares", "shares.*", "latency", "missing", "fates")
"""Objects whose names are not known beforehand."""


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_the_published_schema_is_up_to_date() -> None:
    assert format_json(build_schema()) == TEXT, "run: python -m muster.report.schema"


def test_an_object_of_the_schema_names_all_its_fields() -> None:
    """So that a new field can't slip into the document without its place in the schema."""
    objects = [*_objects(SCHEMA, ""), *_defined_objects()]

    loose = [path for path, one in objects if one.get("additionalProperties")]

    assert len(objects) > 20
    assert all(path.endswith(LOOSE) for path in loose)


def test_a_value_that_is_not_known_is_null_and_never_left_out() -> None:
    objects = [(name, one) for name, one in _defined_objects() if "." not in name]

    assert [name for name, one in objects if one["required"] != [*one["properties"]]] == []


def test_the_docstrings_of_fields_are_descriptions_inherited_ones_too() -> None:
    descriptions = field_descriptions(RegionRecovery)

    assert descriptions["late"].startswith("Writes that arrived")
    assert "null" in descriptions["missing_items"]
    assert "None" not in TEXT


def _defined_objects() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, schema in SCHEMA["$defs"].items():
        yield from _objects(schema, name)


def _objects(node: Any, path: str) -> Iterator[tuple[str, dict[str, Any]]]:  # noqa: ANN401 - JSON
    if not isinstance(node, dict):
        return
    if "object" in (node.get("type") or ""):
        yield path, node
    for name, member in node.get("properties", {}).items():
        yield from _objects(member, f"{path}.{name}" if path else name)
    if isinstance(node.get("additionalProperties"), dict):
        yield from _objects(node["additionalProperties"], f"{path}.*")
    yield from _objects(node.get("items"), f"{path}[]")


def test_a_recovery_that_is_known_has_its_numbers() -> None:
    """Without them, all of it is null, and `missing` has the reason."""
    properties = SCHEMA["$defs"]["RecoveryDocument"]["properties"]

    assert properties["missing_items"]["type"] == "integer"
    assert properties["rpo_s"]["type"] == "number"
