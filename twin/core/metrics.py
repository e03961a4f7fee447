"""Metrics as CloudWatch keeps them: values added up over short times, asked for over longer ones.

A metric is a namespace, a name and an exact set of dimensions; another set is another metric, and
nothing is ever added up over dimensions that were not published so:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html

What is kept is the sum, count, least and most of a slot of time, and for metrics whose distribution
matters how often each value came, with three digits. So a percentile here is within 0.5 % of the
true one; AWS does not publish how exact its own are.

Slots and seconds of one clock come in from outside; nothing here reads a clock.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from twin.internal_api.schemas import MetricSample, StatisticSet

STANDARD_S = 60
HIGH_RESOLUTION_S = 1
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/publishingMetrics.html#high-resolution-metrics"""
MAX_SLOTS = 1440
"""Slots that are kept of a metric: a day of minutes. AWS keeps minutes for 15 days."""
MAX_METRICS = 5000
"""Metrics of a Region; past them the one that was heard of least recently is forgotten."""

_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d{1,10})?|100)")


def statistics_of_value(value: float, times: float = 1.0) -> StatisticSet:
    """Statistics of one value that came so many times."""
    return StatisticSet(
        count=times,
        total=value * times,
        least=value,
        most=value,
        values={_rounded(value): times},
    )


def merge_statistics(parts: Iterable[StatisticSet]) -> StatisticSet | None:
    """All parts as one; None of none.

    Values are known only if they are known of every part.
    """
    known = list(parts)
    if not known:
        return None
    values: dict[str, float] = {}
    for part in known if all(part.values for part in known) else ():
        for value, times in part.values.items():
            values[value] = values.get(value, 0.0) + times
    return StatisticSet(
        count=sum(part.count for part in known),
        total=math.fsum(part.total for part in known),
        least=min(part.least for part in known),
        most=max(part.most for part in known),
        values=values,
    )


def is_statistic(name: str) -> bool:
    """Whether `value_of` knows it."""
    return name in _SIMPLE or _PERCENTILE.fullmatch(name) is not None


def statistic_value(statistics: StatisticSet, name: str) -> float | None:
    """A statistic by AWS's name; None where what was published does not tell it.

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
    """The least value that this share of all values does not exceed.

    A set of statistics without its values tells no percentile, unless all values are the same:
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
    """Values of one metric as they come, until they are taken."""

    __slots__ = ("_count", "_least", "_most", "_spread", "_total", "_values")

    def __init__(self, *, spread: bool = False) -> None:
        """`spread`: remember how often each value came, for percentiles."""
        self._spread = spread
        self._clear()

    def _clear(self) -> None:
        self._count = self._total = 0.0
        self._least, self._most = math.inf, -math.inf
        self._values: dict[str, float] = {}

    def add(self, value: float = 1.0, times: int = 1) -> None:
        """One value more, or the same one several times."""
        self._count += times
        self._total += value * times
        if value < self._least:  # noqa: PLR1730 - on each request's path, and a call costs twice
            self._least = value
        if value > self._most:  # noqa: PLR1730 - the same
            self._most = value
        if self._spread:
            key = _rounded(value)
            self._values[key] = self._values.get(key, 0.0) + times

    def take(self) -> StatisticSet | None:
        """What came since the last time; None of nothing."""
        if not self._count:
            return None
        taken = StatisticSet(
            count=self._count,
            total=self._total,
            least=self._least,
            most=self._most,
            values=self._values,
        )
        self._clear()
        return taken


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric's identity."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()
    """Name and value, sorted."""

    @staticmethod
    def of(namespace: str, name: str, dimensions: Mapping[str, str]) -> "Metric":
        """The metric with these dimensions, in whatever order they are."""
        return Metric(namespace, name, tuple(sorted(dimensions.items())))


@dataclass(slots=True)
class _Series:
    """The slots of one metric that hold something."""

    slot_s: float
    slots: dict[int, StatisticSet] = field(default_factory=dict)
    unit: str = "None"
    """Of the last value. AWS keeps the values of different units apart; the twin does not."""


class MetricStore:
    """All metrics of one Region."""

    def __init__(self, speed: float = 1.0) -> None:
        """`speed` divides the width of a slot: 60 s at speed 1, 3 s at speed 20."""
        self._speed = speed
        self._series: dict[Metric, _Series] = {}

    def slot_s(self, resolution_s: float = STANDARD_S) -> float:
        """How many seconds a slot of this resolution has at this store's speed."""
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
        """Values that came at `at_s`, seconds since 1970."""
        series = self._series.pop(metric, None) or _Series(self.slot_s(resolution_s))
        self._series[metric] = series
        series.unit = unit
        slot = math.floor(at_s / series.slot_s)
        before = series.slots.get(slot)
        series.slots[slot] = statistics if before is None else _both(before, statistics)
        if len(series.slots) > MAX_SLOTS:
            del series.slots[min(series.slots)]
        if len(self._series) > MAX_METRICS:
            del self._series[next(iter(self._series))]

    def take_in(self, sample: MetricSample, at_s: float) -> None:
        """A sample that a process of the twin counted."""
        metric = Metric.of(sample.namespace, sample.name, sample.dimensions)
        self.add(metric, sample.statistics, at_s, unit=sample.unit)

    def metrics(self) -> tuple[Metric, ...]:
        """All metrics that have a value."""
        return tuple(self._series)

    def unit(self, metric: Metric) -> str:
        """The metric's unit; `None` as AWS writes it where there is none."""
        series = self._series.get(metric)
        return series.unit if series else "None"

    def datapoints(
        self, metric: Metric, *, start_s: float, end_s: float, period_s: float
    ) -> dict[float, StatisticSet]:
        """Beginning of a period -> what came in it, oldest first; periods without values left out.

        Periods begin at multiples of `period_s`. The one that `start_s` lies in is the first one,
        and the one that is not over yet is told as far as it is known:
        https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html
        """
        series = self._series.get(metric)
        if series is None:
            return {}
        parts: dict[int, list[StatisticSet]] = {}
        first = math.floor(start_s / period_s)
        for slot, statistics in sorted(series.slots.items()):
            # Its beginning may be a hair beside the number that is meant.
            begins_s = (slot + 1e-3) * series.slot_s
            period = math.floor(begins_s / period_s)
            if period >= first and begins_s < end_s:
                parts.setdefault(period, []).append(statistics)
        return {
            p * period_s: whole for p, found in parts.items() if (whole := merge_statistics(found))
        }


def _both(one: StatisticSet, other: StatisticSet) -> StatisticSet:
    whole = merge_statistics((one, other))
    return one if whole is None else whole


def metric_samples(
    namespace: str,
    name: str,
    statistics: StatisticSet | None,
    *dimensions: Mapping[str, str],
    unit: str = "Count",
) -> Iterator[MetricSample]:
    """The same values under each of these sets of dimensions; nothing when there are none."""
    if statistics is None:
        return
    for one in dimensions:
        yield MetricSample(
            namespace=namespace,
            name=name,
            dimensions=dict(one),
            unit=unit,
            statistics=statistics,
        )
