"""Single numbers of a report, as rows of a label, a text, and the name of the definition.

Decides which numbers are shown, in which order and with which unit. A number without data is a dash
and the reason.

Each number has its definition in the words of docs/drills/measurements.md. The texts are copies of
the cells of that page's tables, and a test keeps them equal. They are here, since a report is read
where that page is not at hand.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from common.command.wording import count_of
from muster.formatting import format_percent
from muster.measure import (
    Fate,
    Movement,
    Outage,
    ProbeQuality,
    Recovery,
    RecoveryPoint,
    Settled,
    Stragglers,
    Summary,
)
from muster.measure.movement import ENOUGH
from muster.measure.people import PeopleTimes
from muster.report.formatting import DASH, format_count, format_length
from muster.report.model import DrillReport
from muster.report.verdict import INTERFERED

DEFINITIONS: dict[str, str] = {
    "requests": "requests that count (good and failed); those that failed",
    "failures": "failed requests of each cohort by outcome, other statuses apart (`status 503`)",
    "an outage": (
        "one or more failed requests with fewer than ten good ones in a row between them, in the"
        " order of the schedule; equal times are ordered by number"
    ),
    "start_s": (
        "scheduled time of the last good request before; end of the first good answer after"
    ),
    "length_s": "`end_s` - `start_s`: the most that the outage can have been",
    "certain_s": (
        "scheduled times of the first and the last failed request, and their difference: the least"
        " that it can have been"
    ),
    "longest_s": "the longest `length_s`: the **measured RTO** of this vantage point",
    "total_s": "time covered by outages; where two overlap, it counts once",
    "rto_s": "`longest_s` of the vantage point that was hit worst",
    "doors.rto_s": (
        "the longest outage of this kind of client, at the vantage point that was hit worst"
    ),
    "left_s": (
        "from the cause to the last request that the Region answered, until its return, to clients"
        " whom it had served last before"
    ),
    "stayed": "whether the Region still answered in the last 5 s before the end of the cause",
    "blind_s": (
        "the longest time between two sends of the vantage point that count: a shorter outage can"
        " have been missed"
    ),
    "detect_s": (
        "**time to detect**: from the cause to the first request of a home vantage point that"
        " another Region answered (any status)"
    ),
    "evacuated": (
        "**time to evacuate**: `after_s` seconds from the cause until 99.9 % of new connections"
        " were answered elsewhere"
    ),
    "returned": (
        "**time to return**: `after_s` seconds from the end of the cause until 99.9 % of the home"
        " vantage points' new connections were answered, well, by the Region again"
    ),
    "notice_s": (
        "**time to notice**: from the cause to the first moment that somebody marked from then on"
    ),
    "decide_s": (
        "**time to decide**: from that moment to the first approval that somebody gave from then on"
    ),
    "home_vantages": ("vantage points whose answers before the cause all came from the Region"),
    "connections": (
        "kept connections, made before the cause, that the old Region still answered after it"
    ),
    "stragglers.requests": "the answers that it gave on them",
    "last_s": "seconds from the cause to the last of these",
    "still_there": (
        "how many of the connections the old Region still answered when the cause ended (or the"
        " samples did)"
    ),
    "shares": (
        "good answers of each Region (as a share of all good answers; as a count), and of all"
    ),
    "phases": "`before` the cause, `during` it, `after` its end; `all` without a cause",
    "p50_s": (
        "latency of good answers: from the sending, connecting included, to the end of the answer;"
        " nearest rank: the smallest value that covers the share"
    ),
    "acknowledged": (
        "items that the lost Region was the first to acknowledge (2xx), before its return"
    ),
    "missing_items": (
        "**RPO in items**: of these, the ones acknowledged before the loss that a reading of"
        " the surviving Region did not find, and none found before the return"
    ),
    "rpo_s": (
        "**RPO in seconds**: from the acknowledgement of the oldest of these to the loss; 0"
        " without any"
    ),
    "rpo_max_s": "the same if every unobserved write were missing too: the most that it can be",
    "missing_later": (
        "the missing ones that the Region acknowledged after the loss, as it does when only its"
        " replication has stopped"
    ),
    "late": "writes that arrived, but more than 5 s after their acknowledgement",
    "lag_p50_s": (
        "from the acknowledgement to the first reading that proved the write there; excluded"
        " when the reading before it failed"
    ),
    "unobserved": (
        "writes of unknown presence: before the return no reading proved them there, or a later"
        " write in their place, and none found them missing"
    ),
    "fates": (
        "state of the missing ones, later ones too, in the last reading asked after the return; of"
        " the run: of each write that was missing in any surviving Region, the worst fate in all"
        " of them"
    ),
    "regions": (
        "each surviving Region's own numbers; a Region without a usable reading has none, and does"
        " not count for the run"
    ),
    "scheduled": "requests that were due",
    "sent": (
        "those that were sent and count; `busy` ones; those without a usable sample. They add up"
        " to `scheduled`"
    ),
    "quality.p50_s": "lateness: from the schedule to the sending",
    "late_share": "sends more than 10 ms late; their share of `sent`",
    "lost_share": "share of `scheduled`",
    "quality.blind_s": (
        "the longest time of the schedule in which nothing was sent or held back, from any vantage"
        " point"
    ),
}
FATES: dict[Fate, str] = {
    Fate.ARRIVED: "it is there",
    Fate.OVERWRITTEN: "the item is there and holds another Region's write",
    Fate.MISSING: "the item is not there",
    Fate.UNKNOWN: "no reading after the return shows it",
}
"""The beginnings of their definitions in docs/drills/measurements.md."""


NOT_SHOWN = "the samples don't show it"
NOT_SETTLED = f"not seen on {ENOUGH} requests on end"


@dataclass(frozen=True, slots=True)
class MetricRow:
    """One number."""

    label: str
    value: str
    definition: str = ""
    """Its name in `definitions`; empty for none."""
    remark: str = ""
    hint: str = ""
    """What it is, in three words or so, where there is no room for a definition."""


@dataclass(frozen=True, slots=True)
class MetricGroup:
    """Numbers that belong together; without any, why there are none."""

    title: str
    rows: tuple[MetricRow, ...]
    why_none: str = ""


def key_metrics(report: DrillReport) -> Iterator[MetricRow]:
    """The few at the top of the page."""
    summary, missing = report.summary, _brief_reasons(report)
    where_s, where_items = _worst_regions(summary)
    rto_remark = missing.get("rto_s") or _rto_accuracy(summary)
    yield MetricRow("RTO", _format_rto(report), "rto_s", rto_remark, "longest outage")
    rpo_s, rpo_items = format_length(report.rpo_s), format_count(report.rpo_items)
    yield MetricRow("RPO", rpo_s, "rpo_s", missing.get("rpo_s", where_s), "oldest write missing")
    items_remark = missing.get("rpo_items", where_items)
    yield MetricRow("RPO, items", rpo_items, "missing_items", items_remark, "writes missing")
    if summary is None:
        return
    share = f"{format_percent(summary.failed / summary.requests)} of {summary.requests:,}"
    yield MetricRow("Failed requests", f"{summary.failed:,}", "requests", share, "of all probes")
    if summary.movement is not None and _has_moved(summary.movement):
        yield from _key_times(summary.movement)
    yield from _people_rows(report.people)


def _brief_reasons(report: DrillReport) -> Mapping[str, str]:
    """Why numbers are missing; who interfered is said in the verdict, above the few at the top."""
    is_void = "interference" in report.verdict.doubt_causes
    return dict.fromkeys(report.missing, INTERFERED) if is_void else report.missing


def metric_groups(report: DrillReport) -> Iterator[MetricGroup]:
    """All numbers but those of the tables by vantage point and by phase."""
    summary, missing = report.summary, report.missing
    if summary is None:
        return
    movement, stragglers, recovery = summary.movement, summary.stragglers, summary.recovery
    yield MetricGroup(
        "Movement of new connections",
        tuple(_movement_rows(movement)) if movement else (),
        missing.get("movement", ""),
    )
    yield MetricGroup(
        "Kept connections that stayed behind",
        tuple(_straggler_rows(stragglers)) if stragglers else (),
        missing.get("stragglers", ""),
    )
    yield MetricGroup(
        "Recovery point",
        tuple(_recovery_rows(report, recovery)) if recovery and report.rpo_s is not None else (),
        missing.get("rpo_s", ""),
    )
    yield MetricGroup("The prober's own work", tuple(_quality_rows(summary.quality)))


def longest_outages(summary: Summary) -> list[tuple[str, Outage]]:
    """(vantage point, outage), vantage point by vantage point, each one's longest first."""
    return [
        (one.group, outage)
        for one in summary.unavailability
        for outage in sorted(one.outages, key=lambda outage: -outage.length_s)
    ]


