"""What a witness's requests come to: shares and outages, counted without the tool's code."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.e2e.client_observer import ObservedRequest

STEADY_REQUESTS = 10
"""So many good requests in a row say that the service is back; see docs/measurements.md."""


@dataclass(frozen=True, slots=True)
class Outage:
    """Failed requests of one city, bounded from both sides."""

    at_least_s: float
    """From the first failed request to the last one."""
    at_most_s: float
    """From the good request before to the end of the first good answer after."""


def readings_of_city(seen: Iterable[ObservedRequest], city: str) -> list[ObservedRequest]:
    """One city's readings that say something of the service."""
    return [one for one in seen if one.city == city and one.counts and not one.item]


def find_outages(seen: Sequence[ObservedRequest]) -> list[Outage]:
    """Of one city, by its schedule. Before the first and after the last one all is well."""
    failed = [number for number, one in enumerate(seen) if not one.good]
    groups: list[list[int]] = []
    for number in failed:
        if groups and number - groups[-1][-1] <= STEADY_REQUESTS:
            groups[-1].append(number)
        else:
            groups.append([number])
    return [
        Outage(
            at_least_s=seen[group[-1]].due_s - seen[group[0]].due_s,
            at_most_s=seen[group[-1] + 1].ended_s - seen[group[0] - 1].due_s,
        )
        for group in groups
    ]


def due_between(
    seen: Iterable[ObservedRequest], start_s: float, end_s: float
) -> list[ObservedRequest]:
    """Those that came due in [start_s, end_s)."""
    return [one for one in seen if start_s <= one.due_s < end_s]


def count_answers(seen: Iterable[ObservedRequest]) -> Counter[str]:
    """Good answers by Region."""
    return Counter(one.region for one in seen if one.good)


def failed_requests(seen: Iterable[ObservedRequest]) -> list[ObservedRequest]:
    """Those that were not served."""
    return [one for one in seen if one.counts and not one.good]


def slowest_answer_s(seen: Iterable[ObservedRequest]) -> float:
    """The longest that a good answer took from the moment at which its request came due."""
    return max((one.ended_s - one.due_s for one in seen if one.good), default=0.0)


def first_settled(seen: Sequence[ObservedRequest], region: str) -> ObservedRequest:
    """The request from which on this Region alone answered, and well."""
    others = [number for number, one in enumerate(seen) if one.region != region]
    return seen[others[-1] + 1 if others else 0]
