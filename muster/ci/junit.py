"""JUnit XML of a run: one suite, with a case for the drill, each target and each step.

Decides which cases fail. There is a failure or an error exactly when the drill's exit code is not
0, so that a CI system that counts cases and one that looks at the code agree. What was not judged
or not done is skipped, with the reason. By a measurement that is not reliable no target has failed:
each one is skipped, and where the exit code is not 0 the drill's case is an error.

There is no standard of this format; this is what GitLab, Jenkins and GitHub's actions read:
https://docs.gitlab.com/ci/testing/unit_test_reports/
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from xml.etree import ElementTree as ET

from muster.ci.exit_codes import explain_exit_code
from muster.drill.plan.model import format_target
from muster.report import DrillReport
from muster.report.formatting import format_utc
from muster.report.model import StepRow, TargetResult

Outcome = Literal["passed", "failure", "error", "skipped"]
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML 1.0 document may hold: https://www.w3.org/TR/xml/#charsets"""


@dataclass(frozen=True, slots=True, kw_only=True)
class JUnitCase:
    """One case of the suite."""

    group: str
    name: str
    outcome: Outcome = "passed"
    why: str = ""
    """In one line, unless it passed."""
    details: str = ""
    length_s: float = 0.0


def render_junit(report: DrillReport) -> str:
    """The report as JUnit XML."""
    suite = f"muster drill {report.plan.scenario}"
    properties = {
        "run": report.run,
        "exit_code": "" if report.exit_code is None else str(report.exit_code),
        "verdict": report.verdict.headline,
        "trusted": str(report.verdict.trusted).lower(),
        "target": report.origin.target,
        "muster": report.origin.version,
    }
    began = format_utc(report.started_at)
    return _render(suite, [*_cases(report)], properties, began=began, length_s=report.length_s)


def render_failed_start(scenario: str, code: int, message: str) -> str:
    """A drill that ended with an error before it was a run."""
    case = JUnitCase(
        group=scenario, name="the drill", outcome="error", why=explain_exit_code(code),
        details=message,
    )  # fmt: skip
    return _render(f"muster drill {scenario}", [case], {"exit_code": str(code)})


def _cases(report: DrillReport) -> Iterator[JUnitCase]:
    yield _verdict_case(report)
    yield from (_target_case(report, one) for one in report.targets)
    yield from (_step_case(report, one) for one in report.steps)


def _verdict_case(report: DrillReport) -> JUnitCase:
    outcome: Outcome = "passed"
    if report.exit_code is None:
        outcome = "error"
    elif report.exit_code:
        outcome = "failure" if report.reliable else "error"
    elif not report.verdict.trusted:
        outcome = "skipped"
    return JUnitCase(
        group=report.plan.scenario,
        name="the drill",
        outcome=outcome,
        why=f"{report.verdict.headline}. {_explain_code(report)}",
        details="\n".join([*report.verdict.sentences, report.verdict.trust]),
        length_s=report.length_s,
    )


def _explain_code(report: DrillReport) -> str:
    return explain_exit_code(report.exit_code, reliable=report.reliable)


def _target_case(report: DrillReport, target: TargetResult) -> JUnitCase:
    outcomes: dict[bool | None, Outcome] = {True: "passed", False: "failure", None: "skipped"}
    return JUnitCase(
        group=f"{report.plan.scenario}.targets",
        name=f"{target.label} at most {format_target(target.name, target.at_most)}",
        outcome=outcomes[target.met],
        why=target.words,
    )


def _step_case(report: DrillReport, step: StepRow) -> JUnitCase:
    outcome: Outcome = "passed" if step.outcome == "done" else "skipped"
    if report.exit_code != 0 and step.outcome in ("failed", "begun"):
        outcome = "failure" if step.outcome == "failed" else "error"
    length_s = step.end_s - step.start_s if step.start_s is not None and step.end_s else 0.0
    return JUnitCase(
        group=f"{report.plan.scenario}.{step.phase}",
        name=f"{step.id}: {step.words}",
        outcome=outcome,
        why=step.why or step.outcome,
        length_s=length_s,
    )


def _render(
    suite: str,
    cases: list[JUnitCase],
    properties: dict[str, str],
    *,
    began: str = "",
    length_s: float = 0.0,
) -> str:
    counts = {
        "tests": str(len(cases)),
        "failures": str(sum(case.outcome == "failure" for case in cases)),
        "errors": str(sum(case.outcome == "error" for case in cases)),
        "skipped": str(sum(case.outcome == "skipped" for case in cases)),
        "time": f"{length_s:.3f}",
    }
    root = ET.Element("testsuites", {"name": "muster", **counts})
    stamp = {"timestamp": began} if began else {}
    element = ET.SubElement(root, "testsuite", {"name": _clean(suite), **counts, **stamp})
    known = ET.SubElement(element, "properties")
    for name, value in properties.items():
        ET.SubElement(known, "property", {"name": name, "value": _clean(value)})
    for case in cases:
        _add_case(element, case)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=False) + "\n"


def _add_case(suite: ET.Element, case: JUnitCase) -> None:
    attributes = {
        "classname": _clean(case.group),
        "name": _clean(case.name),
        "time": f"{case.length_s:.3f}",
    }
    element = ET.SubElement(suite, "testcase", attributes)
    if case.outcome != "passed":
        outcome = ET.SubElement(element, case.outcome, {"message": _clean(case.why)})
        outcome.text = _clean(case.details) or None


def _clean(text: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
