"""Targets of a drill: recovery time (RTO), recovery point (RPO) and failed requests, as limits."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from muster.formatting import format_precise_duration

TargetName = Literal["rto_s", "rpo_s", "rpo_items", "failed_share"]
TARGET_LABELS: Mapping[TargetName, str] = {
    "rto_s": "RTO",
    "rpo_s": "RPO",
    "rpo_items": "RPO in items",
    "failed_share": "Failed requests",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillTargets:
    """Upper limits; None: no target."""

    rto_s: float | None = None
    rpo_s: float | None = None
    rpo_items: float | None = None
    failed_share: float | None = None


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
    """The measured value beside the target: `RTO 3.22 s, at most 5 s`.

    `at_least`: the measured value is a lower bound, since an outage's end was not seen.
    """
    shown = "not measured" if measured is None else format_target(name, measured)
    if at_least:
        shown = f"at least {shown}, its end was not seen"
    return f"{TARGET_LABELS[name]} {shown}, at most {format_target(name, at_most)}"
