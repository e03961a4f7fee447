"""The Markdown summary of a run."""

import re
from dataclasses import replace

import pytest

from muster.ci.exit_codes import EXIT_MEANINGS
from muster.ci.markdown import render_failed_start, render_markdown_summary
from muster.report.build import build_report
from tests.unit.muster.report.sample_runs import (
    evacuation,
    interrupted_evacuation,
    refused_evacuation,
    region_loss,
)


def test_the_verdict_and_its_exit_code_come_first() -> None:
    report = build_report(region_loss())

    lines = render_markdown_summary(report).splitlines()

    assert lines[0] == f"## {report.plan.title}: Targets missed"
    assert lines[2].startswith("**Exit code 1: a target was missed")
    assert lines[4].startswith("* RTO is 14.1 s; the target is at most 10 s")


def test_targets_and_numbers_are_tables() -> None:
    text = render_markdown_summary(build_report(region_loss()))

    assert "| RTO | 14.1 s | 10 s | **missed** |" in text
    assert "| RPO | 1.08 s | 5 s | met |" in text
    assert re.search(r"^\| Time to detect \| 14 s \|", text, re.M)


def test_by_a_measurement_that_is_not_reliable_no_target_is_met_or_missed() -> None:
    records = region_loss()
    probed = replace(records.probe_runs[0], closing=None)

    text = render_markdown_summary(build_report(replace(records, probe_runs=(probed,))))

    assert text.splitlines()[0].endswith(": Measurement not reliable (lost)")
    assert "**Exit code 1: all steps were taken, and by numbers that are not reliable" in text
    assert "| RTO | 14.1 s | 10 s | **not reliable** |" in text
    assert "**missed**" not in text
    assert "| met |" not in text


@pytest.mark.parametrize("code", [code for code in EXIT_MEANINGS if code])
def test_every_exit_code_but_0_is_explained(code: int) -> None:
    text = render_markdown_summary(replace(build_report(refused_evacuation()), exit_code=code))

    assert f"**Exit code {code}: {EXIT_MEANINGS[code]}.**" in text


def test_a_drill_without_an_end_says_so_and_how_to_finish_it() -> None:
    text = render_markdown_summary(build_report(interrupted_evacuation()))

    assert "**No exit code: the drill has no end.**" in text
    assert "`muster drill resume" in text


def test_tables_are_whole_whatever_the_texts_are() -> None:
    report = build_report(evacuation())
    hostile = "a | b\n<img src=x> [x](y) \\"
    steps = tuple(replace(step, words=hostile, why=hostile) for step in report.steps)

    text = render_markdown_summary(replace(report, steps=steps))

    blocks = re.findall(r"(?:^\|.*\n)+", text, re.M)
    assert len(blocks) == 3
    for block in blocks:
        assert len({row.count("|") for row in block.splitlines()}) == 1
    assert "<img" not in text
    assert "[x]" not in text


def test_an_error_before_the_run_is_told_with_its_code() -> None:
    text = render_failed_start("evacuate", 2, "there is no such scenario")

    assert text.startswith("## evacuate: no drill was run\n")
    assert "**Exit code 2: wrong usage" in text
    assert "* there is no such scenario\n" in text
