"""The report's definitions are those of docs/drills/measurements.md, letter by letter."""

import re
from pathlib import Path

import pytest

from muster.measure import Fate
from muster.report.build import build_report
from muster.report.metric_rows import DEFINITIONS, FATES, key_metrics, metric_groups
from tests.unit.muster.report.sample_runs import evacuation, region_loss

TEXT = (Path(__file__).parents[4] / "docs/drills/measurements.md").read_text()
ROWS = [
    (set(re.findall(r"`([a-z0-9_.-]+)`", cells[1])) | {cells[1].strip(" `")}, cells[2].strip())
    for line in TEXT.splitlines()
    if len(cells := re.split(r"(?<!\\)\|", line)) == 4
]


@pytest.mark.parametrize("name", DEFINITIONS)
def test_a_definition_is_the_documented_one(name: str) -> None:
    documented = [text for names, text in ROWS if name in names]

    assert DEFINITIONS[name] in documented


@pytest.mark.parametrize("fate", Fate)
def test_a_fate_is_described_as_it_is_documented(fate: Fate) -> None:
    (documented,) = (text for names, text in ROWS if fate in names)

    assert documented.partition(".")[0] == FATES[fate]


def test_every_metric_names_a_definition_that_there_is() -> None:
    for records in (region_loss(), evacuation()):
        report = build_report(records)
        rows = [row for group in metric_groups(report) for row in group.rows]

        names = {row.definition for row in (*rows, *key_metrics(report))} - {""}

        assert names <= set(DEFINITIONS)


def test_the_fates_of_missing_writes_are_explained() -> None:
    groups = metric_groups(build_report(region_loss()))

    (row,) = (row for group in groups for row in group.rows if row.definition == "fates")

    assert [count.split()[-1] for count in row.value.split(", ")] == [
        meaning.partition(":")[0] for meaning in row.remark.split("; ")
    ]