def share_columns(summary: Summary) -> dict[str, str]:
    """A column for each phase, with its class: there may be many Regions, which get the rows."""
    return {"Answered by": "", **{phase.name: "num" for phase in summary.phases}}


def share_rows(report: DrillReport) -> Iterator[list[str]]:
    """Each Region's shares of the good answers; the plan's Regions first."""
    phases = report.summary.phases if report.summary else ()
    others = {region for phase in phases for region in phase.shares} - set(report.plan.regions)
    for region in (*report.plan.regions, *sorted(others)):
        shares = (format_percent(p.shares.get(region, 0.0)) if p.shares else DASH for p in phases)
        yield [region, *shares]


def format_lags(recovery: Recovery) -> str:
    """Median, 99th percentile and largest lag."""
    lags = (recovery.lag_p50_s, recovery.lag_p99_s, recovery.lag_max_s)
    return " / ".join(format_length(lag) for lag in lags)


def format_fates(fates: Mapping[Fate, int]) -> str:
    """The fates of the missing writes: `3 arrived, 1 overwritten`."""
    counts = ", ".join(f"{number:,} {fate}" for fate, number in sorted(fates.items()))
    return counts or "nothing was missing"


def _has_moved(movement: Movement) -> bool:
    """False where traffic was to stay: then none of the times is known."""
    return (movement.detect_s, movement.evacuated, movement.returned) != (None, None, None)


