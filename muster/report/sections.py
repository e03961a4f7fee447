"""The contents of a report page's sections as values: facts, tiles, tables and lists.

The numbers are in `metric_rows` and `metric_tables`, the charts in `charts.figures`;
`report.html.j2` puts them together.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePath

from muster.drill.guards.context import GuardRuling
from muster.drill.plan.instructions import describe_instruction
from muster.drill.plan.model import DrillPlan, PlannedStep
from muster.drill.plan.targets import format_target
from muster.formatting import format_duration
from muster.report.formatting import DASH, format_clock, format_length, format_utc
from muster.report.model import (
    DrillReport,
    GuardFinding,
    StepOutcome,
    StepRow,
    TargetResult,
)
from muster.report.tables import Column, PageTable, Row, StyledCell, Tone, name_value_table

STEP_TONES: Mapping[StepOutcome, Tone] = {
    "done": "good",
    "failed": "bad",
    "begun": "bad",
    "not taken": "care",
}
RULINGS: Mapping[GuardRuling, tuple[str, Tone]] = {
    "ok": ("passes", "good"),
    "hold": ("holds", "care"),
    "refuse": ("refuses", "bad"),
}
OVERRIDDEN: tuple[str, Tone] = ("overridden", "care")


def header_facts(report: DrillReport) -> Iterator[tuple[str, str]]:
    """Which run this is."""
    yield "Run", report.run
    if report.plan.subject:
        yield "Region", report.plan.subject
    yield "Begun", format_utc(report.started_at)[:19].replace("T", " ") + " UTC"
    yield "Lasted", format_duration(report.length_s)
    yield "Target", report.origin.target
    yield "By", f"{report.origin.by} on {report.origin.host}"


def verdict_tone(report: DrillReport) -> Tone:
    """`care` for a verdict by numbers that are in doubt, and for a drill that was not judged."""
    if report.status == "met" and report.verdict.trusted:
        return "good"
    return "bad" if report.status in ("missed", "incomplete") else "care"


def targets_table(report: DrillReport) -> PageTable:
    """Each target against what was measured."""
    return PageTable(
        "",
        (Column("Target"), Column("At most", "num"), Column("Measured", "num"), Column("Verdict")),
        tuple(map(_target_row, report.targets)),
        empty="No targets were set.",
    )


def steps_table(report: DrillReport) -> PageTable:
    """The steps as they were executed."""
    return PageTable(
        "Steps as they were taken",
        (
            Column("Step", "id"),
            Column("At", "time"),
            Column("What", "wide"),
            Column("Took", "num"),
            Column("Outcome"),
            Column("Why", "wide"),
        ),
        tuple(map(_step_row, report.steps)),
    )


def notable_findings(report: DrillReport) -> tuple[GuardFinding, ...]:
    """What did not simply pass."""
    return tuple(one for one in report.findings if one.ruling != "ok" or one.forced)


def findings_table(caption: str, findings: Iterable[GuardFinding]) -> PageTable:
    """What the guards found."""
    return PageTable(
        caption,
        (
            Column("At", "time"),
            Column("Phase"),
            Column("Step", "id"),
            Column("Guard"),
            Column("Finding"),
            Column("Reason", "wide"),
        ),
        tuple(map(_finding_row, findings)),
    )


def parameters_table(plan: DrillPlan) -> PageTable:
    scenario = ("scenario", f"{plan.scenario} ({PurePath(plan.source).name})")
    return name_value_table("Scenario and parameters", (scenario, *plan.parameters.items()))


def planned_steps_table(caption: str, steps: Iterable[PlannedStep]) -> PageTable:
    """Steps as they were planned."""
    return PageTable(
        caption,
        (
            Column("Step", "id"),
            Column("Activity", "wide"),
            Column("What", "wide"),
            Column("Within", "num"),
            Column("Guards", "wide"),
            Column("Marks"),
        ),
        tuple(
            (
                step.id,
                step.activity,
                describe_instruction(step.do),
                format_duration(step.within_s),
                ", ".join(step.guards),
                step.marks or "",
            )
            for step in steps
        ),
    )


def plan_lists(plan: DrillPlan) -> Iterator[tuple[str, tuple[str, ...]]]:
    """(title, lines) of what else belongs to the plan; empty ones are not shown."""
    yield "Stops and rolls back when", tuple(stop.describe() for stop in plan.stop_conditions)
    yield "A rollback would put back", plan.undo
    yield "Guards that were overridden (--force)", plan.forced
    yield "What to look at", plan.watch
    yield "Good to know", plan.notes


def limits_table(plan: DrillPlan) -> PageTable:
    limits = plan.limits
    return name_value_table(
        "Limits",
        (
            ("Lowest dial", f"{limits.dial_floor:g} %"),
            ("Largest turn of a dial", f"{limits.dial_step:g} %"),
            ("Most replication lag", format_duration(limits.lag_s)),
            ("Drain", f"{limits.drain_factor:g} times the recent lag"),
            ("Headroom", f"{limits.headroom:g} times the load that moves"),
            ("A guard may hold for", format_duration(limits.guard_hold_s)),
            ("A rollback waits for", format_duration(limits.rollback_hold_s)),
            ("Watched before and after", format_duration(limits.steady_s)),
        ),
    )


def environment_table(report: DrillReport) -> PageTable:
    """Versions, and the deployed stack."""
    return name_value_table("Environment", tuple(_environment_rows(report)))


def journal_table(report: DrillReport) -> PageTable:
    """Every entry."""
    return PageTable(
        "",
        (
            Column("No.", "id"),
            Column("At", "time"),
            Column("Time of day (UTC)", "time"),
            Column("Kind"),
            Column("Entry", "wide"),
        ),
        tuple(
            (str(one.n), format_clock(one.at_s), format_utc(one.at)[11:23], one.kind, one.words)
            for one in report.journal
        ),
    )


def _target_row(target: TargetResult) -> Row:
    measured = DASH if target.measured is None else format_target(target.name, target.measured)
    verdicts = {
        True: StyledCell("\N{CHECK MARK} met", "good"),
        False: StyledCell("\N{BALLOT X} missed", "bad"),
        None: StyledCell("not judged", "care"),
    }
    return (
        target.label,
        format_target(target.name, target.at_most),
        ("≥ " if target.at_least else "") + measured,
        verdicts[target.met],
    )


def _step_row(step: StepRow) -> Row:
    took = DASH
    if step.start_s is not None and step.end_s is not None:
        took = format_length(step.end_s - step.start_s)
    tries = f" ({step.attempts} tries)" if step.attempts > 1 else ""
    at_s = step.start_s if step.start_s is not None else step.end_s
    return (
        step.id + (f" [{step.marks}]" if step.marks else ""),
        DASH if at_s is None else format_clock(at_s),
        StyledCell(step.words, detail=step.activity),
        took,
        StyledCell(step.outcome + tries, STEP_TONES[step.outcome]),
        step.why,
    )


def _finding_row(finding: GuardFinding) -> Row:
    text, tone = OVERRIDDEN if finding.forced else RULINGS[finding.ruling]
    return (
        format_clock(finding.at_s),
        finding.phase,
        finding.step,
        finding.guard,
        StyledCell(text, tone),
        finding.reason,
    )


def _environment_rows(report: DrillReport) -> Iterator[tuple[str, str]]:
    origin, environment = report.origin, report.environment
    yield "Target", origin.target
    yield "Account", origin.account
    yield "muster", origin.version
    yield "Resumed", f"{origin.resumed} times" if origin.resumed else "never"
    if environment is None:
        yield "Versions and stack outputs", "not recorded by this run"
        return
    stack = environment.stack
    yield "Python", environment.python
    yield "System", environment.system
    yield from environment.packages.items()
    yield "Endpoint", environment.endpoint_url or "AWS's own"
    yield "Static addresses", ", ".join(stack.static_ips)
    yield "URL", stack.url
    yield "Accelerator", stack.accelerator_arn
    yield "Table", f"{stack.table} (home Region {stack.home_region})"
    yield "Control table", stack.control_table
    for region, one in stack.regions.items():
        yield region, f"load balancer {one.alb_dns}, declared dial {one.declared_dial:g} %"
