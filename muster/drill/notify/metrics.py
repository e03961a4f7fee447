"""The metrics of a drill that has ended, for OpenTelemetry and CloudWatch. Pure.

docs/drills/measurements.md defines the numbers. Those that are in doubt are left out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from muster.drill.notify.notices import Notice

MetricUnit = Literal["s", "1", "{request}", "{item}"]
"""As OpenTelemetry writes units; `1` is a share or a bare number."""


@dataclass(frozen=True, slots=True)
class DrillMetric:
    name: str
    """`muster.drill.` and this is OpenTelemetry's name; CloudWatch's is in CamelCase."""
    unit: MetricUnit
    value: float


def list_metrics(notice: Notice) -> tuple[DrillMetric, ...]:
    """The metrics of an end; of a test one that says so."""
    if notice.kind == "test":
        return (DrillMetric("test", "1", 1.0),)
    return tuple(_list_known(notice))


def _list_known(notice: Notice) -> Iterator[DrillMetric]:
    numbers = notice.numbers
    if notice.exit_code is not None:
        yield DrillMetric("exit_code", "1", float(notice.exit_code))
    if "started_at" in numbers and "ended_at" in numbers:
        yield DrillMetric("duration", "s", numbers["ended_at"] - numbers["started_at"])
    if numbers.get("trusted"):
        yield from _list_measured(numbers)


def _list_measured(numbers: Mapping[str, Any]) -> Iterator[DrillMetric]:
    named: tuple[tuple[str, MetricUnit, str], ...] = (
        ("rto", "s", "rto_s"),
        ("rpo", "s", "rpo_s"),
        ("lost_items", "{item}", "rpo_items"),
        ("requests", "{request}", "requests"),
        ("failed_requests", "{request}", "failed"),
    )
    for name, unit, key in named:
        if numbers.get(key) is not None:
            yield DrillMetric(name, unit, float(numbers[key]))
    if numbers.get("requests"):
        availability = 1 - numbers.get("failed", 0) / numbers["requests"]
        yield DrillMetric("availability", "1", availability)
