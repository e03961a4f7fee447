"""What a drill may do at most, chosen by whoever owns the service.

Decides the limits' names, defaults and ranges. The guards judge by them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields

from muster.errors import InvalidSetting


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits of every drill."""

    dial_floor: float = 0.0
    """Lowest percentage that a dial may be turned to."""
    dial_step: float = 50.0
    """Largest turn of a dial in one step, percentage points."""
    lag_s: float = 5.0
    """Most replication lag, in seconds, with which a Region may be evacuated."""
    drain_factor: float = 10.0
    """Least multiple of the recent lag that an emptied Region is given."""
    headroom: float = 1.0
    """How many times the load that moves must fit in the Region that takes it."""
    guard_hold_s: float = 120.0
    """How long a guard may hold a step before the drill ends."""
    rollback_hold_s: float = 300.0
    """How long a rollback waits for a Region to become healthy."""
    steady_s: float = 5.0
    """How long the probes see the system before the method, and after it."""


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
    """The defaults with what was given instead. Raises SettingWrong."""
    values: dict[str, float] = {}
    for name, raw in given.items():
        low, high = _RANGES.get(name, (0, 0))
        if name not in _RANGES:
            known = ", ".join(field.name for field in fields(Limits))
            raise InvalidSetting(f"limits.{name}", origin, raw, f"one of the limits {known}")
        if isinstance(raw, bool) or not isinstance(raw, int | float) or not low <= raw <= high:
            rule = f"a number from {low:g} to {high:g}"
            raise InvalidSetting(f"limits.{name}", origin, raw, rule)
        values[name] = float(raw)
    return Limits(**values)
