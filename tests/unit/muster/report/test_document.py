"""report.json keeps to its schema, and says why a number is missing."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from muster.report import format_json
from muster.report.build import build_report
from muster.report.document import build_document, load_schema
from muster.report.run_reader import RunRecords
from tests.unit.muster.report.sample_runs import RUNS, evacuation

NUMBERS = ("rto_s", "rpo_s", "rpo_items", "requests", "failed", "failed_share")


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(load_schema())


@pytest.mark.parametrize("make", RUNS)
def test_a_document_keeps_to_the_schema(make: Callable[[], RunRecords]) -> None:
    made = json.loads(format_json(build_document(build_report(make()))))

    errors = [error.message for error in Draft202012Validator(load_schema()).iter_errors(made)]

    assert errors == []


@pytest.mark.parametrize("make", RUNS)
def test_a_missing_number_says_why(make: Callable[[], RunRecords]) -> None:
    made = build_document(build_report(make()))

    silent = [name for name in NUMBERS if made[name] is None and name not in made["missing"]]

    assert silent == []


@pytest.mark.parametrize("make", RUNS)
def test_equal_records_give_equal_text(make: Callable[[], RunRecords]) -> None:
    assert format_json(build_document(build_report(make()))) == format_json(
        build_document(build_report(make()))
    )


def test_the_shares_of_a_phase_add_up() -> None:
    made = build_document(build_report(evacuation()))

    assert set(made["shares"]) == {"before", "during", "after"}
    assert [round(sum(shares.values()), 6) for shares in made["shares"].values()] == [1, 1, 1]


def test_an_object_of_the_schema_names_all_its_fields() -> None:
    """So that a new field can't slip into the document without its description in the schema."""
    loose = [path for path, one in _objects(load_schema(), "") if one.get("additionalProperties")]

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
