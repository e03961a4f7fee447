"""Two accounts of one drill, the tool's and the witness's, held against each other.

Two true accounts of one outage differ, since each sees it only where its own requests come due. So
a tolerance here is never a guess: it is made of both schedules (the time between two requests of
one city) and of what both measured of their own lateness. On a busy machine it grows by itself.
"""

import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.client_observer import ObservedRequest
from tests.e2e.drills import CITIES, OBSERVER_RATE, OBSERVER_WRITES, RATE, DrillOutcome
from tests.e2e.outage_counter import (
    count_answers,
    due_between,
    failed_requests,
    find_outages,
    first_settled,
    readings_of_city,
    slowest_answer_s,
)
from tests.e2e.system import FRANKFURT_REGION, OREGON_REGION
from tests.e2e.system_state import REGIONS

NEW = RATE * 8 / 12 / len(CITIES)
"""The tool's new connections a second of one city: of 12 probes 8 are such, 2 write and read."""
TOOL_GAP_S = 2 / NEW
"""Between two of them at most: twice the mean, since the cohorts take turns unevenly."""
TOOL_WRITES_GAP_S = 4 / (RATE * 2 / 12 / len(CITIES))
"""Between two writes of one city at most: of three requests of their cohort one is a write."""
WITNESS_GAP_S = len(CITIES) / OBSERVER_RATE
WITNESS_WRITES_GAP_S = len(CITIES) / OBSERVER_WRITES
SIGMAS = 5
CODES = {"met": 0, "missed": 1, "refused": 3, "stopped": 4}
WINDOW_S = 5.0
"""Of the live view."""


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far each account may be from the truth, in seconds."""

    tool: float
    own: float

    @property
    def both(self) -> float:
        """How far they may lie apart."""
        return self.tool + self.own


def measure_tolerance(came: DrillOutcome) -> Tolerance:
    """Made of the schedules, and of what both measured of their lateness and of the machine's.

    Users near Frankfurt are never touched by a drill on Oregon: their slowest answer tells how long
    this machine lets a request wait.
    """
    quality = came.report["quality"]
    waits = [
        one["finished_s"] - one["sent_s"]
        for one in came.samples
        if one["vantage"] == "Frankfurt" and one["outcome"] == "ok"
    ]
    own = slowest_answer_s(readings_of_city(came.seen, "Frankfurt"))
    return Tolerance(
        tool=TOOL_GAP_S + quality["lost"] / RATE + quality["max_s"] + max(waits),
        own=WITNESS_GAP_S + own,
    )


def assert_results_agree(came: DrillOutcome, status: str) -> None:
    """The exit code, result.json, the report and its page say the same."""
    code, report, result = CODES[status], came.report, came.result
    assert came.code == code, came.drill.told()
    assert (result["status"], result["exit_code"]) == (status, code)
    assert (report["status"], report["exit_code"]) == (status, code)
    if report["requests"]:
        for name in ("rto_s", "rpo_s", "rpo_items", "requests", "failed"):
            assert report[name] == pytest.approx(result.get(name), abs=1e-6), name
        assert report["verdict"]["trusted"] == result["trusted"]
    assert Path(came.page).parent == came.folder
    assert report["verdict"]["headline"] in Path(came.page).read_text()


def assert_nothing_failed(came: DrillOutcome) -> None:
    """By both accounts."""
    assert failed_requests(came.seen) == []
    assert (came.report["failed"], came.report["rto_s"]) == (0, 0.0)


def assert_same_outage(came: DrillOutcome) -> None:
    """How long the users near Oregon had nothing, and how many of their requests failed."""
    apart, seen = measure_tolerance(came), readings_of_city(came.seen, "Portland")
    own = max(find_outages(seen), key=lambda row: row.at_most_s)
    told_s, failed = came.report["rto_s"], oregon_availability(came)["failed"]
    assert own.at_least_s - apart.own <= told_s <= own.at_most_s + apart.tool
    assert failed / NEW == pytest.approx(len(failed_requests(seen)) * WITNESS_GAP_S, abs=apart.both)
    assert failed_requests(readings_of_city(came.seen, "Frankfurt")) == []


def oregon_availability(came: DrillOutcome) -> dict[str, Any]:
    """The tool's figures of its users near Oregon."""
    (one,) = (row for row in came.report["availability"] if row["vantage"] != "Frankfurt")
    found: dict[str, Any] = one
    return found


