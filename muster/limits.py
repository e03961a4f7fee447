"""The limits of drills and of changes by hand: their names, defaults and ranges.

The service's owner sets them, the guards enforce them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from common.command.wording import suggest_name
from muster.errors import InvalidSetting


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """See docs/drills.md."""

    dial_floor: float = 0.0
    """Lowest percentage of a dial."""
    dial_step: float = 50.0
    """Largest turn of a dial in one step, percentage points."""
    lag_s: float = 5.0
    """Largest replication lag, in seconds, with which a Region may be evacuated."""
    drain_factor: float = 10.0
    """An emptied Region is given at least this multiple of the recent lag."""
    headroom: float = 1.0
    """Free capacity that a Region needs to take over, as a multiple of the load that moves."""
    guard_hold_s: float = 120.0
    """Longest time that a guard may hold a step."""
    rollback_hold_s: float = 300.0
    """Longest time that a rollback waits for a Region to become healthy."""
    steady_s: float = 5.0
    """How long the probes observe the system before the method, and after it."""


_RANGES: dict[str, tuple[float, float]] = {
    "dial_floor": (0, 100),
    "dial_step": (1, 100),
    "lag_s": (0.001, 3600),
    "drain_factor": (1, 1000),
    "headroom": (0.1, 100),
    "guard_hold_s": (0, 86400),
    "rollback_hold_s": (0, 86400),
    "steady_s": (0, 86400),
}


def parse_limits(given: Mapping[str, object], origin: str) -> Limits:
    """The defaults, overridden by settings from `origin`. Raises InvalidSetting."""
    values: dict[str, float] = {}
    for name, raw in given.items():
        if name not in _RANGES:
            rule = f"one of the limits {', '.join(_RANGES)}{suggest_name(name, _RANGES)}"
            raise InvalidSetting(f"limits.{name}", origin, raw, rule)
        low, high = _RANGES[name]
        if isinstance(raw, bool) or not isinstance(raw, int | float) or not low <= raw <= high:
            rule = f"a number from {low:g} to {high:g}"
            raise InvalidSetting(f"limits.{name}", origin, raw, rule)
        values[name] = float(raw)
    return Limits(**values)
