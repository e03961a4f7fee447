"""CloudWatch metrics: aggregate published values into time slots, and query them by period. Pure.

A metric is a namespace, a name and an exact set of dimensions. Another set is another metric;
CloudWatch never aggregates over dimensions:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html

Each slot keeps sum, count, minimum and maximum; metrics that need percentiles also keep how often
each value occurred, rounded to three significant digits. So a percentile is within 0.5 % of the
exact one; AWS does not document the precision of its own.

The caller passes all times, in seconds of one clock.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from twin.internal_api.schemas import MetricSample, StatisticSet

STANDARD_S = 60
HIGH_RESOLUTION_S = 1
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/publishingMetrics.html#high-resolution-metrics"""
MAX_SLOTS = 1440
"""Slots kept of each metric: a day of minutes. AWS keeps minutes for 15 days."""
MAX_METRICS = 5000
"""Metrics kept of a Region; beyond it the least recently updated one is dropped."""
MAX_VALUES = 500_000
"""Single values kept of a Region, about 50 MB; beyond it the oldest slots lose theirs, and so their
percentiles."""

_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d{1,10})?|100)")


def statistics_of_value(value: float, times: float = 1.0) -> StatisticSet:
    """Statistics of one value that occurred `times` times."""
    return StatisticSet(
        count=times,
        total=value * times,
        least=value,
        most=value,
        values={_rounded(value): times},
    )


def merge_statistics(
    parts: Iterable[StatisticSet], *, keep_values: bool = True
) -> StatisticSet | None:
    """Combine statistics; None when there are none.

    The result has the single values only if every part has them, and if they are to be kept.
    """
    known = list(parts)
    if not known:
        return None
    values: dict[str, float] = {}
    for part in known if keep_values and all(part.values for part in known) else ():
        _count_values(values, part)
    return StatisticSet(
        count=sum(part.count for part in known),
        total=math.fsum(part.total for part in known),
        least=min(part.least for part in known),
        most=max(part.most for part in known),
        values=values,
    )


def _count_values(values: dict[str, float], part: StatisticSet) -> None:
    for value, times in part.values.items():
        values[value] = values.get(value, 0.0) + times


def _extend(present: StatisticSet, added: StatisticSet) -> StatisticSet:
    """As merge_statistics does, in a time that does not grow with what is present.

    The result takes the present values over, and changes them.
    """
    values = present.values if added.values else {}
    if values:
        _count_values(values, added)
    return StatisticSet(
        count=present.count + added.count,
        total=present.total + added.total,
        least=min(present.least, added.least),
        most=max(present.most, added.most),
        values=values,
    )


def is_percentile(name: str) -> bool:
    """Whether a statistic needs the single values."""
    return name not in _SIMPLE


def is_statistic(name: str) -> bool:
    """Whether `statistic_value` supports this statistic."""
    return name in _SIMPLE or _PERCENTILE.fullmatch(name) is not None


def statistic_value(statistics: StatisticSet, name: str) -> float | None:
    """Compute a statistic by AWS's name; None when the published data does not determine it.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
    """
    match name:
        case "Sum":
            return statistics.total
        case "SampleCount":
            return statistics.count
        case "Minimum":
            return statistics.least
        case "Maximum":
            return statistics.most
        case "Average":
            return statistics.total / statistics.count if statistics.count else None
    found = _PERCENTILE.fullmatch(name)
    return _percentile(statistics, float(found[1])) if found else None


_SIMPLE = frozenset({"Sum", "SampleCount", "Minimum", "Maximum", "Average"})


def _percentile(statistics: StatisticSet, percent: float) -> float | None:
    """The smallest value that at least `percent` of all values do not exceed.

    A statistic set without its values has no percentile, unless all values are equal:
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#Percentiles
    """
    if statistics.least == statistics.most:
        return statistics.least
    wanted, seen = statistics.count * percent / 100, 0.0
    for value in sorted(map(float, statistics.values)):
        seen += statistics.values[_rounded(value)]
        if seen >= wanted:
            return min(max(value, statistics.least), statistics.most)
    return None


def _rounded(value: float) -> str:
    return f"{value:.3g}"


class MetricAccumulator:
    """Aggregates values of one metric until the next collection takes them."""

    __slots__ = ("_count", "_keep_values", "_least", "_most", "_total", "_values")

    def __init__(self, *, keep_values: bool = False) -> None:
        """`keep_values`: count each value, for percentiles."""
        self._keep_values = keep_values
        self._reset()

    def _reset(self) -> None:
        self._count = self._total = 0.0
        self._least, self._most = math.inf, -math.inf
        self._values: dict[str, float] = {}

    def add(self, value: float = 1.0, times: int = 1) -> None:
        """Add a value, `times` times."""
        self._count += times
        self._total += value * times
        if value < self._least:  # noqa: PLR1730 - on each request's path, and a call costs twice
            self._least = value
        if value > self._most:  # noqa: PLR1730 - the same
            self._most = value
        if self._keep_values:
            key = _rounded(value)
            self._values[key] = self._values.get(key, 0.0) + times

    def take(self) -> StatisticSet | None:
        """Return the statistics since the last call, and start anew; None when there were none."""
        if not self._count:
            return None
        taken = StatisticSet(
            count=self._count,
            total=self._total,
            least=self._least,
            most=self._most,
            values=self._values,
        )
        self._reset()
        return taken