def _key_times(movement: Movement) -> Iterator[MetricRow]:
    remark = "" if movement.detect_s is not None else NOT_SHOWN
    detect_s = format_length(movement.detect_s)
    yield MetricRow("Time to detect", detect_s, "detect_s", remark, "first elsewhere")
    for label, settled, name, hint in (
        ("Time to evacuate", movement.evacuated, "evacuated", "99.9 % elsewhere"),
        ("Time to return", movement.returned, "returned", "99.9 % back"),
    ):
        yield MetricRow(label, _format_settled(settled), name, _few_requests(settled), hint)


def _people_rows(people: PeopleTimes) -> Iterator[MetricRow]:
    """Without a row of people who have told nothing."""
    for label, length_s, name, hint in (
        ("Time to notice", people.notice_s, "notice_s", "first mark"),
        ("Time to decide", people.decide_s, "decide_s", "mark to approval"),
    ):
        if length_s is not None:
            yield MetricRow(label, format_length(length_s), name, "", hint)


def _format_rto(report: DrillReport) -> str:
    if report.summary is None or "rto_s" in report.missing:
        return DASH
    exact = report.summary.rto_complete
    return ("" if exact else "≥ ") + format_length(report.summary.rto_s)


def _rto_accuracy(summary: Summary | None) -> str:
    """How far the RTO may be from the truth: a longest outage is the most that it can have been."""
    vantages = summary.unavailability if summary else ()
    if not vantages:
        return ""
    blind_s = max(one.blind_s for one in vantages)
    outages = [outage for one in vantages for outage in one.outages]
    if not outages:
        return f"shorter than {format_length(blind_s)} is not seen"
    longest = max(outages, key=lambda outage: outage.length_s)
    certain = f"{format_length(longest.certain_s)} of it are certain"
    if blind_s <= longest.length_s:
        return certain
    return f"{certain}; nothing was sent for {format_length(blind_s)}"


