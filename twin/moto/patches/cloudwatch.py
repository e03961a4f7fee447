"""CloudWatch's metrics on the twin's own store; moto reads and writes the protocols.

moto's own keeps single values for ever and mixes up dimensions. Not here: metric math and Metrics
Insights. Metrics are data, not configuration: they live as long as control does.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch import models, responses
from moto.cloudwatch.exceptions import (
    InvalidParameterCombination,
    InvalidParameterValue,
    ValidationError,
)
from moto.core.responses import ActionResult
from moto.core.utils import utcnow

from twin.core import metrics
from twin.core.metrics import Metric, MetricStore
from twin.internal_api.schemas import StatisticSet
from twin.moto.patches.patching import replace_method

HIGH_RESOLUTION_PERIODS_S = (1, 5, 10, 20, 30)
_SET_MEMBERS = ("SampleCount", "Sum", "Minimum", "Maximum")


class MetricStores:
    """One store a Region."""

    def __init__(self, speed: float) -> None:
        """`speed` is the twin's."""
        self._speed = speed
        self._stores: dict[str, MetricStore] = {}

    def of(self, region: str) -> MetricStore:
        """The Region's."""
        return self._stores.setdefault(region, MetricStore(self._speed))


def patch_metrics(stores: MetricStores) -> None:
    """Put the stores in the place of moto's metric data."""
    backend = models.CloudWatchBackend
    replace_method(backend, "put_metric_data", _put_metric_data(stores))
    replace_method(backend, "get_metric_data", _get_metric_data(stores))
    replace_method(backend, "list_metrics", _list_metrics(stores))
    replace_method(
        responses.CloudWatchResponse, "get_metric_statistics", _get_metric_statistics(stores)
    )


# -- putting


def _put_metric_data(stores: MetricStores) -> Any:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html."""

    def make(_original: Any) -> Any:
        def put_metric_data(self: Any, namespace: str, metric_data: list[dict[str, Any]]) -> None:
            if namespace.startswith("AWS/"):
                raise InvalidParameterValue(
                    "The value AWS/ for parameter Namespace is invalid: it is kept for AWS."
                )
            for number, datum in enumerate(metric_data, start=1):
                self._validate_parameters_put_metric_data(datum, number)
            for datum in metric_data:
                _put(stores.of(self.region_name), namespace, datum)

        return put_metric_data

    return make


def _put(store: MetricStore, namespace: str, datum: Mapping[str, Any]) -> None:
    at = datum.get("Timestamp") or utcnow()
    fine = int(datum.get("StorageResolution") or metrics.STANDARD_S) == metrics.HIGH_RESOLUTION_S
    metric = Metric.with_dimensions(namespace, datum["MetricName"], _dimensions(datum))
    for part in _parts(datum):
        store.add(
            metric,
            part,
            _epoch(at),
            unit=datum.get("Unit") or "None",
            resolution_s=metrics.HIGH_RESOLUTION_S if fine else metrics.STANDARD_S,
        )


def _parts(datum: Mapping[str, Any]) -> Iterator[StatisticSet]:
    if given := datum.get("StatisticValues"):
        count, total, least, most = (float(given[name]) for name in _SET_MEMBERS)
        yield StatisticSet(count=count, total=total, least=least, most=most)
    elif values := datum.get("Values"):
        counts = datum.get("Counts") or [1.0] * len(values)
        for value, times in zip(values, counts, strict=True):
            yield metrics.statistics_of_value(float(value), float(times))
    else:
        yield metrics.statistics_of_value(float(datum.get("Value", 0.0)))


# -- asking


def _get_metric_data(stores: MetricStores) -> Any:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html."""

    def make(_original: Any) -> Any:
        def get_metric_data(
            self: Any,
            queries: list[dict[str, Any]],
            start_time: datetime,
            end_time: datetime,
            scan_by: str = "TimestampDescending",
        ) -> list[dict[str, Any]]:
            start_s, end_s = _epoch(start_time), _epoch(end_time)
            if start_s >= end_s:
                raise ValidationError("The parameter StartTime must be less than EndTime.")
            store = stores.of(self.region_name)
            answered = [_answer(store, query, start_s, end_s) for query in queries]
            returned = [a for a, q in zip(answered, queries, strict=True) if _is_returned(q)]
            if scan_by == "TimestampDescending":
                for answer in returned:
                    answer["timestamps"].reverse()
                    answer["values"].reverse()
            return returned

        return get_metric_data

    return make


def _is_returned(query: Mapping[str, Any]) -> bool:
    return str(query.get("ReturnData", True)).lower() != "false"


def _answer(
    store: MetricStore, query: Mapping[str, Any], start_s: float, end_s: float
) -> dict[str, Any]:
    if "MetricStat" not in query:
        raise ValidationError(
            f"The twin computes no metric math: '{query.get('Expression')}' of query "
            f"'{query['Id']}'. Ask for the metrics and compute with them."
        )
    asked = query["MetricStat"]
    statistic, period_s = asked["Stat"], parse_period_s(asked["Period"])
    if not metrics.is_statistic(statistic):
        raise ValidationError(f"The twin does not have the statistic '{statistic}'.")
    found = _values(store, _metric(asked["Metric"]), asked, statistic, (start_s, end_s, period_s))
    name = asked["Metric"]["MetricName"]
    return {
        "id": query["Id"],
        "label": query.get("Label") or name,
        "timestamps": [_moment(at) for at in found],
        "values": list(found.values()),
        "status_code": "Complete",
    }


