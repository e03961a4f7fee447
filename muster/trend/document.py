"""The comparison for programs, as types; trend.schema.json is generated from them (`schema.py`)."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

from muster.report.document import to_json
from muster.report.formatting import format_utc
from muster.report.model import ReportStatus
from muster.trend.comparison import Comparison, SettingRow
from muster.trend.past_runs import UnreadableRun
from muster.trend.run_facts import NumberName, RunFacts, RunNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDocument:
    """One run."""

    run: str
    scenario: str
    subject: str | None
    """The Region that the drill was about."""
    started_at: str
    """UTC, ISO 8601."""
    status: ReportStatus
    headline: str
    """The verdict in words."""
    doubt: str
    """Why none of the numbers is to be compared; empty if they are sound."""
    numbers: Mapping[NumberName, RunNumber]
    settings: Mapping[str, str]
    """What it was run with, in words, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendDocument:
    """What `muster report --compare` and `--trend` print with --json.

    Lengths of time are in seconds, shares go from 0 to 1. The numbers are defined in
    docs/drills/measurements.md.
    """

    format: Literal[1] = 1
    """Counts up when a name changes its meaning."""
    title: str
    scenario: str | None
    """The one of all runs; None: they are of several."""
    runs: tuple[RunDocument, ...]
    """Of a trend: oldest first; of a comparison: as they were named."""
    differences: tuple[SettingRow, ...]
    unreadable: tuple[UnreadableRun, ...]
    left_out: tuple[str, ...]
    """Runs of the scenario that changed nothing (refused, or stopped before their method)."""


def build_trend_document(comparison: Comparison) -> dict[str, Any]:
    """The document as a JSON object."""
    document = TrendDocument(
        title=comparison.title,
        scenario=comparison.scenario,
        runs=tuple(_run(one) for one in comparison.runs),
        differences=comparison.differences,
        unreadable=comparison.unreadable,
        left_out=comparison.left_out,
    )
    found: dict[str, Any] = to_json(document)
    return found


def _run(facts: RunFacts) -> RunDocument:
    same = {one.name: getattr(facts, one.name) for one in fields(RunDocument)}
    return RunDocument(**same | {"started_at": format_utc(facts.started_at)})
