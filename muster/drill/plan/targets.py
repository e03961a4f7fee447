"""What a drill is to reach, in words: the names of targets, and values with their units.

Decides words only; what was reached is `result`'s. Pure.
"""

from collections.abc import Mapping
from typing import Literal

from muster.formatting import format_precise_duration

TargetName = Literal["rto_s", "rpo_s", "rpo_items", "failed_share"]
TARGET_LABELS: Mapping[TargetName, str] = {
    "rto_s": "RTO",
    "rpo_s": "RPO",
    "rpo_items": "RPO in items",
    "failed_share": "Failed requests",
}


def format_target(name: TargetName, value: float) -> str:
    """A target's value with its unit."""
    if name == "failed_share":
        return f"{value * 100:.3g} %"
    if name == "rpo_items":
        return f"{value:g} {'item' if value == 1 else 'items'}"
    return format_precise_duration(value)


def describe_target(
    name: TargetName, measured: float | None, at_most: float, *, at_least: bool = False
) -> str:
    """What was measured beside the target: `RTO 3.22 s, at most 5 s`.

    `at_least`: what was measured is a lower bound, since an outage's end was not seen.
    """
    told = "not measured" if measured is None else format_target(name, measured)
    told = f"at least {told}, its end was not seen" if at_least else told
    return f"{TARGET_LABELS[name]} {told}, at most {format_target(name, at_most)}"
