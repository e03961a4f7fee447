"""JUnit XML of a run: what CI systems count agrees with the drill's exit code."""

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from muster.ci.junit import render_failed_start, render_junit
from muster.report import DrillReport
from muster.report.build import build_report
from muster.report.formatting import format_utc
from muster.report.run_reader import RunRecords
from tests.unit.muster.report.sample_runs import (
    evacuation,
    interrupted_evacuation,
    refused_evacuation,
    region_loss,
)


def report_of(records: RunRecords) -> DrillReport:
    return build_report(records)


def suite_of(text: str) -> ET.Element:
    root = ET.fromstring(text)  # noqa: S314 - our own text
    assert root.tag == "testsuites"
    (suite,) = root
    assert int(suite.attrib["tests"]) == len(suite.findall("testcase"))
    for name in ("failure", "error", "skipped"):
        counted = suite.attrib[{"failure": "failures", "error": "errors"}.get(name, name)]
        assert int(counted) == len(suite.findall(f"testcase/{name}"))
    return suite


def case(suite: ET.Element, name: str) -> ET.Element:
    (found,) = (one for one in suite.findall("testcase") if one.attrib["name"].startswith(name))
    return found


def bad(suite: ET.Element) -> int:
    return int(suite.attrib["failures"]) + int(suite.attrib["errors"])


def property_of(suite: ET.Element, name: str) -> str:
    (found,) = (one for one in suite.iter("property") if one.attrib["name"] == name)
    return found.attrib["value"]


def test_a_met_drill_has_no_failed_case() -> None:
    suite = suite_of(render_junit(report_of(evacuation())))

    assert suite.attrib["name"] == "muster drill evacuate"
    assert bad(suite) == 0
    assert [one.attrib["name"] for one in suite.findall("testcase") if len(one)] == []
    assert property_of(suite, "exit_code") == "0"


def test_the_suite_has_the_drills_beginning_and_length() -> None:
    report = report_of(evacuation())
    suite = suite_of(render_junit(report))

    assert report.length_s > 60
    assert suite.attrib["time"] == case(suite, "the drill").attrib["time"]
    assert suite.attrib["time"] == f"{report.length_s:.3f}"
    assert suite.attrib["timestamp"] == format_utc(report.started_at)


def test_a_missed_target_is_a_failure_with_the_verdicts_words() -> None:
    report = report_of(region_loss())

    suite = suite_of(render_junit(report))

    failure = case(suite, "RTO at most 10 s").find("failure")
    assert failure is not None
    assert failure.attrib["message"].startswith("RTO is 14.1 s; the target is at most 10 s")
    assert case(suite, "RPO at most 5 s").find("failure") is None
    ended = case(suite, "the drill").find("failure")
    assert ended is not None
    assert "Exit code 1: a target was missed" in ended.attrib["message"]
    assert report.verdict.trust in (ended.text or "")


def test_steps_are_cases_with_their_length() -> None:
    report = report_of(evacuation())
    suite = suite_of(render_junit(report))

    names = [one.attrib["name"] for one in suite.findall("testcase")]
    assert [f"{step.id}: {step.words}" for step in report.steps] == names[1 + len(report.targets) :]
    hold = next(step for step in report.steps if step.words.startswith("hold"))
    assert hold.start_s is not None
    assert hold.end_s is not None
    assert case(suite, f"{hold.id}: ").attrib["time"] == f"{hold.end_s - hold.start_s:.3f}"


def test_a_drill_without_an_end_is_an_error_and_its_steps_say_where() -> None:
    suite = suite_of(render_junit(report_of(interrupted_evacuation())))

    assert case(suite, "the drill").find("error") is not None
    begun, planned = case(suite, "m7: ").find("error"), case(suite, "m8: ").find("skipped")
    assert begun is not None
    assert begun.attrib["message"] == "the journal breaks off; it may have been taken"
    assert planned is not None
    assert planned.attrib["message"] == "not taken"
    assert case(suite, "m8: ").attrib["time"] == "0.000"
    assert property_of(suite, "exit_code") == ""


def test_a_failed_step_says_why() -> None:
    report = report_of(evacuation())
    steps = (replace(report.steps[0], outcome="failed", why="no dial"), *report.steps[1:])

    suite = suite_of(render_junit(replace(report, steps=steps, exit_code=4)))

    failure = case(suite, f"{steps[0].id}: ").find("failure")
    assert failure is not None
    assert failure.attrib["message"] == "no dial"


def test_numbers_in_doubt_are_told_without_a_failure() -> None:
    report = report_of(evacuation())
    doubtful = replace(report, verdict=replace(report.verdict, trusted=False))

    suite = suite_of(render_junit(doubtful))

    assert bad(suite) == 0
    assert case(suite, "the drill").find("skipped") is not None


def unreliable(records: RunRecords) -> RunRecords:
    """The run, whose prober left no closing record."""
    (probed,) = records.probe_runs
    return replace(records, probe_runs=(replace(probed, closing=None),))


@pytest.mark.parametrize(
    ("records", "outcome", "words"),
    [
        (evacuation(), "skipped", "Exit code 0: all steps were taken, and no target was missed by"),
        (region_loss(), "error", "Exit code 1: all steps were taken, and by numbers that are not"),
    ],
)
def test_by_a_measurement_that_is_not_reliable_no_target_is_met_or_missed(
    records: RunRecords, outcome: str, words: str
) -> None:
    suite = suite_of(render_junit(report_of(unreliable(records))))

    drill = case(suite, "the drill").find(outcome)
    assert drill is not None
    assert drill.attrib["message"].startswith(f"Measurement not reliable (lost). {words}")
    skipped = case(suite, "RTO at most").find("skipped")
    assert skipped is not None
    assert skipped.attrib["message"].endswith(
        ". Neither met nor missed: the measurement is not reliable (lost)."
    )
    assert bad(suite) == (outcome == "error")


@pytest.mark.parametrize("code", [1, 3, 4, 5, 6])
def test_any_other_exit_code_than_0_fails_a_case(code: int) -> None:
    suite = suite_of(render_junit(replace(report_of(evacuation()), exit_code=code)))

    assert bad(suite) > 0


def test_a_step_that_failed_in_a_drill_that_ended_well_fails_no_case() -> None:
    report = report_of(evacuation())
    steps = (replace(report.steps[0], outcome="failed", why="slow"), *report.steps[1:])

    assert bad(suite_of(render_junit(replace(report, steps=steps)))) == 0


def test_texts_that_xml_can_not_hold_are_replaced() -> None:
    report = report_of(refused_evacuation())
    hostile = "\x00\x1b]]><x>&\ud800"

    text = render_junit(
        replace(report, verdict=replace(report.verdict, headline=hostile, trust=hostile))
    )

    suite_of(text)
    assert "<x>" not in text
    text.encode()


def test_an_error_before_the_run_is_an_error() -> None:
    suite = suite_of(render_failed_start("evacuate", 2, "there is no such scenario"))

    assert suite.attrib["name"] == "muster drill evacuate"
    error = case(suite, "the drill").find("error")
    assert error is not None
    assert error.attrib["message"].startswith("Exit code 2: wrong usage")
    assert error.text == "there is no such scenario"
