"""One run's part of a comparison: its numbers, whether they count, and what it was run with.

Made of the run's own report, so that both have the same numbers. Decides which numbers are sound: a
number of a drill that was cut short, or that is in doubt, does not show how the system behaves.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Literal

from muster.drill.plan.model import (
    TARGET_LABELS,
    DrillPlan,
    TargetName,
    format_target,
)
from muster.formatting import format_precise_duration
from muster.limits import Limits
from muster.model import DnsOutputs
from muster.probe import ProbePlan
from muster.report import DrillReport
from muster.report.model import ReportStatus
from muster.report.run_reader import RunRecords

NumberName = Literal["rto_s", "rpo_s", "detect_s", "failed_share"]
NUMBER_LABELS: Mapping[NumberName, str] = {
    "rto_s": TARGET_LABELS["rto_s"],
    "rpo_s": TARGET_LABELS["rpo_s"],
    "detect_s": "Time to detect",
    "failed_share": TARGET_LABELS["failed_share"],
}
_TARGETS: Mapping[NumberName, TargetName] = {
    "rto_s": "rto_s",
    "rpo_s": "rpo_s",
    "failed_share": "failed_share",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunNumber:
    """One number of one run."""

    value: float | None
    """None: not known; `doubt` has the reason."""
    at_least: bool = False
    """Whether the value is a lower bound: an outage's beginning or end was not seen."""
    at_most: float | None = None
    """The run's own target; None: there was none."""
    doubt: str = ""
    """Why the number is not to be compared; empty if it is sound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """One run."""

    run: str
    scenario: str
    subject: str | None
    """The Region that the drill was about."""
    started_at: float
    """Seconds since 1970."""
    status: ReportStatus
    headline: str
    """The verdict in words."""
    doubt: str
    """Why none of the numbers is to be compared; empty if they are sound."""
    numbers: Mapping[NumberName, RunNumber]
    settings: Mapping[str, str]
    """What it was run with, in words, by name."""


def format_run_number(name: NumberName, number: RunNumber) -> str:
    """The value with its unit, `≥` before a lower bound; empty if there is none."""
    if number.value is None:
        return ""
    return ("≥ " if number.at_least else "") + format_value(name, number.value)


def format_value(name: NumberName, value: float) -> str:
    """A value with its unit."""
    return format_target(_TARGETS.get(name, "rto_s"), value)


def build_run_facts(records: RunRecords, report: DrillReport) -> RunFacts:
    """`report` is that of the records."""
    doubt = _doubt(report)
    return RunFacts(
        run=report.run,
        scenario=report.plan.scenario,
        subject=report.plan.subject,
        started_at=report.started_at,
        status=report.status,
        headline=report.verdict.headline,
        doubt=doubt,
        numbers={name: _number(name, report, doubt) for name in NUMBER_LABELS},
        settings=dict(_settings(records, report)),
    )


def _doubt(report: DrillReport) -> str:
    if report.status not in ("met", "missed"):
        return "; ".join((report.verdict.headline, *report.verdict.doubts))
    return "" if report.verdict.trusted else "; ".join(report.verdict.doubts) or "no numbers"


def _number(name: NumberName, report: DrillReport, doubt: str) -> RunNumber:
    value = _value(name, report)
    target = _TARGETS.get(name)
    at_most: float | None = getattr(report.plan.targets, target) if target else None
    if value is None:
        why = doubt or report.missing.get(name) or report.missing.get("movement") or NOT_SHOWN
        return RunNumber(value=None, at_most=at_most, doubt=why)
    summary = report.summary
    at_least = name == "rto_s" and summary is not None and not summary.rto_complete
    return RunNumber(
        value=value,
        at_least=at_least,
        at_most=at_most,
        doubt=doubt or (LOWER_BOUND if at_least else ""),
    )


NOT_PROBED = "nothing was probed"
"""In place of the settings of the probes, of a run that was refused before it sent any."""
_PROBE_SETTINGS: Mapping[str, Callable[[ProbePlan], str]] = {
    "probes a second": lambda plan: f"{plan.rate:g}",
    "probed path": lambda plan: plan.path,
    "vantage points": lambda plan: ", ".join(one.name for one in plan.vantages),
    "probes by cohort": lambda plan: ", ".join(
        f"{one.cohort} {one.weight:g}" for one in plan.shares
    ),
    "time-out of an answer": lambda plan: format_precise_duration(plan.total_timeout_s),
}
NOT_SHOWN = "the samples don't show it"
LOWER_BOUND = "the beginning or the end of an outage was not seen"


def _value(name: NumberName, report: DrillReport) -> float | None:
    summary = report.summary
    if summary is None or name in report.missing:
        return None
    match name:
        case "rto_s":
            return summary.rto_s
        case "rpo_s":
            return report.rpo_s
        case "detect_s":
            return summary.movement.detect_s if summary.movement else None
        case "failed_share":
            return summary.failed / summary.requests if summary.requests else None


def _settings(records: RunRecords, report: DrillReport) -> Iterator[tuple[str, str]]:
    plan, environment = report.plan, report.environment
    yield from _plan_settings(plan)
    yield from _probe_settings(records)
    yield "target", report.origin.target
    yield "by", f"{report.origin.by} on {report.origin.host}"
    yield "muster", report.origin.version
    if environment is None:
        return
    yield "Python", environment.python
    yield "system", environment.system
    yield from environment.packages.items()
    if environment.stack.dns is not None:
        yield from _dns_settings(environment.stack.dns)
    for region, one in environment.stack.regions.items():
        yield f"declared dial of {region}", f"{one.declared_dial:g} %"


def _dns_settings(dns: DnsOutputs) -> Iterator[tuple[str, str]]:
    by = "" if dns.traffic_policy_instance_id is None else ", by a traffic policy"
    yield "DNS policy", f"{dns.policy}{by}"
    yield "DNS TTL", format_precise_duration(dns.ttl_s)


def _plan_settings(plan: DrillPlan) -> Iterator[tuple[str, str]]:
    yield "scenario", plan.scenario
    for name, value in plan.parameters.items():
        yield f"parameter {name}", value
    for target, label in TARGET_LABELS.items():
        at_most = getattr(plan.targets, target)
        if at_most is not None:
            yield f"target {label}", f"at most {format_target(target, at_most)}"
    for limit in fields(Limits):
        yield f"limit {limit.name}", f"{getattr(plan.limits, limit.name):g}"
    if plan.steps_digest:
        yield "scenario's steps", f"digest {plan.steps_digest}"
    yield "Regions", ", ".join(plan.regions)
    yield "front door", plan.door
    yield "overridden guards", ", ".join(plan.forced) or "none"


def _probe_settings(records: RunRecords) -> Iterator[tuple[str, str]]:
    plans = (run.opening.plan for run in records.probe_runs if run.opening is not None)
    plan = next(plans, None)
    for name, describe in _PROBE_SETTINGS.items():
        yield name, NOT_PROBED if plan is None else describe(plan)
