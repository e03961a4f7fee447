"""What is read of a drill's lease, whoever wrote it."""

import json
from dataclasses import asdict

import pytest

from common.drill_lease import (
    DrillProgress,
    LeasedDrill,
    describe_drill_under_way,
    parse_lease_item,
    parse_progress,
)

PROGRESS = DrillProgress(
    started_at=1_800_000_000.0, phase="method", step="m2", does="hold", folder="/runs/r", pid=77
)
ITEM = {
    "item_id": {"S": "drill#lease"},
    "run": {"S": "r"},
    "until": {"N": "1800000060.5"},
    "by": {"S": "ann"},
    "lease": {"S": json.dumps({"scenario": "evacuate", "by": "ann", "host": "desk"})},
    "progress": {"S": json.dumps(asdict(PROGRESS))},
}


def test_a_lease_names_the_drill_its_step_its_operator_and_since_when() -> None:
    drill = parse_lease_item(ITEM)

    assert drill == LeasedDrill(
        run="r",
        until=1_800_000_060.5,
        scenario="evacuate",
        by="ann",
        host="desk",
        progress=PROGRESS,
    )
    told = describe_drill_under_way(drill)
    assert told.startswith("drill r (scenario evacuate, step m2: hold) by ann on desk since ")
    assert told.endswith(" is under way (watch it: `muster drill watch`)")


def test_the_lease_of_an_older_tool_has_no_progress() -> None:
    drill = parse_lease_item({name: ITEM[name] for name in ("run", "until", "by")})

    assert drill == LeasedDrill(run="r", until=1_800_000_060.5, by="ann")
    assert drill.describe() == "drill r by ann"


@pytest.mark.parametrize(
    "item",
    [{}, {"run": {"S": "r"}}, {"until": {"N": "1"}}, {"run": {"S": "r"}, "until": {"N": "soon"}}],
)
def test_an_item_that_is_no_lease_names_no_drill(item: dict[str, object]) -> None:
    assert parse_lease_item(item) is None


@pytest.mark.parametrize("text", ["", "?", "[]", '{"step": 7, "pid": "x", "later": {}}'])
def test_progress_that_cannot_be_understood_is_left_out(text: str) -> None:
    assert parse_progress(text) == DrillProgress()


def test_progress_of_a_newer_tool_is_read_as_far_as_it_is_known() -> None:
    text = json.dumps({**asdict(PROGRESS), "mood": "good"})

    assert parse_progress(text) == PROGRESS


@pytest.mark.parametrize(
    ("progress", "words"),
    [
        (DrillProgress(), ""),
        (DrillProgress(phase="checks"), "phase checks"),
        (DrillProgress(phase="method", step="m1"), "step m1"),
    ],
)
def test_a_drill_without_a_step_is_described_by_its_phase(
    progress: DrillProgress, words: str
) -> None:
    assert progress.describe() == words
