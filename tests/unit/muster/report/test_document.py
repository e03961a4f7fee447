"""report.json keeps to its schema, and says why a number is missing."""

import json
from collections.abc import Callable

import pytest
from jsonschema import Draft202012Validator

from muster.report.build import build_report
from muster.report.document import build_document, format_json
from muster.report.run_reader import RunRecords
from muster.report.schema import SCHEMA_FILE
from tests.unit.muster.report.sample_runs import RUNS, evacuation

SCHEMA = json.loads(SCHEMA_FILE.read_text())
NUMBERS = ("rto_s", "rpo_s", "rpo_items", "requests", "failed", "failed_share")


@pytest.mark.parametrize("make", RUNS)
def test_a_document_keeps_to_the_schema(make: Callable[[], RunRecords]) -> None:
    made = json.loads(format_json(build_document(build_report(make()))))

    errors = [error.message for error in Draft202012Validator(SCHEMA).iter_errors(made)]

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
