"""CloudWatch's metrics on the twin's own store; moto parses requests and serializes responses.

moto's own store keeps every value forever and confuses dimensions. Metric math and Metrics Insights
are not supported. Metrics are data, not configuration: they are lost when control restarts.
"""

import base64
import json
from collections.abc import Iterator, Mapping, Sized
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

from twin.core.cloudwatch import metrics
from twin.core.cloudwatch.metrics import Metric, MetricStore
from twin.internal_api.schemas import StatisticSet
from twin.moto.patches.patching import replace_method

HIGH_RESOLUTION_PERIODS_S = (1, 5, 10, 20, 30)
MAX_DATA = 1000
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html"""
MAX_VALUES_OF_DATUM = 150
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html"""
METRICS_OF_PAGE = 500
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html"""
_SortKey = tuple[str, str, tuple[tuple[str, str], ...]]
MAX_VALUE = 2.0**360
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html"""
_SET_MEMBERS = ("SampleCount", "Sum", "Minimum", "Maximum")


class MetricStores:
    """The metric stores of all Regions."""

    def __init__(self, speed: float) -> None:
        """`speed` is the twin's."""
        self._speed = speed
        self._stores: dict[str, MetricStore] = {}

    def for_region(self, region: str) -> MetricStore:
        """The Region's store, created at its first use."""
        return self._stores.setdefault(region, MetricStore(self._speed))


def patch_metrics(stores: MetricStores) -> None:
    """Replace moto's metric data by the stores."""
    backend = models.CloudWatchBackend
    replace_method(backend, "put_metric_data", _put_metric_data(stores))
    replace_method(backend, "get_metric_data", _get_metric_data(stores))
    replace_method(backend, "list_metrics", _list_metrics(stores))
    replace_method(
        responses.CloudWatchResponse, "get_metric_statistics", _get_metric_statistics(stores)
    )


# -- writing


def _put_metric_data(stores: MetricStores) -> Any:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html."""

    def make(_original: Any) -> Any:
        def put_metric_data(self: Any, namespace: str, metric_data: list[dict[str, Any]]) -> None:
            if namespace.startswith("AWS/"):
                raise InvalidParameterValue(
                    "The value AWS/ for parameter Namespace is invalid: it is reserved for AWS."
                )
            _check_size("MetricData", metric_data, MAX_DATA)
            for number, datum in enumerate(metric_data, start=1):
                self._validate_parameters_put_metric_data(datum, number)
                for name in ("Values", "Counts"):
                    member = f"MetricData.member.{number}.{name}"
                    _check_size(member, datum.get(name) or (), MAX_VALUES_OF_DATUM)
                _check_range(f"MetricData.member.{number}", datum)
            for datum in metric_data:
                _put(stores.for_region(self.region_name), namespace, datum)

        return put_metric_data

    return make


def _check_size(name: str, collection: Sized, most: int) -> None:
    """The text is the one that users report: https://github.com/aws/aws-sdk-java-v2/issues/3080"""
    if len(collection) > most:
        raise InvalidParameterValue(
            f"The collection {name} must not have a size greater than {most}."
        )


def _check_range(member: str, datum: Mapping[str, Any]) -> None:
    """The text is the one that users report: https://github.com/getmoto/moto/issues/3880"""
    given = [
        ("Value", datum.get("Value")),
        *(("Values", value) for value in datum.get("Values") or ()),
        *((f"StatisticValues.{k}", v) for k, v in (datum.get("StatisticValues") or {}).items()),
    ]
    for name, value in given:
        if value is not None and not abs(float(value)) <= MAX_VALUE:
            raise InvalidParameterValue(
                f"The value {value} for parameter {member}.{name} is invalid."
            )


def _put(store: MetricStore, namespace: str, datum: Mapping[str, Any]) -> None:
    at = datum.get("Timestamp") or utcnow()
    high_resolution = (
        int(datum.get("StorageResolution") or metrics.STANDARD_S) == metrics.HIGH_RESOLUTION_S
    )
    metric = Metric.with_dimensions(namespace, datum["MetricName"], _dimensions(datum))
    for statistics in _parse_datum(datum):
        store.add(
            metric,
            statistics,
            _epoch(at),
            unit=datum.get("Unit") or "None",
            resolution_s=metrics.HIGH_RESOLUTION_S if high_resolution else metrics.STANDARD_S,
        )


def _parse_datum(datum: Mapping[str, Any]) -> Iterator[StatisticSet]:
    if given := datum.get("StatisticValues"):
        count, total, least, most = (float(given[name]) for name in _SET_MEMBERS)
        yield StatisticSet(count=count, total=total, least=least, most=most)
    elif values := datum.get("Values"):
        counts = datum.get("Counts") or [1.0] * len(values)
        for value, times in zip(values, counts, strict=True):
            yield metrics.statistics_of_value(float(value), float(times))
    else:
        yield metrics.statistics_of_value(float(datum.get("Value", 0.0)))


# -- querying


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
            store = stores.for_region(self.region_name)
            results = [_query_result(store, query, start_s, end_s) for query in queries]
            returned = [r for r, q in zip(results, queries, strict=True) if _is_returned(q)]
            if scan_by == "TimestampDescending":
                for result in returned:
                    result["timestamps"].reverse()
                    result["values"].reverse()
            return returned

        return get_metric_data

    return make


def _is_returned(query: Mapping[str, Any]) -> bool:
    return str(query.get("ReturnData", True)).lower() != "false"


