"""The tables of a report's numbers: by vantage point, outage, kind of failure, phase and Region."""

from collections.abc import Iterator, Sequence

from muster.formatting import format_percent
from muster.measure import Outage, PhaseSummary, Summary
from muster.report.formatting import DASH, format_clock, format_count, format_length
from muster.report.metric_rows import format_fates, format_lags
from muster.report.model import DrillReport
from muster.report.tables import Column, PageTable

MOST_OUTAGES = 20


def metric_tables(report: DrillReport) -> Iterator[PageTable]:
    """All of them but the recovery points; none without numbers."""
    summary = report.summary
    if summary is None:
        return
    yield _availability(summary)
    if any(one.outages for one in summary.unavailability):
        yield _outages(summary, report.origin_s)
    yield _failures(summary)
    yield _latency(summary.phases)
    yield _shares(summary.phases, report.plan.regions)


def recovery_table(report: DrillReport) -> PageTable | None:
    """The recovery point of each surviving Region, where there are several."""
    recovery = report.summary.recovery if report.summary else None
    if recovery is None or recovery.rpo_s is None or len(recovery.regions) < 2:
        return None
    return PageTable(
        "Recovery point by surviving Region",
        (
            Column("Region"),
            Column("RPO", "num"),
            Column("Items", "num"),
            Column("Late", "num"),
            Column("Lag p50 / p99 / most", "num"),
            Column("Unobserved", "num"),
            Column("RPO at most", "num"),
            Column("What became of them", "wide"),
        ),
        tuple(
            (
                one.region,
                format_length(one.rpo_s),
                format_count(one.missing_items),
                f"{one.late:,}",
                format_lags(one),
                f"{one.unobserved:,}",
                format_length(one.rpo_max_s),
                format_fates(one.fates) if one.rpo_s is not None else "unknown",
            )
            for one in recovery.regions
        ),
        notes=(("By Region", "regions"), ("RPO at most", "rpo_max_s")),
    )


def _availability(summary: Summary) -> PageTable:
    return PageTable(
        "Availability by vantage point, new connections",
        (
            Column("Vantage point"),
            Column("Requests", "num"),
            Column("Failed", "num"),
            Column("Outages", "num"),
            Column("Longest", "num"),
            Column("Total", "num"),
            Column("Blind", "num"),
        ),
        tuple(
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
        ),
        notes=(
            ("Longest", "longest_s"),
            ("Total", "total_s"),
            ("Blind", "blind_s"),
            ("RTO", "rto_s"),
        ),
    )


def _outages(summary: Summary, origin_s: float) -> PageTable:
    """Vantage point by vantage point, each one's longest first."""
    rows = [
        (
            one.group,
            format_clock(outage.start_s - origin_s),
            format_clock(outage.end_s - origin_s),
            ("" if outage.seen_begin and outage.seen_end else "≥ ")
            + format_length(outage.length_s),
            format_length(outage.certain_s),
            f"{outage.failed:,}",
            _seen_ends(outage),
        )
        for one in summary.unavailability
        for outage in sorted(one.outages, key=lambda o: -o.length_s)
    ]
    more = len(rows) - MOST_OUTAGES
    return PageTable(
        "Longest outages",
        (
            Column("Vantage point"),
            Column("From", "num"),
            Column("To", "num"),
            Column("At most", "num"),
            Column("At least", "num"),
            Column("Failed", "num"),
            Column("Seen"),
        ),
        tuple(rows[:MOST_OUTAGES]),
        notes=(
            ("Outage", "an outage"),
            ("From, to (`start_s`, `end_s`)", "start_s"),
            ("At most", "length_s"),
            ("At least", "certain_s"),
        ),
        remark=f"{more:,} shorter ones are in report.json." if more > 0 else "",
    )


def _seen_ends(outage: Outage) -> str:
    if outage.seen_begin and outage.seen_end:
        return "beginning and end"
    return "no beginning" if outage.seen_end else "no end" if outage.seen_begin else "neither end"


def _failures(summary: Summary) -> PageTable:
    return PageTable(
        "Failed requests",
        (Column("Cohort"), Column("Kind"), Column("Failed", "num")),
        tuple(
            (cohort, kind, f"{count:,}")
            for cohort, kinds in summary.failures.items()
            for kind, count in kinds.items()
        ),
        notes=(("Kinds", "failures"),),
        empty="No request failed.",
    )


def _latency(phases: Sequence[PhaseSummary]) -> PageTable:
    return PageTable(
        "Latency before, during and after",
        (
            Column("Phase"),
            Column("Requests", "num"),
            Column("Failed", "num"),
            Column("p50", "num"),
            Column("p99", "num"),
            Column("Most", "num"),
        ),
        tuple(
            (
                phase.name,
                f"{phase.requests:,}",
                f"{phase.latency.failed:,}",
                format_length(phase.latency.p50_s),
                format_length(phase.latency.p99_s),
                format_length(phase.latency.max_s),
            )
            for phase in phases
        ),
        notes=(("Phases", "phases"), ("Latency", "p50_s")),
    )


def _shares(phases: Sequence[PhaseSummary], regions: Sequence[str]) -> PageTable:
    """A row for each Region and a column for each phase, since there may be many Regions."""
    others = {region for phase in phases for region in phase.shares} - set(regions)
    return PageTable(
        "Shares of good answers, by Region",
        (Column("Answered by"), *(Column(phase.name, "num") for phase in phases)),
        tuple(
            (region, *(_format_share(phase, region) for phase in phases))
            for region in (*regions, *sorted(others))
        ),
        notes=(("Shares", "shares"),),
    )


def _format_share(phase: PhaseSummary, region: str) -> str:
    return format_percent(phase.shares.get(region, 0.0)) if phase.shares else DASH
