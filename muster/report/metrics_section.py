"""The section of the numbers: every number with its definition.

Decides which tables there are: by vantage point, outage, kind and phase. All other rows are
`figures`'.
"""

from collections.abc import Iterable, Iterator, Sequence

from muster.measure import PhaseSummary, Summary
from muster.report.charts.scales import format_clock
from muster.report.definitions import DEFINITIONS
from muster.report.html import Markup, element, join_markup, markdown_line
from muster.report.metric_rows import (
    NONE,
    RECOVERY,
    MetricGroup,
    MetricRow,
    failure_rows,
    format_fates,
    format_lags,
    format_length,
    format_optional_count,
    format_share,
    metric_groups,
)
from muster.report.model import DrillReport
from muster.report.tables import Cell, Column, table

MOST_OUTAGES = 20


def metrics_section(report: DrillReport) -> Markup:
    """Every number with its definition."""
    summary = report.summary
    if summary is None:
        why = report.missing.get("requests", "")
        return element("p", f"There are no numbers: {why}.")
    return join_markup(
        [
            _availability(summary),
            _outages(report, summary),
            _failures(summary),
            _phases(summary, report.plan.regions),
            *(part for group in metric_groups(report) for part in _with_regions(group, summary)),
        ]
    )


def _definition(name: str) -> Markup | None:
    return markdown_line(DEFINITIONS[name]) if name else None


def _group(group: MetricGroup) -> Markup:
    if not group.figures:
        return element(
            "p", element("strong", group.title), f": no figures, since {group.why_none}."
        )
    columns = (Column("Number"), Column("Value", "num"), Column("Definition", "def"))
    return element("div", table(group.title, columns, map(_number, group.figures)), class_="keep")


def _with_regions(group: MetricGroup, summary: Summary) -> Iterator[Markup | None]:
    yield _group(group)
    if group.title == RECOVERY:
        yield _recovery(summary)


def _number(one: MetricRow) -> tuple[Cell, ...]:
    told = (_definition(one.definition), f" ({one.remark})" if one.remark else None)
    return one.label, one.value, join_markup(told) if any(told) else None


def _availability(summary: Summary) -> Markup:
    columns = (
        Column("Vantage point"),
        Column("Requests", "num"),
        Column("Failed", "num"),
        Column("Outages", "num"),
        Column("Longest", "num"),
        Column("Total", "num"),
        Column("Blind", "num"),
    )
    rows = (
        (
            one.group,
            f"{one.requests:,}",
            f"{one.failed:,}",
            f"{len(one.outages):,}",
            ("" if one.complete else "≥ ") + format_length(one.longest_s),
            format_length(one.total_s),
            format_length(one.blind_s),
        )
        for one in summary.unavailability
    )
    notes = (
        ("Longest", "longest_s"),
        ("Total", "total_s"),
        ("Blind", "blind_s"),
        ("RTO", "rto_s"),
    )
    return join_markup(
        [
            table("Availability by vantage point, new connections", columns, rows),
            _notes(notes),
        ]
    )


def _outages(report: DrillReport, summary: Summary) -> Markup | None:
    rows = [
        (
            one.group,
            format_clock(outage.start_s - report.origin_s),
            format_clock(outage.end_s - report.origin_s),
            ("" if outage.seen_begin and outage.seen_end else "≥ ")
            + format_length(outage.length_s),
            format_length(outage.certain_s),
            f"{outage.failed:,}",
            _seen(seen_begin=outage.seen_begin, seen_end=outage.seen_end),
        )
        for one in summary.unavailability
        for outage in sorted(one.outages, key=lambda o: -o.length_s)
    ]
    if not rows:
        return None
    columns = (
        Column("Vantage point"),
        Column("From", "num"),
        Column("To", "num"),
        Column("At most", "num"),
        Column("At least", "num"),
        Column("Failed", "num"),
        Column("Seen"),
    )
    return join_markup(
        [
            table("Longest outages", columns, rows[:MOST_OUTAGES]),
            element("p", f"{len(rows) - MOST_OUTAGES:,} shorter ones are in report.json.")
            if len(rows) > MOST_OUTAGES
            else None,
            _notes(
                (
                    ("Outage", "an outage"),
                    ("From, to (`start_s`, `end_s`)", "start_s"),
                    ("At most", "length_s"),
                    ("At least", "certain_s"),
                )
            ),
        ]
    )


def _seen(*, seen_begin: bool, seen_end: bool) -> str:
    if seen_begin and seen_end:
        return "beginning and end"
    return "no beginning" if seen_end else "no end" if seen_begin else "neither end"


def _failures(summary: Summary) -> Markup:
    found = failure_rows(summary)
    if not found:
        return element("p", "No request failed.")
    columns = (Column("Cohort"), Column("Kind"), Column("Failed", "num"))
    rows = ((cohort, kind, f"{count:,}") for cohort, kind, count in found)
    return join_markup([table("Failed requests", columns, rows), _notes((("Kinds", "failures"),))])


def _phases(summary: Summary, regions: Iterable[str]) -> Markup:
    columns = (
        Column("Phase"),
        Column("Requests", "num"),
        Column("Failed", "num"),
        Column("p50", "num"),
        Column("p99", "num"),
        Column("Most", "num"),
    )
    rows = (
        (
            phase.name,
            f"{phase.requests:,}",
            f"{phase.latency.failed:,}",
            format_length(phase.latency.p50_s),
            format_length(phase.latency.p99_s),
            format_length(phase.latency.max_s),
        )
        for phase in summary.phases
    )
    return join_markup(
        [
            table("Latency before, during and after", columns, rows),
            _notes((("Phases", "phases"), ("Latency", "p50_s"))),
            _shares(summary.phases, regions),
        ]
    )


def _shares(phases: Sequence[PhaseSummary], regions: Iterable[str]) -> Markup:
    """A row for each Region, since there may be many."""
    seen = {region for phase in phases for region in phase.shares}
    named = tuple(regions)
    columns = (Column("Answered by"), *(Column(phase.name, "num") for phase in phases))
    rows = (
        (
            name,
            *(
                format_share(phase.shares.get(name, 0.0)) if phase.shares else NONE
                for phase in phases
            ),
        )
        for name in (*named, *sorted(seen - set(named)))
    )
    return join_markup(
        [
            table("Shares of good answers, by Region", columns, rows),
            _notes((("Shares", "shares"),)),
        ]
    )


def _recovery(summary: Summary) -> Markup | None:
    """The recovery point of each surviving Region, where there are several."""
    found = summary.recovery
    if found is None or found.rpo_s is None or len(found.regions) < 2:
        return None
    columns = (
        Column("Region"),
        Column("RPO", "num"),
        Column("Items", "num"),
        Column("Late", "num"),
        Column("Lag p50 / p99 / most", "num"),
        Column("Not told", "num"),
        Column("RPO at most", "num"),
        Column("What became of them", "wide"),
    )
    rows = (
        (
            one.region,
            format_length(one.rpo_s),
            format_optional_count(one.missing_items),
            f"{one.late:,}",
            format_lags(one),
            f"{one.unobserved:,}",
            format_length(one.rpo_max_s),
            format_fates(one.fates) if one.rpo_s is not None else "no reading tells",
        )
        for one in found.regions
    )
    notes = (("By Region", "regions"), ("RPO at most", "rpo_max_s"))
    return join_markup([table("Recovery point by surviving Region", columns, rows), _notes(notes)])


def _notes(notes: Iterable[tuple[str, str]]) -> Markup:
    lines = (
        element("p", markdown_line(f"{label}: "), _definition(name), class_="remark")
        for label, name in notes
    )
    return join_markup(lines)