@dataclass(frozen=True, slots=True)
class Metric:
    """Identity of a metric."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()
    """(name, value) pairs, sorted."""

    @staticmethod
    def with_dimensions(namespace: str, name: str, dimensions: Mapping[str, str]) -> "Metric":
        return Metric(namespace, name, tuple(sorted(dimensions.items())))


@dataclass(slots=True)
class _Series:
    """The slots of one metric that have values."""

    slot_s: float
    slots: dict[int, StatisticSet] = field(default_factory=dict)
    unit: str = "None"
    """Of the last value. AWS keeps the values of different units apart; the twin does not."""


class MetricStore:
    """The metrics of one Region."""

    def __init__(self, speed: float = 1.0) -> None:
        """`speed` divides the width of a slot: 60 s at speed 1, 3 s at speed 20."""
        self._speed = speed
        self._series: dict[Metric, _Series] = {}
        self._values = 0
        """Number of single values in all slots."""

    def slot_s(self, resolution_s: float = STANDARD_S) -> float:
        """Width of a slot of this resolution, in seconds at the twin's speed."""
        return resolution_s / self._speed

    def add(
        self,
        metric: Metric,
        statistics: StatisticSet,
        at_s: float,
        *,
        unit: str = "None",
        resolution_s: float = STANDARD_S,
    ) -> None:
        """Add statistics of values published at `at_s`, seconds since 1970."""
        series = self._series.pop(metric, None) or _Series(self.slot_s(resolution_s))
        self._series[metric] = series
        series.unit = unit
        slot = math.floor(at_s / series.slot_s)
        present = series.slots.get(slot)
        if present is None:
            series.slots[slot] = replace(statistics, values={**statistics.values})
        else:
            self._values -= len(present.values)
            series.slots[slot] = _extend(present, statistics)
        self._values += len(series.slots[slot].values)
        if len(series.slots) > MAX_SLOTS:
            self._values -= len(series.slots.pop(min(series.slots)).values)
        if len(self._series) > MAX_METRICS:
            dropped = self._series.pop(next(iter(self._series)))
            self._values -= sum(len(kept.values) for kept in dropped.slots.values())
        if self._values > MAX_VALUES:
            self._drop_oldest_values(MAX_VALUES * 9 // 10)

    def _drop_oldest_values(self, most: int) -> None:
        """Some more than need be, since the slots are sorted each time."""
        holders = [
            (slot * series.slot_s, slot, series)
            for series in self._series.values()
            for slot, kept in series.slots.items()
            if kept.values
        ]
        for _, slot, series in sorted(holders, key=lambda holder: holder[0]):
            if self._values <= most:
                return
            kept = series.slots[slot]
            self._values -= len(kept.values)
            series.slots[slot] = replace(kept, values={})

    def add_sample(self, sample: MetricSample, at_s: float) -> None:
        """Add a sample collected from an edge or Region process."""
        metric = Metric.with_dimensions(sample.namespace, sample.name, sample.dimensions)
        self.add(metric, sample.statistics, at_s, unit=sample.unit)

    def metrics(self) -> tuple[Metric, ...]:
        """All metrics that have values."""
        return tuple(self._series)

    def unit(self, metric: Metric) -> str:
        """The metric's unit; the text `None`, as AWS writes it, when it has no unit."""
        series = self._series.get(metric)
        return series.unit if series else "None"

    def datapoints(
        self,
        metric: Metric,
        *,
        start_s: float,
        end_s: float,
        period_s: float,
        keep_values: bool = True,
    ) -> dict[float, StatisticSet]:
        """Statistics by period start, oldest first, without empty periods.

        `keep_values`: with the single values, as far as they are known.

        Periods start at multiples of `period_s`. The first is the one that contains `start_s`; the
        last may still be incomplete:
        https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html
        """
        series = self._series.get(metric)
        if series is None:
            return {}
        parts: dict[int, list[StatisticSet]] = {}
        first = math.floor(start_s / period_s)
        for slot, statistics in sorted(series.slots.items()):
            # A thousandth of a slot is added, since rounding may put a slot's start just below it.
            starts_s = (slot + 1e-3) * series.slot_s
            period = math.floor(starts_s / period_s)
            if period >= first and starts_s < end_s:
                parts.setdefault(period, []).append(statistics)
        return {
            period * period_s: merged
            for period, found in parts.items()
            if (merged := merge_statistics(found, keep_values=keep_values))
        }


def metric_samples(
    namespace: str,
    name: str,
    statistics: StatisticSet | None,
    *dimensions: Mapping[str, str],
    unit: str = "Count",
) -> Iterator[MetricSample]:
    """One sample with the statistics for each set of dimensions; nothing for None."""
    if statistics is None:
        return
    for dimension_set in dimensions:
        yield MetricSample(
            namespace=namespace,
            name=name,
            dimensions=dict(dimension_set),
            unit=unit,
            statistics=statistics,
        )