def _query_result(
    store: MetricStore, query: Mapping[str, Any], start_s: float, end_s: float
) -> dict[str, Any]:
    if "MetricStat" not in query:
        raise ValidationError(
            f"The twin has no metric math: '{query.get('Expression')}' of query "
            f"'{query['Id']}'. Query the metrics and compute the expression yourself."
        )
    requested = query["MetricStat"]
    statistic, period_s = requested["Stat"], parse_period_s(requested["Period"])
    if not metrics.is_statistic(statistic):
        raise ValidationError(f"The twin does not support the statistic '{statistic}'.")
    found = _values(
        store, _metric(requested["Metric"]), requested, statistic, (start_s, end_s, period_s)
    )
    name = requested["Metric"]["MetricName"]
    return {
        "id": query["Id"],
        "label": query.get("Label") or name,
        "timestamps": [_datetime(at) for at in found],
        "values": list(found.values()),
        "status_code": "Complete",
    }


def _values(
    store: MetricStore,
    metric: Metric,
    requested: Mapping[str, Any],
    statistic: str,
    times: tuple[float, float, float],
) -> dict[float, float]:
    """The statistic by period start; empty when another unit than the metric's is requested."""
    if requested.get("Unit") and requested["Unit"] != store.unit(metric):
        return {}
    start_s, end_s, period_s = times
    points = store.datapoints(
        metric,
        start_s=start_s,
        end_s=end_s,
        period_s=period_s,
        keep_values=metrics.is_percentile(statistic),
    )
    found = {at: metrics.statistic_value(point, statistic) for at, point in points.items()}
    return {at: value for at, value in found.items() if value is not None}


def _get_metric_statistics(stores: MetricStores) -> Any:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html."""

    def make(_original: Any) -> Any:
        def get_metric_statistics(self: Any) -> ActionResult:
            requested = self._get_params()
            plain = requested.get("Statistics") or []
            extended = requested.get("ExtendedStatistics") or []
            if not plain and not extended:
                raise InvalidParameterCombination(
                    "Must specify either Statistics or ExtendedStatistics"
                )
            start_s, end_s = _epoch(requested["StartTime"]), _epoch(requested["EndTime"])
            if start_s >= end_s:
                raise InvalidParameterValue(
                    "The parameter StartTime must be less than the parameter EndTime."
                )
            times = (start_s, end_s, parse_period_s(requested["Period"]))
            store, metric = stores.for_region(self.region), _metric(requested)
            points: dict[float, dict[str, Any]] = {}
            for name in (*plain, *extended):
                for at, value in _values(store, metric, requested, name, times).items():
                    point = points.setdefault(at, _empty_point(store, metric, at))
                    if name in plain:
                        point[name] = value
                    else:
                        point.setdefault("ExtendedStatistics", {})[name] = value
            return ActionResult({"Label": metric.name, "Datapoints": list(points.values())})

        return get_metric_statistics

    return make


def _empty_point(store: MetricStore, metric: Metric, at: float) -> dict[str, Any]:
    return {"Timestamp": _datetime(at), "Unit": store.unit(metric)}


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
            found = sorted(
                (
                    metric
                    for metric in stores.for_region(self.region_name).metrics()
                    if namespace in (None, "", metric.namespace)
                    and metric_name in (None, "", metric.name)
                    and _has_dimensions(metric, dimensions or [])
                ),
                key=_sort_key,
            )
            if next_token:
                after = _read_token(next_token)
                found = [metric for metric in found if _sort_key(metric) > after]
            page = found[:METRICS_OF_PAGE]
            token = _make_token(page[-1]) if len(found) > len(page) else None
            return token, [_describe_metric(metric) for metric in page]

        return list_metrics

    return make


def _make_token(last: Metric) -> str:
    """A list that changes between two calls shows the metrics that were there all the time."""
    return base64.b64encode(json.dumps(_sort_key(last)).encode()).decode()


def _read_token(token: str) -> _SortKey:
    """Raises InvalidParameterValue."""
    try:
        namespace, name, dimensions = json.loads(base64.b64decode(token, validate=True))
        return str(namespace), str(name), tuple((str(n), str(v)) for n, v in dimensions)
    except (ValueError, TypeError, RecursionError):
        raise InvalidParameterValue("Request parameter NextToken is invalid") from None


def _has_dimensions(metric: Metric, wanted: list[dict[str, str]]) -> bool:
    own = dict(metric.dimensions)
    return all(d["Name"] in own and d.get("Value") in (None, "", own[d["Name"]]) for d in wanted)


def _sort_key(metric: Metric) -> _SortKey:
    return metric.namespace, metric.name, metric.dimensions


def _describe_metric(metric: Metric) -> dict[str, Any]:
    return {
        "Namespace": metric.namespace,
        "MetricName": metric.name,
        "Dimensions": [{"Name": name, "Value": value} for name, value in metric.dimensions],
    }


# -- parsing


def _metric(requested: Mapping[str, Any]) -> Metric:
    return Metric.with_dimensions(
        requested["Namespace"], requested["MetricName"], _dimensions(requested)
    )


def _dimensions(holder: Mapping[str, Any]) -> dict[str, str]:
    return {d["Name"]: d["Value"] for d in holder.get("Dimensions") or ()}


def parse_period_s(given: object, short: tuple[int, ...] = HIGH_RESOLUTION_PERIODS_S) -> float:
    """Parse a period in seconds; `short` are the ones allowed below a minute.

    Raises ValidationError for a period that AWS does not allow.

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
    """Seconds since 1970; a time without a zone is UTC."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _datetime(epoch_s: float) -> datetime:
    return datetime.fromtimestamp(epoch_s, UTC).replace(tzinfo=None)