def _worst_regions(summary: Summary | None) -> tuple[str, str]:
    """Which surviving Regions the RPO in seconds, and the one in items, come from."""
    recovery = summary.recovery if summary else None
    if recovery is None or len(recovery.regions) < 2:
        return "", ""
    known = [one for one in recovery.regions if one.rpo_s is not None]
    by_seconds = [one.region for one in known if one.rpo_s == recovery.rpo_s]
    by_items = [one.region for one in known if one.missing_items == recovery.missing_items]
    return _among(by_seconds, len(known)), _among(by_items, len(known))


def _among(worst: Sequence[str], known: int) -> str:
    if len(worst) == known:
        return f"in each of {known} surviving Regions" if known > 1 else f"in {worst[0]}"
    return f"in {', '.join(worst)}; less in the others"


def _format_settled(settled: Settled | None) -> str:
    return DASH if settled is None else format_length(settled.after_s)


def _movement_rows(movement: Movement) -> Iterator[MetricRow]:
    homes = ", ".join(movement.home_vantages)
    yield MetricRow("Home vantage points", homes or "none", "home_vantages")
    remark = "" if movement.detect_s is not None else NOT_SHOWN
    yield MetricRow("Time to detect", format_length(movement.detect_s), "detect_s", remark)
    for label, settled, name in (
        ("Time to evacuate", movement.evacuated, "evacuated"),
        ("Time to return", movement.returned, "returned"),
    ):
        yield MetricRow(label, _format_settled(settled), name, _judged_on(settled))


def _few_requests(settled: Settled | None) -> str:
    if settled is None or settled.full:
        return NOT_SETTLED if settled is None else ""
    return f"judged on {count_of(settled.requests, 'request')} only"


def _judged_on(settled: Settled | None) -> str:
    if settled is None:
        return NOT_SETTLED
    few = "" if settled.full else ", too few to tell 99.9 % from all"
    return f"judged on {count_of(settled.requests, 'request')}{few}"


def _straggler_rows(stragglers: Stragglers) -> Iterator[MetricRow]:
    yield MetricRow("Connections", f"{stragglers.connections:,}", "connections")
    yield MetricRow("Requests on them", f"{stragglers.requests:,}", "stragglers.requests")
    remark = "" if stragglers.connections else "none stayed"
    last_s = format_length(stragglers.last_s)
    yield MetricRow("Last one after the cause", last_s, "last_s", remark)
    yield MetricRow("Still there at the end", f"{stragglers.still_there:,}", "still_there")


def _recovery_rows(report: DrillReport, recovery: RecoveryPoint) -> Iterator[MetricRow]:
    yield MetricRow("Acknowledged writes", f"{recovery.acknowledged:,}", "acknowledged")
    yield MetricRow("RPO in seconds", format_length(report.rpo_s), "rpo_s")
    yield MetricRow("RPO in items", format_count(recovery.missing_items), "missing_items")
    yield MetricRow("Missing, written later", f"{recovery.missing_later:,}", "missing_later")
    meanings = "; ".join(f"{fate}: {FATES[fate]}" for fate in sorted(recovery.fates))
    yield MetricRow("What became of them", format_fates(recovery.fates), "fates", meanings)
    yield MetricRow("Late", f"{recovery.late:,}", "late")
    yield MetricRow("Lag p50 / p99 / most", format_lags(recovery), "lag_p50_s")
    yield MetricRow("Unobserved", f"{recovery.unobserved:,}", "unobserved")


def _quality_rows(quality: ProbeQuality) -> Iterator[MetricRow]:
    yield MetricRow("Came due", f"{quality.scheduled:,}", "scheduled")
    parts = f"{quality.sent:,} sent, {quality.held_back:,} held back, {quality.lost:,} lost"
    yield MetricRow("Of these", parts, "sent")
    late = f"{quality.late:,} ({format_percent(quality.late_share)})"
    yield MetricRow("Sent more than 10 ms late", late, "late_share")
    lateness = (format_length(x) for x in (quality.p50_s, quality.p99_s, quality.max_s))
    yield MetricRow("Lateness p50 / p99 / most", " / ".join(lateness), "quality.p50_s")
    yield MetricRow("Lost by the prober", format_percent(quality.lost_share), "lost_share")
    blind_s = format_length(quality.blind_s)
    yield MetricRow("Longest time without a send", blind_s, "quality.blind_s")