def assert_same_movement(came: DrillOutcome) -> None:
    """When users near Oregon were answered elsewhere, and when at home again."""
    apart, told = measure_tolerance(came).both, came.report["movement"]
    assert told["evacuated"] is not None
    assert told["returned"] is not None
    seen = readings_of_city(came.seen, "Portland")
    away = due_between(seen, came.cause_s, came.return_s)
    noticed = next(one for one in away if one.region == FRANKFURT_REGION)
    gone = first_settled(away, FRANKFURT_REGION)
    back = first_settled(due_between(seen, came.return_s, came.end_s), OREGON_REGION)
    for name, mine, theirs in (
        ("noticed", noticed.due_s - came.cause_s, told["detect_s"]),
        ("gone", gone.due_s - came.cause_s, told["evacuated"]["after_s"]),
        ("back", back.due_s - came.return_s, told["returned"]["after_s"]),
    ):
        assert theirs == pytest.approx(mine, abs=apart), name


def assert_same_shares(came: DrillOutcome, *, by_chance: bool = False) -> None:
    """Who answered before, during and after. `by_chance`: a dial in between drew lots."""
    begin_s = came.readings[0].due_s
    for name, start_s, end_s in (
        ("before", begin_s, came.cause_s),
        ("during", came.cause_s, came.return_s),
        ("after", came.return_s, came.end_s),
    ):
        own = count_answers(due_between(came.readings, start_s, end_s))
        assert_same_share(came, name, own, end_s - start_s, by_chance=by_chance)


def assert_same_share(
    came: DrillOutcome, name: str, own: Counter[str], length_s: float, *, by_chance: bool
) -> None:
    """Who answered in one phase of the report."""
    good, told = own.total(), came.report["latency"][name]["requests"]
    grain = 3 / good + 3 / told + 2 * measure_tolerance(came).both / length_s
    luck = SIGMAS * (0.25 / good + 0.25 / told) ** 0.5 if by_chance else 0.0
    for region in REGIONS:
        share = came.report["shares"][name].get(region, 0.0)
        assert share == pytest.approx(own[region] / good, abs=grain + luck), (name, region)


def assert_live_view_agrees(came: DrillOutcome) -> None:
    """What the running drill showed of its last 5 s: who answered, and whether any failed."""
    apart = measure_tolerance(came).both
    first_s, last_s = came.readings[0].due_s, came.end_s
    shown = [
        (event["at_s"], event["probes"])
        for event in came.drill.events("observed")
        if first_s + WINDOW_S + apart < event["at_s"] < last_s - apart
    ]
    assert shown
    for at_s, probes in shown:
        surely = ended_between(came.readings, at_s - WINDOW_S + apart, at_s - apart)
        maybe = ended_between(came.readings, at_s - WINDOW_S - apart, at_s + apart)
        told = {region for region, count in probes["good_by_region"].items() if count}
        assert frequent_regions(count_answers(surely)) <= told <= set(count_answers(maybe))
        assert probes["failed"] > 0 or len(failed_requests(surely)) <= MISSABLE_REQUESTS
        assert probes["failed"] == 0 or failed_requests(maybe)


MISSABLE_REQUESTS = 3 + TOOL_GAP_S / WITNESS_GAP_S
"""So many requests of the witness the tool's own may miss."""


def frequent_regions(counts: Counter[str]) -> set[str]:
    """Regions whose answers the tool must have seen as well."""
    return {region for region, count in counts.items() if count > MISSABLE_REQUESTS}


def ended_between(
    seen: list[ObservedRequest], start_s: float, end_s: float
) -> list[ObservedRequest]:
    """Those that ended in [start_s, end_s)."""
    return [one for one in seen if start_s <= one.ended_s < end_s]


def print_comparison(came: DrillOutcome, *figures: str) -> None:
    """The figures, for whoever reads the tests' output."""
    failed = len(failed_requests(came.seen))
    lines = (
        f"the witness {failed} failed of {len(came.seen)} requests,"
        f" the tool {came.report['failed']} of {came.report['requests']}",
        *figures,
        *(f"in doubt: {doubt}" for doubt in came.report["verdict"]["doubts"]),
    )
    sys.stdout.write("".join(f"\n{came.result['scenario']}: {line}" for line in lines))
