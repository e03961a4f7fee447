"""A clock whose monotonic time differs from its time of day, as on a real machine."""

from tests.clocks import ManualClock

NOW = 1_800_000_000.0
STARTED_S = 1000.0


def make_clock() -> ManualClock:
    """STARTED_S on the monotonic clock, NOW since 1970."""
    return ManualClock(STARTED_S, epoch_s=NOW - STARTED_S)
