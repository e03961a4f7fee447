"""The front doors side by side: the table at the top of a report, and the sentence above it."""

from collections.abc import Iterator

from muster.formatting import format_percent
from muster.measure.doors import CLIENT_NAMES, DOOR_NAMES, ClientSummary, DoorSummary
from muster.report.formatting import DASH, format_count, format_length
from muster.report.model import DrillReport

DOOR_COLUMNS = {
    "Kind of client": "",
    "Front door": "",
    "RTO": "num",
    "Availability": "num",
    "Failed": "num",
    "Last answer of the Region": "num",
}


def compare_doors(report: DrillReport) -> str:
    """One sentence about both doors; empty where there are not two, or there was no cause."""
    doors = {one.door: one for one in report.summary.doors} if report.summary else {}
    if len(doors) < 2 or report.cause_s is None:
        return ""
    accelerator, dns = doors["accelerator"].rto_s, doors["dns"].rto_s
    if accelerator is None or dns is None or not (accelerator or dns):
        return "At neither door was there an outage of new connections."
    seen = f"{_format_outage(doors['accelerator'])}, {_format_outage(doors['dns'])}"
    if not (accelerator and dns):
        return f"New connections: {seen}."
    slower, times = ("DNS", dns / accelerator)
    if times < 1:
        slower, times = "the accelerator", accelerator / dns
    ratio = f"{times:.2g}"
    if ratio == "1":
        return f"New connections: {seen}: about as long."
    return f"New connections: {seen}; {slower} took {ratio} times as long."


def door_rows(report: DrillReport) -> Iterator[list[str]]:
    """A row for each kind of client; none for a stack whose one door is the accelerator."""
    doors = report.summary.doors if report.summary else ()
    if all(door.door == "accelerator" for door in doors):
        return
    for door in doors:
        for client in door.clients:
            yield [
                CLIENT_NAMES[client.cohort],
                DOOR_NAMES[door.door].removeprefix("the ").capitalize().replace("Dns", "DNS"),
                _format_rto(client),
                DASH if client.availability is None else format_percent(client.availability),
                format_count(client.failed),
                _format_left(client),
            ]


def _format_outage(door: DoorSummary) -> str:
    rto_s = door.rto_s
    lasted = f"out for {format_length(rto_s)}" if rto_s else "never out"
    return f"{lasted} through {DOOR_NAMES[door.door]}"


def _format_rto(client: ClientSummary) -> str:
    if not client.rto_s:
        return "no outage"
    if not client.seen_end:
        return f"at least {format_length(client.rto_s)}: its end was not seen"
    if client.cut_short:
        return f"at least {format_length(client.rto_s)}: the rollback ended it"
    return format_length(client.rto_s) + ("" if client.ended else ", until the Region was back")


def _format_left(client: ClientSummary) -> str:
    if client.stayed:
        return "stayed to the end"
    return DASH if client.left_s is None else f"after {format_length(client.left_s)}"
