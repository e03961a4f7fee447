"""report.json: the report for machines, in the form of report.schema.json.

Decides the names, which stay: `format` counts up when one of them changes its meaning. A number
that could not be told is null, and `missing` says why. Pure.
"""

import dataclasses
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from muster.measure import Outage, Summary, Unavailability
from muster.report.formatting import format_utc
from muster.report.model import DrillReport

FORMAT = 1
SCHEMA = Path(__file__).parent / "report.schema.json"
Json = dict[str, Any]


@cache
def load_schema() -> Json:
    """The published JSON schema."""
    loaded: Json = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return loaded


def build_document(report: DrillReport) -> Json:
    """The whole report but for the charts' series."""
    found: Json = _plain(_document(report))
    return found


def _document(report: DrillReport) -> Json:
    verdict, plan = report.verdict, report.plan
    return {
        "format": FORMAT,
        "run": report.run,
        "scenario": plan.scenario,
        "title": plan.title,
        "subject": plan.subject,
        "regions": plan.regions,
        "status": verdict.status,
        "exit_code": verdict.exit_code,
        "verdict": {
            "headline": verdict.headline,
            "sentences": verdict.sentences,
            "trusted": verdict.trusted,
            "trust": verdict.trust,
            "doubts": verdict.doubts,
        },
        "targets": report.targets,
        **_numbers(report),
        "missing": report.missing,
        "started_at": format_utc(report.started_at),
        "length_s": report.length_s,
        "cause_s": report.cause_s,
        "return_s": report.return_s,
        "gaps": report.gaps,
        "phases": report.phases,
        "steps": report.steps,
        "guards": report.findings,
        "faults": _faults(report),
        "events": report.events,
        "plan": plan,
        "origin": report.origin,
        "environment": report.environment,
        "journal": report.journal,
        "remarks": report.remarks,
    }


def _faults(report: DrillReport) -> list[Json]:
    return [
        {"fault": words, "start_s": stretch.start_s, "end_s": stretch.end_s}
        for words, stretches in report.series.faults.items()
        for stretch in stretches
    ]


def _numbers(report: DrillReport) -> Json:
    summary = report.summary
    if summary is None:
        return {
            **dict.fromkeys(("rto_s", "rpo_s", "rpo_items", "requests", "failed", "failed_share")),
            **{name: {} for name in ("failures", "shares", "latency")},
            "availability": [],
            **dict.fromkeys(("movement", "stragglers", "recovery", "quality")),
        }
    return {
        "rto_s": None if "rto_s" in report.missing else summary.rto_s,
        "rpo_s": report.rpo_s,
        "rpo_items": report.rpo_items,
        "requests": summary.requests,
        "failed": summary.failed,
        "failed_share": summary.failed / summary.requests if summary.requests else None,
        "failures": _plain(summary.failures),
        **_phases(summary),
        "availability": [_availability(one, report.origin_s) for one in summary.unavailability],
        "movement": _plain(summary.movement),
        "stragglers": _plain(summary.stragglers),
        "recovery": None if "rpo_s" in report.missing else _plain(summary.recovery),
        "quality": _plain(summary.quality)
        | {"late_share": summary.quality.late_share, "lost_share": summary.quality.lost_share},
    }


def _phases(summary: Summary) -> Json:
    return {
        "shares": {phase.name: dict(phase.shares) for phase in summary.phases},
        "latency": {phase.name: _plain(phase.latency) for phase in summary.phases},
    }


def _availability(one: Unavailability, origin_s: float) -> Json:
    return {
        "vantage": one.group,
        "requests": one.requests,
        "failed": one.failed,
        "longest_s": one.longest_s,
        "total_s": one.total_s,
        "blind_s": one.blind_s,
        "complete": one.complete,
        "outages": [_outage(outage, origin_s) for outage in one.outages],
    }


def _outage(outage: Outage, origin_s: float) -> Json:
    return {
        "start_s": outage.start_s - origin_s,
        "end_s": outage.end_s - origin_s,
        "length_s": outage.length_s,
        "certain_s": outage.certain_s,
        "failed": outage.failed,
        "seen_begin": outage.seen_begin,
        "seen_end": outage.seen_end,
    }


def _plain(value: object) -> Any:  # noqa: ANN401 - JSON is what it is
    """Dataclasses as objects; None stays, so that every name is always there."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(member) for key, member in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(member) for member in value]
    return round(value, 6) if isinstance(value, float) else value
