"""The comparison as JSON fits its schema."""

import json

from jsonschema import Draft202012Validator

from muster.trend.comparison import compare_runs
from muster.trend.document import build_trend_document
from muster.trend.past_runs import UnreadableRun
from muster.trend.run_facts import RunNumber
from muster.trend.schema import SCHEMA_FILE
from tests.unit.muster.trend.builders import build_facts

VALIDATOR = Draft202012Validator(json.loads(SCHEMA_FILE.read_text()))


def test_the_document_is_valid_and_has_every_run() -> None:
    runs = [
        build_facts(0),
        build_facts(1, RunNumber(value=None, doubt="nothing was probed"), subject=None),
        build_facts(2, settings={}),
    ]
    comparison = compare_runs("three", runs, [UnreadableRun("run-3", "not JSON")])

    document = json.loads(json.dumps(build_trend_document(comparison)))

    assert list(VALIDATOR.iter_errors(document)) == []
    assert [one["run"] for one in document["runs"]] == ["run-0", "run-1", "run-2"]
    assert document["runs"][0]["started_at"] == "2027-01-15T08:00:00.000Z"
    assert document["runs"][1]["numbers"]["rto_s"]["value"] is None
    assert document["unreadable"] == [{"run": "run-3", "why": "not JSON"}]
    assert {row["name"] for row in document["differences"]} == {"muster", "parameter hold"}
