"""report.json keeps to its schema, and says why a number is missing."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from muster.report import dumps
from muster.report.build import build
from muster.report.document import document, schema
from muster.report.folder import Records
from tests.unit.muster.report.test_report import RUNS, evacuation

NUMBERS = ("rto_s", "rpo_s", "rpo_items", "requests", "failed", "failed_share")


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("make", RUNS)
def test_a_document_keeps_to_the_schema(make: Callable[[], Records]) -> None:
    made = json.loads(dumps(document(build(make()))))

    errors = [error.message for error in Draft202012Validator(schema()).iter_errors(made)]

    assert errors == []


@pytest.mark.parametrize("make", RUNS)
def test_a_missing_number_says_why(make: Callable[[], Records]) -> None:
    made = document(build(make()))

    silent = [name for name in NUMBERS if made[name] is None and name not in made["missing"]]

    assert silent == []


@pytest.mark.parametrize("make", RUNS)
def test_equal_records_give_equal_text(make: Callable[[], Records]) -> None:
    assert dumps(document(build(make()))) == dumps(document(build(make())))


def test_the_shares_of_a_phase_add_up() -> None:
    made = document(build(evacuation()))

    assert set(made["shares"]) == {"before", "during", "after"}
    assert [round(sum(shares.values()), 6) for shares in made["shares"].values()] == [1, 1, 1]


def test_an_object_of_the_schema_names_all_its_fields() -> None:
    """So that a new field can't slip into the document without its description in the schema."""
    loose = [path for path, one in _objects(schema(), "") if one.get("additionalProperties")]

    assert all(path.endswith(LOOSE) for path in loose)


LOOSE = ("failures", "failures.*", "shares", "shares.*", "latency", "missing", "fates")


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
