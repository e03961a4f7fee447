"""report.json keeps to its schema, and says why a number is missing."""

import json
from collections.abc import Callable

import pytest
from jsonschema import Draft202012Validator

from muster.report.build import build_report
from muster.report.document import build_document, format_json
from muster.report.run_reader import RunRecords
from muster.report.schema import SCHEMA_FILE
from tests.unit.muster.report.sample_runs import (
    RUNS,
    evacuation,
    interfered_region_loss,
    region_loss,
)

SCHEMA = json.loads(SCHEMA_FILE.read_text())
NUMBERS = ("rto_s", "rpo_s", "rpo_items", "requests", "failed", "failed_share")


@pytest.mark.parametrize("make", RUNS)
def test_a_document_keeps_to_the_schema(make: Callable[[], RunRecords]) -> None:
    document = json.loads(format_json(build_document(build_report(make()))))

    errors = [error.message for error in Draft202012Validator(SCHEMA).iter_errors(document)]

    assert errors == []


@pytest.mark.parametrize("make", RUNS)
def test_a_number_that_is_not_known_has_a_reason(make: Callable[[], RunRecords]) -> None:
    document = build_document(build_report(make()))

    unknown = {name for name in NUMBERS if document[name] is None}

    assert unknown <= set(document["missing"])


@pytest.mark.parametrize("make", RUNS)
def test_equal_records_give_equal_text(make: Callable[[], RunRecords]) -> None:
    assert format_json(build_document(build_report(make()))) == format_json(
        build_document(build_report(make()))
    )


def test_the_shares_of_a_phase_add_up() -> None:
    document = build_document(build_report(evacuation()))

    assert set(document["shares"]) == {"before", "during", "after"}
    assert [round(sum(shares.values()), 6) for shares in document["shares"].values()] == [1, 1, 1]


def test_after_an_interference_no_number_of_the_loss_is_in_it() -> None:
    document = build_document(build_report(interfered_region_loss()))

    absent = ("rto_s", "rpo_s", "rpo_items", "failed_share", "movement", "stragglers", "recovery")
    assert [document[name] for name in absent] == [None] * len(absent)
    assert document["doors"] == []
    assert "which this drill had injected, was ended" in document["missing"]["rto_s"]
    assert document["exit_code"] == 4
    (mark,) = (one for one in document["events"] if one["label"] == "interference")
    (stop,) = (one for one in document["events"] if one["label"] == "stop")
    assert stop["at_s"] - mark["at_s"] == pytest.approx(3.0)


def test_an_outage_lies_where_the_charts_show_it() -> None:
    document = build_document(build_report(region_loss()))

    (outage,) = (one for place in document["availability"] for one in place["outages"])
    assert outage["start_s"] == pytest.approx(document["cause_s"], abs=0.2)
    assert outage["end_s"] - outage["start_s"] == pytest.approx(outage["length_s"])
    assert outage["end_s"] < document["return_s"]
