"""What a drill is to reach, in words: the names of targets, and values with their units.

Decides words only; what was reached is `result`'s. Pure.
"""

from collections.abc import Mapping
from typing import Literal

from muster import durations

TargetName = Literal["rto_s", "rpo_s", "rpo_items", "failed_share"]
LABELS: Mapping[TargetName, str] = {
    "rto_s": "RTO",
    "rpo_s": "RPO",
    "rpo_items": "RPO in items",
    "failed_share": "Failed requests",
}


def value_words(name: TargetName, value: float) -> str:
    """A target's value with its unit."""
    if name == "failed_share":
        return f"{value * 100:.3g} %"
    if name == "rpo_items":
        return f"{value:g} {'item' if value == 1 else 'items'}"
    return durations.figure(value)


def against(name: TargetName, measured: float | None, at_most: float) -> str:
    """What was measured beside the target: `RTO 3.22 s, at most 5 s`."""
    told = "not measured" if measured is None else value_words(name, measured)
    return f"{LABELS[name]} {told}, at most {value_words(name, at_most)}"
