"""Counts outages, shares and failures among an observer's requests, without the tool's code."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.e2e.drills.client_observer import ObservedRequest

STEADY_REQUESTS = 10
"""Successful requests in a row that end an outage; as in docs/drills/measurements.md."""


@dataclass(frozen=True, slots=True)
class Outage:
    """Failed requests of one city, and the bounds of how long they lasted."""

    at_least_s: float
    """From the first failed request to the last one."""
    at_most_s: float
    """From the successful request before to the end of the first successful one after."""


def readings_of_city(requests: Iterable[ObservedRequest], city: str) -> list[ObservedRequest]:
    """The conclusive reads of one city."""
    return [one for one in requests if one.city == city and one.is_conclusive and not one.item]


def find_outages(requests: Sequence[ObservedRequest]) -> list[Outage]:
    """Outages among the requests of one city, of which the first and the last succeeded."""
    failed = [number for number, one in enumerate(requests) if not one.succeeded]
    groups: list[list[int]] = []
    for number in failed:
        if groups and number - groups[-1][-1] <= STEADY_REQUESTS:
            groups[-1].append(number)
        else:
            groups.append([number])
    return [
        Outage(
            at_least_s=requests[group[-1]].due_s - requests[group[0]].due_s,
            at_most_s=requests[group[-1] + 1].ended_s - requests[group[0] - 1].due_s,
        )
        for group in groups
    ]


def due_between(
    requests: Iterable[ObservedRequest], start_s: float, end_s: float
) -> list[ObservedRequest]:
    """Requests that came due in [start_s, end_s)."""
    return [one for one in requests if start_s <= one.due_s < end_s]


def count_answers(requests: Iterable[ObservedRequest]) -> Counter[str]:
    """Successful requests by Region."""
    return Counter(one.region for one in requests if one.succeeded)


def failed_requests(requests: Iterable[ObservedRequest]) -> list[ObservedRequest]:
    return [one for one in requests if one.is_conclusive and not one.succeeded]


def slowest_answer_s(requests: Iterable[ObservedRequest]) -> float:
    """The longest time from a request's due time to its successful answer."""
    return max((one.ended_s - one.due_s for one in requests if one.succeeded), default=0.0)


def first_settled(requests: Sequence[ObservedRequest], region: str) -> ObservedRequest:
    """The first request from which on this Region answered every one."""
    others = [number for number, one in enumerate(requests) if one.region != region]
    return requests[others[-1] + 1 if others else 0]
