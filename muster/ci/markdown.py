"""A summary of a run in GitHub's Markdown, as a job's summary or a comment shows it.

A text of the run is escaped, so that it can neither end a table's cell nor be taken for HTML.
https://github.github.com/gfm/
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from muster.ci.exit_codes import explain_exit_code
from muster.drill.plan.model import format_target
from muster.formatting import format_clock, format_duration
from muster.report import DrillReport
from muster.report.formatting import DASH, format_utc
from muster.report.metric_rows import key_metrics
from muster.report.model import TargetResult

_MARKS: dict[bool | None, str] = {True: "met", False: "**missed**", None: "not judged"}
_NOT_RELIABLE = "**not reliable**"


def render_markdown_summary(report: DrillReport) -> str:
    """The summary of a run."""
    plan, verdict = report.plan, report.verdict
    lines = [
        f"## {_escape(plan.title)}: {_escape(verdict.headline)}",
        "",
        _code_line(report.exit_code, reliable=report.reliable),
        "",
        *(f"* {_escape(one)}" for one in (*verdict.sentences, verdict.trust)),
        "",
        *_targets_table(report),
        *_table(
            ("Number", "Value", ""),
            ((one.label, one.value, one.remark) for one in key_metrics(report)),
        ),
        "<details><summary>Steps</summary>",
        "",
        *_table(("Step", "What", "Outcome", "At"), _step_rows(report)),
        "</details>",
        "",
        f"Run `{report.run}` of `{plan.scenario}`, begun {format_utc(report.started_at)}, lasted"
        f" {format_duration(report.length_s)}, on {_escape(report.origin.target)}, by"
        f" {_escape(report.origin.by)}, muster {_escape(report.origin.version)}.",
    ]
    return "\n".join(lines) + "\n"


def render_failed_start(scenario: str, code: int, message: str) -> str:
    """A drill that ended with an error before it was a run."""
    head = f"## {_escape(scenario)}: no drill was run"
    return "\n".join([head, "", _code_line(code), "", f"* {_escape(message)}"]) + "\n"


def _code_line(code: int | None, *, reliable: bool = True) -> str:
    words = explain_exit_code(code, reliable=reliable)
    return words if code == 0 and reliable else f"**{words}**"


def _targets_table(report: DrillReport) -> list[str]:
    if not report.targets:
        return []
    marks = _MARKS if report.reliable else {**_MARKS, None: _NOT_RELIABLE}
    rows = (
        (one.label, _format_measured(one), format_target(one.name, one.at_most), marks[one.met])
        for one in report.targets
    )
    return [*_table(("Target", "Measured", "At most", "Verdict"), rows)]


def _format_measured(target: TargetResult) -> str:
    if target.measured is None:
        return DASH
    return ("≥ " if target.at_least else "") + format_target(target.name, target.measured)


def _step_rows(report: DrillReport) -> Iterator[tuple[str, ...]]:
    for step in report.steps:
        why = f": {step.why}" if step.why else ""
        at = DASH if step.start_s is None else format_clock(step.start_s)
        yield step.id, step.words, f"{step.outcome}{why}", at


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield _row(head)
    yield "|" + "---|" * len(head)
    for row in rows:
        marks = (*_MARKS.values(), _NOT_RELIABLE)
        yield _row([cell if cell in marks else _escape(cell) for cell in row])
    yield ""


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escape(text: str) -> str:
    """`code` between backticks stays code."""
    one_line = " ".join(text.split())
    return re.sub(r"[\\|<>&\[\]*_]", lambda found: f"&#{ord(found[0])};", one_line)
