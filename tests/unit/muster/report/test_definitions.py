"""The report's definitions are those of docs/measurements.md, letter by letter."""

import re
from pathlib import Path

import pytest

from muster.measure import Fate
from muster.report.build import build_report
from muster.report.definitions import DEFINITIONS, FATES
from muster.report.metric_rows import key_metrics, metric_groups
from tests.unit.muster.report.sample_runs import evacuation, loss

TEXT = (Path(__file__).parents[4] / "docs" / "measurements.md").read_text()
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
def test_a_fate_is_told_as_it_is_documented(fate: Fate) -> None:
    (documented,) = (text for names, text in ROWS if fate in names)

    assert documented.partition(".")[0] == FATES[fate]


def test_every_figure_names_a_definition_that_there_is() -> None:
    for records in (loss(), evacuation()):
        report = build_report(records)
        shown = [f for group in metric_groups(report) for f in group.rows]

        names = {f.definition for f in (*shown, *key_metrics(report))} - {""}

        assert names <= set(DEFINITIONS)


def test_what_became_of_missing_writes_is_explained() -> None:
    groups = metric_groups(build_report(loss()))

    (told,) = (f for group in groups for f in group.rows if f.definition == "fates")

    assert [kind.split()[-1] for kind in told.value.split(", ")] == [
        one.partition(":")[0] for one in told.remark.split("; ")
    ]
