"""Assertions that the tool's results of a drill agree with the observer's requests.

Both are right about one outage and still differ, since each sees it only when its own requests come
due. So a tolerance here is never a guess: it is computed from both schedules (the time between two
requests of one city) and from the lateness that both measured. On a busy machine it is larger.
"""

import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.drills.client_observer import ObservedRequest
from tests.e2e.drills.drill_runs import CITIES, OBSERVER_RATE, OBSERVER_WRITES, RATE, DrillOutcome
from tests.e2e.drills.outage_counter import (
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

NEW_PER_S = RATE * 8 / 12 / len(CITIES)
"""New connections per second of the tool's probes of one city: 8 of 12 requests."""
TOOL_GAP_S = 2 / NEW_PER_S
"""Longest time between two of them: twice the mean, since the cohorts alternate unevenly."""
TOOL_WRITES_GAP_S = 4 / (RATE * 2 / 12 / len(CITIES))
"""Longest time between two writes of one city: one of three requests of their cohort."""
OBSERVER_GAP_S = len(CITIES) / OBSERVER_RATE
OBSERVER_WRITES_GAP_S = len(CITIES) / OBSERVER_WRITES
MISSABLE_REQUESTS = 3 + TOOL_GAP_S / OBSERVER_GAP_S
"""Requests of the observer whose result the tool's probes may miss."""
SIGMAS = 5
EXIT_CODES = {"met": 0, "missed": 1, "refused": 3, "stopped": 4}
WINDOW_S = 5.0
"""Time that a line of the live view covers."""


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far times may be from the truth, in seconds."""

    tool: float
    observer: float

    @property
    def both(self) -> float:
        return self.tool + self.observer


def measure_tolerance(outcome: DrillOutcome) -> Tolerance:
    """Computed from the schedules, the measured lateness, and the machine's slowness.

    A drill on Oregon does not affect users near Frankfurt: their slowest answer shows how long this
    machine lets a request wait.
    """
    quality = outcome.report["quality"]
    waits = [
        one["finished_s"] - one["sent_s"]
        for one in outcome.samples
        if one["vantage"] == "Frankfurt" and one["outcome"] == "ok"
    ]
    slowest_s = slowest_answer_s(readings_of_city(outcome.requests, "Frankfurt"))
    return Tolerance(
        tool=TOOL_GAP_S + quality["lost"] / RATE + quality["max_s"] + max(waits),
        observer=OBSERVER_GAP_S + slowest_s,
    )


def assert_results_agree(outcome: DrillOutcome, status: str) -> None:
    """Exit code, result.json, report and page agree."""
    code, report, result = EXIT_CODES[status], outcome.report, outcome.result
    assert outcome.exit_code == code, outcome.drill.describe()
    assert (result["status"], result["exit_code"]) == (status, code)
    assert (report["status"], report["exit_code"]) == (status, code)
    if report["requests"]:
        for name in ("rto_s", "rpo_s", "rpo_items", "requests", "failed"):
            assert report[name] == pytest.approx(result.get(name), abs=1e-6), name
        assert report["verdict"]["trusted"] == result["trusted"]
    assert Path(outcome.page).parent == outcome.folder
    assert report["verdict"]["headline"] in Path(outcome.page).read_text()


def assert_nothing_failed(outcome: DrillOutcome) -> None:
    """Neither for the tool nor for the observer."""
    assert failed_requests(outcome.requests) == []
    assert (outcome.report["failed"], outcome.report["rto_s"]) == (0, 0.0)


def assert_same_outage(outcome: DrillOutcome) -> None:
    """The outage of users near Oregon has the same length and number of failed requests."""
    tolerance, reads = measure_tolerance(outcome), readings_of_city(outcome.requests, "Portland")
    outage = max(find_outages(reads), key=lambda one: one.at_most_s)
    rto_s, failed = outcome.report["rto_s"], oregon_availability(outcome)["failed"]
    assert outage.at_least_s - tolerance.observer <= rto_s <= outage.at_most_s + tolerance.tool
    observed_s = len(failed_requests(reads)) * OBSERVER_GAP_S
    assert failed / NEW_PER_S == pytest.approx(observed_s, abs=tolerance.both)
    assert failed_requests(readings_of_city(outcome.requests, "Frankfurt")) == []


def oregon_availability(outcome: DrillOutcome) -> dict[str, Any]:
    """The tool's numbers of users near Oregon."""
    (one,) = (row for row in outcome.report["availability"] if row["vantage"] != "Frankfurt")
    found: dict[str, Any] = one
    return found


def assert_same_movement(outcome: DrillOutcome) -> None:
    """Users near Oregon left their Region and returned to it at the same times."""
    tolerance, movement = measure_tolerance(outcome).both, outcome.report["movement"]
    assert movement["evacuated"] is not None
    assert movement["returned"] is not None
    reads = readings_of_city(outcome.requests, "Portland")
    away = due_between(reads, outcome.cause_s, outcome.return_s)
    noticed = next(one for one in away if one.region == FRANKFURT_REGION)
    gone = first_settled(away, FRANKFURT_REGION)
    back = first_settled(due_between(reads, outcome.return_s, outcome.end_s), OREGON_REGION)
    for name, observed_s, reported_s in (
        ("noticed", noticed.due_s - outcome.cause_s, movement["detect_s"]),
        ("gone", gone.due_s - outcome.cause_s, movement["evacuated"]["after_s"]),
        ("back", back.due_s - outcome.return_s, movement["returned"]["after_s"]),
    ):
        assert reported_s == pytest.approx(observed_s, abs=tolerance), name


def assert_same_shares(outcome: DrillOutcome, *, by_chance: bool = False) -> None:
    """Regions' shares of the answers, before, during and after the cause.

    `by_chance`: a dial between 0 and 100 chose the Region at random.
    """
    begin_s = outcome.reads[0].due_s
    for name, start_s, end_s in (
        ("before", begin_s, outcome.cause_s),
        ("during", outcome.cause_s, outcome.return_s),
        ("after", outcome.return_s, outcome.end_s),
    ):
        answers = count_answers(due_between(outcome.reads, start_s, end_s))
        assert_same_share(outcome, name, answers, end_s - start_s, by_chance=by_chance)


def assert_same_share(
    outcome: DrillOutcome, name: str, answers: Counter[str], length_s: float, *, by_chance: bool
) -> None:
    """Regions' shares of the answers in one phase of the report."""
    observed, reported = answers.total(), outcome.report["latency"][name]["requests"]
    grain = 3 / observed + 3 / reported + 2 * measure_tolerance(outcome).both / length_s
    chance = SIGMAS * (0.25 / observed + 0.25 / reported) ** 0.5 if by_chance else 0.0
    for region in REGIONS:
        share = outcome.report["shares"][name].get(region, 0.0)
        assert share == pytest.approx(answers[region] / observed, abs=grain + chance), (
            name,
            region,
        )


def assert_live_view_agrees(outcome: DrillOutcome) -> None:
    """The running drill showed for its last 5 s which Regions answered and whether any failed."""
    tolerance = measure_tolerance(outcome).both
    first_s, last_s = outcome.reads[0].due_s, outcome.end_s
    delayed = delayed_answers(outcome, tolerance)
    shown = [
        (event["at_s"], event["probes"])
        for event in outcome.drill.events("observed")
        if first_s + WINDOW_S + tolerance < event["at_s"] < last_s - tolerance
    ]
    assert shown
    for at_s, probes in shown:
        certain = ended_between(outcome.reads, at_s - WINDOW_S + tolerance, at_s - tolerance)
        possible = ended_between(outcome.reads, at_s - WINDOW_S - tolerance, at_s + tolerance)
        regions = {region for region, count in probes["good_by_region"].items() if count}
        late = {
            name for name, end_s in delayed if -tolerance <= at_s - end_s <= WINDOW_S + tolerance
        }
        seen = f"at {at_s:.2f} s, tolerance {tolerance:.2f} s, shown {probes}"
        assert frequent_regions(count_answers(certain)) <= regions, f"{seen}: {certain}"
        assert regions <= set(count_answers(possible)) | late, f"{seen}: {possible}"
        assert probes["failed"] > 0 or len(failed_requests(certain)) <= MISSABLE_REQUESTS, seen
        assert probes["failed"] == 0 or failed_requests(possible), seen


def frequent_regions(counts: Counter[str]) -> set[str]:
    """Regions whose answers the tool's probes can't have missed."""
    return {region for region, count in counts.items() if count > MISSABLE_REQUESTS}


def delayed_answers(outcome: DrillOutcome, longest_s: float) -> list[tuple[str, float]]:
    """Region and end of the tool's answers that took longer than this machine explains.

    A request that is under way when its network becomes slow is answered late; the next ones fail.
    The observer need not have had one under way at that moment.
    """
    return [
        (one["region"], one["finished_s"])
        for one in outcome.samples
        if (one["cohort"], one["outcome"]) == ("new", "ok")
        and one["finished_s"] - one["sent_s"] > longest_s
    ]


def ended_between(
    requests: list[ObservedRequest], start_s: float, end_s: float
) -> list[ObservedRequest]:
    """Requests that ended in [start_s, end_s)."""
    return [one for one in requests if start_s <= one.ended_s < end_s]


def print_comparison(outcome: DrillOutcome, *figures: str) -> None:
    """Write both counts, for the reader of the test run's output."""
    failed = len(failed_requests(outcome.requests))
    lines = (
        f"observer: {failed} failed of {len(outcome.requests)} requests,"
        f" tool: {outcome.report['failed']} of {outcome.report['requests']}",
        *figures,
        *(f"in doubt: {doubt}" for doubt in outcome.report["verdict"]["doubts"]),
    )
    sys.stdout.write("".join(f"\n{outcome.result['scenario']}: {line}" for line in lines))