def _values(
    store: MetricStore,
    metric: Metric,
    asked: Mapping[str, Any],
    statistic: str,
    times: tuple[float, float, float],
) -> dict[float, float]:
    """Beginning of a period -> the statistic. A unit that the metric has not finds nothing."""
    if asked.get("Unit") and asked["Unit"] != store.unit(metric):
        return {}
    start_s, end_s, period_s = times
    points = store.datapoints(metric, start_s=start_s, end_s=end_s, period_s=period_s)
    found = {at: metrics.statistic_value(point, statistic) for at, point in points.items()}
    return {at: value for at, value in found.items() if value is not None}


def _get_metric_statistics(stores: MetricStores) -> Any:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html."""

    def make(_original: Any) -> Any:
        def get_metric_statistics(self: Any) -> ActionResult:
            asked = self._get_params()
            plain, extended = asked.get("Statistics") or [], asked.get("ExtendedStatistics") or []
            if not plain and not extended:
                raise InvalidParameterCombination(
                    "Must specify either Statistics or ExtendedStatistics"
                )
            start_s, end_s = _epoch(asked["StartTime"]), _epoch(asked["EndTime"])
            if start_s >= end_s:
                raise InvalidParameterValue(
                    "The parameter StartTime must be less than the parameter EndTime."
                )
            times = (start_s, end_s, parse_period_s(asked["Period"]))
            store, metric = stores.of(self.region), _metric(asked)
            points: dict[float, dict[str, Any]] = {}
            for name in (*plain, *extended):
                for at, value in _values(store, metric, asked, name, times).items():
                    point = points.setdefault(at, _empty_point(store, metric, at))
                    if name in plain:
                        point[name] = value
                    else:
                        point.setdefault("ExtendedStatistics", {})[name] = value
            return ActionResult({"Label": metric.name, "Datapoints": list(points.values())})

        return get_metric_statistics

    return make


def _empty_point(store: MetricStore, metric: Metric, at: float) -> dict[str, Any]:
    return {"Timestamp": _moment(at), "Unit": store.unit(metric)}


def _list_metrics(stores: MetricStores) -> Any:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html."""

    def make(_original: Any) -> Any:
        def list_metrics(
            self: Any,
            next_token: str | None,
            namespace: str | None,
            metric_name: str | None,
            dimensions: list[dict[str, str]] | None,
        ) -> tuple[str | None, list[Any]]:
            if next_token:
                if next_token not in self.paged_metric_data:
                    raise InvalidParameterValue("Request parameter NextToken is invalid")
                listed: list[Any] = self.paged_metric_data.pop(next_token)
            else:
                listed = [
                    _listed(metric)
                    for metric in sorted(stores.of(self.region_name).metrics(), key=_order)
                    if namespace in (None, "", metric.namespace)
                    and metric_name in (None, "", metric.name)
                    and _has(metric, dimensions or [])
                ]
            token, page = self._get_paginated(listed)
            return token, page

        return list_metrics

    return make


def _has(metric: Metric, wanted: list[dict[str, str]]) -> bool:
    own = dict(metric.dimensions)
    return all(d["Name"] in own and d.get("Value") in (None, "", own[d["Name"]]) for d in wanted)


def _order(metric: Metric) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    return metric.namespace, metric.name, metric.dimensions


def _listed(metric: Metric) -> dict[str, Any]:
    return {
        "Namespace": metric.namespace,
        "MetricName": metric.name,
        "Dimensions": [{"Name": name, "Value": value} for name, value in metric.dimensions],
    }


# -- reading


def _metric(asked: Mapping[str, Any]) -> Metric:
    return Metric.with_dimensions(asked["Namespace"], asked["MetricName"], _dimensions(asked))


def _dimensions(holder: Mapping[str, Any]) -> dict[str, str]:
    return {d["Name"]: d["Value"] for d in holder.get("Dimensions") or ()}


def parse_period_s(given: object, short: tuple[int, ...] = HIGH_RESOLUTION_PERIODS_S) -> float:
    """A period in seconds, if it is one that AWS allows; ValidationError.

    `short`: those below a minute.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricStat.html.
    """
    period_s = int(str(given))
    if period_s in short or (period_s > 0 and period_s % metrics.STANDARD_S == 0):
        return float(period_s)
    raise ValidationError(
        f"The parameter Period must be one of {', '.join(map(str, short))}, or a multiple "
        f"of {metrics.STANDARD_S}; it is {period_s}."
    )


def _epoch(moment: datetime) -> float:
    """Seconds since 1970; AWS's times without a zone are UTC."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _moment(epoch_s: float) -> datetime:
    return datetime.fromtimestamp(epoch_s, UTC).replace(tzinfo=None)
