"""The numbers of a report as rows: a label, a value in words, the name of its definition.

Decides which numbers are shown, in which order and with which unit. A number without data is a dash
and the reason. Pure.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from muster.formatting import format_percent, format_precise_duration
from muster.measure import (
    Fate,
    Movement,
    ProbeQuality,
    Recovery,
    RecoveryPoint,
    Settled,
    Stragglers,
    Summary,
)
from muster.measure.movement import ENOUGH
from muster.report.definitions import FATES
from muster.report.model import DrillReport

NONE = "\N{EN DASH}"
RECOVERY = "Recovery point"
UNSEEN = "the samples don't show it"
UNSETTLED = f"not seen on {ENOUGH} requests on end"


@dataclass(frozen=True, slots=True)
class MetricRow:
    """One number."""

    label: str
    value: str
    definition: str = ""
    """Its name in `definitions`; empty for none."""
    remark: str = ""
    short: str = ""
    """What it is, in three words or so, where there is no room for a definition."""


@dataclass(frozen=True, slots=True)
class MetricGroup:
    """Numbers that belong together; without any, why there are none."""

    title: str
    figures: tuple[MetricRow, ...]
    why_none: str = ""


def key_metrics(report: DrillReport) -> Iterator[MetricRow]:
    """The few that stand at the top."""
    summary, missing = report.summary, report.missing
    where_s, where_items = _where(summary)
    yield MetricRow(
        "RTO", _rto(report), "rto_s", missing.get("rto_s") or _exact_to(summary), "longest outage"
    )
    rpo_s, items = format_length(report.rpo_s), format_optional_count(report.rpo_items)
    yield MetricRow("RPO", rpo_s, "rpo_s", missing.get("rpo_s", where_s), "oldest write missing")
    yield MetricRow(
        "RPO, items",
        items,
        "missing_items",
        missing.get("rpo_items", where_items),
        "writes missing",
    )
    if summary is None:
        return
    of = f"{format_share(summary.failed / summary.requests)} of {summary.requests:,}"
    yield MetricRow("Failed requests", f"{summary.failed:,}", "requests", of, "of all probes")
    if summary.movement is not None and _moved(summary.movement):
        yield from _key_times(summary.movement)


def _moved(movement: Movement) -> bool:
    """Whether any of its times is told; where traffic was to stay, none is."""
    return (movement.detect_s, movement.evacuated, movement.returned) != (None, None, None)


def _key_times(movement: Movement) -> Iterator[MetricRow]:
    detect_s, evacuated, returned = movement.detect_s, movement.evacuated, movement.returned
    unseen = "" if detect_s is not None else UNSEEN
    yield MetricRow(
        "Time to detect", format_length(detect_s), "detect_s", unseen, "first elsewhere"
    )
    for label, settled, name, short in (
        ("Time to evacuate", evacuated, "evacuated", "99.9 % elsewhere"),
        ("Time to return", returned, "returned", "99.9 % back"),
    ):
        yield MetricRow(label, _settled(settled), name, _few(settled), short)


def metric_groups(report: DrillReport) -> Iterator[MetricGroup]:
    """All others but the tables by vantage point and by phase."""
    summary, missing = report.summary, report.missing
    if summary is None:
        return
    movement = summary.movement
    yield MetricGroup(
        "Movement of new connections",
        tuple(_movement(movement)) if movement else (),
        missing.get("movement", ""),
    )
    stragglers = summary.stragglers
    yield MetricGroup(
        "Kept connections that stayed behind",
        tuple(_stragglers(stragglers)) if stragglers else (),
        missing.get("stragglers", ""),
    )
    recovery = summary.recovery
    yield MetricGroup(
        RECOVERY,
        tuple(_recovery(report, recovery)) if recovery and report.rpo_s is not None else (),
        missing.get("rpo_s", ""),
    )
    yield MetricGroup("The prober's own work", tuple(_quality(summary.quality)))


def format_length(value_s: float | None) -> str:
    """A length in words; a dash for None."""
    return NONE if value_s is None else format_precise_duration(value_s)


def format_optional_count(value: int | None) -> str:
    """A number of things; a dash for None."""
    return NONE if value is None else f"{value:,}"


def format_lags(found: Recovery) -> str:
    """Median, 99th percentile and largest lag."""
    told = (found.lag_p50_s, found.lag_p99_s, found.lag_max_s)
    return " / ".join(format_length(lag) for lag in told)


def format_fates(found: Mapping[Fate, int]) -> str:
    """What missing writes have come to."""
    told = ", ".join(f"{number:,} {fate}" for fate, number in sorted(found.items()))
    return told or "nothing was missing"


def format_share(value: float) -> str:
    """A share (0 to 1) in percent."""
    return format_percent(value)


def _rto(report: DrillReport) -> str:
    if report.summary is None or "rto_s" in report.missing:
        return NONE
    least = "≥ " if any(not one.complete for one in report.summary.unavailability) else ""
    return least + format_length(report.summary.rto_s)


def _exact_to(summary: Summary | None) -> str:
    """What the figure may hide: a longest outage is the most that it can have been."""
    groups = summary.unavailability if summary else ()
    if not groups:
        return ""
    found = [outage for one in groups for outage in one.outages]
    blind_s = max(one.blind_s for one in groups)
    if not found:
        return f"shorter than {format_length(blind_s)} is not seen"
    hardest = max(found, key=lambda o: o.length_s)
    certain = f"{format_length(hardest.certain_s)} of it are certain"
    unseen = (
        f"; nothing was sent for {format_length(blind_s)}" if blind_s > hardest.length_s else ""
    )
    return certain + unseen


def _where(summary: Summary | None) -> tuple[str, str]:
    """In which surviving Regions RPO in seconds, and in items, are as bad as told."""
    found = summary.recovery if summary else None
    if found is None or len(found.regions) < 2:
        return "", ""
    told = [one for one in found.regions if one.rpo_s is not None]
    seconds = [one.region for one in told if one.rpo_s == found.rpo_s]
    items = [one.region for one in told if one.missing_items == found.missing_items]
    return _among(seconds, len(told)), _among(items, len(told))


def _among(worst: Sequence[str], told: int) -> str:
    if len(worst) == told:
        return f"in each of {told} surviving Regions" if told > 1 else f"in {worst[0]}"
    return f"in {', '.join(worst)}; less in the others"


def _settled(settled: Settled | None) -> str:
    return NONE if settled is None else format_length(settled.after_s)


def _movement(movement: Movement) -> Iterator[MetricRow]:
    homes = ", ".join(movement.home_vantages)
    yield MetricRow("Home vantage points", homes or "none", "home_vantages")
    detect = "" if movement.detect_s is not None else UNSEEN
    yield MetricRow("Time to detect", format_length(movement.detect_s), "detect_s", detect)
    for label, settled, name in (
        ("Time to evacuate", movement.evacuated, "evacuated"),
        ("Time to return", movement.returned, "returned"),
    ):
        yield MetricRow(label, _settled(settled), name, _rests_on(settled))


def _few(settled: Settled | None) -> str:
    if settled is None or settled.full:
        return UNSETTLED if settled is None else ""
    return f"judged on {settled.requests:,} requests only"


def _rests_on(settled: Settled | None) -> str:
    if settled is None:
        return UNSETTLED
    few = "" if settled.full else ", too few to tell 99.9 % from all"
    return f"judged on {settled.requests:,} requests{few}"


def _stragglers(found: Stragglers) -> Iterator[MetricRow]:
    yield MetricRow("Connections", f"{found.connections:,}", "connections")
    yield MetricRow("Requests on them", f"{found.requests:,}", "stragglers.requests")
    none = "" if found.connections else "none stayed"
    yield MetricRow("Last one after the cause", format_length(found.last_s), "last_s", none)
    yield MetricRow("Still there at the end", f"{found.still_there:,}", "still_there")


def _recovery(report: DrillReport, found: RecoveryPoint) -> Iterator[MetricRow]:
    yield MetricRow("Acknowledged writes", f"{found.acknowledged:,}", "acknowledged")
    yield MetricRow("RPO in seconds", format_length(report.rpo_s), "rpo_s")
    yield MetricRow("RPO in items", format_optional_count(found.missing_items), "missing_items")
    yield MetricRow("Missing, written later", f"{found.missing_later:,}", "missing_later")
    told = "; ".join(f"{fate}: {FATES[fate]}" for fate in sorted(found.fates))
    yield MetricRow("What became of them", format_fates(found.fates), "fates", remark=told)
    yield MetricRow("Late", f"{found.late:,}", "late")
    yield MetricRow("Lag p50 / p99 / most", format_lags(found), "lag_p50_s")
    yield MetricRow("Not told by any reading", f"{found.unobserved:,}", "unobserved")


def _quality(found: ProbeQuality) -> Iterator[MetricRow]:
    yield MetricRow("Came due", f"{found.scheduled:,}", "scheduled")
    parts = f"{found.sent:,} sent, {found.held_back:,} held back, {found.lost:,} lost"
    yield MetricRow("Of these", parts, "sent")
    late = f"{found.late:,} ({format_share(found.late_share)})"
    yield MetricRow("Sent more than 10 ms late", late, "late_share")
    told = " / ".join(format_length(x) for x in (found.p50_s, found.p99_s, found.max_s))
    yield MetricRow("Lateness p50 / p99 / most", told, "quality.p50_s")
    yield MetricRow("Lost by the prober", format_share(found.lost_share), "lost_share")
    yield MetricRow("Longest time without a send", format_length(found.blind_s), "quality.blind_s")


def failure_rows(summary: Summary) -> list[tuple[str, str, int]]:
    """(cohort, kind, count) of what failed."""
    return [
        (cohort, kind, count)
        for cohort, kinds in summary.failures.items()
        for kind, count in kinds.items()
    ]
