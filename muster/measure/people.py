"""How long people take to notice the cause, and to decide (docs/drills/measurements.md)."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleTimes:
    """Times of people, from what they have told the run."""

    notice_s: float | None = None
    """From the cause to the first moment that somebody marked after it; None without either."""
    decide_s: float | None = None
    """From that moment to the first approval after it; None without either."""


def measure_people(
    cause_at: float | None, marked_at: Iterable[float], approved_at: Iterable[float]
) -> PeopleTimes:
    """All in seconds since 1970, since people tell times of day."""
    if cause_at is None:
        return PeopleTimes()
    noticed_at = min((at for at in marked_at if at >= cause_at), default=None)
    if noticed_at is None:
        return PeopleTimes()
    decided_at = min((at for at in approved_at if at >= noticed_at), default=None)
    return PeopleTimes(
        notice_s=noticed_at - cause_at,
        decide_s=None if decided_at is None else decided_at - noticed_at,
    )
