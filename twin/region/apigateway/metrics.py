"""The CloudWatch metrics of API Gateway.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html

A metric is published only for periods with requests. Requests that no stage gets are not counted.
"""

from collections.abc import Iterator

from twin.core.apigateway.api_names import ServedStage
from twin.core.apigateway.context_variables import RequestOutcome
from twin.core.apigateway.requests import GatewayRequest
from twin.core.apigateway.routes import route_key
from twin.core.cloudwatch.metrics import MetricAccumulator, merge_statistics, metric_samples
from twin.internal_api.schemas import MetricSample, StatisticSet
from twin.topology.apigateway import Api

NAMESPACE = "AWS/ApiGateway"
_UNITS = {"Latency": "Milliseconds", "IntegrationLatency": "Milliseconds", "DataProcessed": "Bytes"}

_RouteKey = tuple[str, str]
_StageKey = tuple[str, str]


class _RequestMetrics:
    """Of the requests of one route."""

    def __init__(self) -> None:
        self.count = MetricAccumulator()
        self.errors_4xx = MetricAccumulator()
        self.errors_5xx = MetricAccumulator()
        self.latency = MetricAccumulator(keep_values=True)
        self.integration_latency = MetricAccumulator(keep_values=True)
        self.bytes = MetricAccumulator()

    def add(self, outcome: RequestOutcome) -> None:
        self.count.add()
        self.errors_4xx.add(1.0 if 400 <= outcome.status < 500 else 0.0)
        self.errors_5xx.add(1.0 if outcome.status >= 500 else 0.0)
        self.latency.add(outcome.latency_ms)
        if outcome.integration_latency_ms is not None:
            self.integration_latency.add(outcome.integration_latency_ms)
        self.bytes.add(outcome.request_bytes + outcome.response_bytes)

    def take(self, *, is_rest: bool) -> dict[str, StatisticSet]:
        """Metric -> its statistics since the last call."""
        named = {
            "Count": self.count,
            "4XXError" if is_rest else "4xx": self.errors_4xx,
            "5XXError" if is_rest else "5xx": self.errors_5xx,
            "Latency": self.latency,
            "IntegrationLatency": self.integration_latency,
        }
        if not is_rest:
            named["DataProcessed"] = self.bytes
        return {name: s for name, metric in named.items() if (s := metric.take()) is not None}


class GatewayMetrics:
    """Of all APIs of a Region."""

    def __init__(self) -> None:
        self._stages: dict[_StageKey, tuple[ServedStage, dict[_RouteKey, _RequestMetrics]]] = {}

    def count(self, request: GatewayRequest, outcome: RequestOutcome) -> None:
        """Count a request that a stage has got."""
        served, route = request.stage_path.served, request.match.route
        key = (served.api.id, served.stage.name)
        _, routes = self._stages.get(key, (served, {}))
        self._stages[key] = (served, routes)
        metrics = routes.get((route.method, route.path))
        if metrics is None:
            metrics = routes[route.method, route.path] = _RequestMetrics()
        metrics.add(outcome)

    def take(self) -> Iterator[MetricSample]:
        """The samples since the last call."""
        stages, self._stages = self._stages, {}
        of_apis: dict[str, tuple[Api, list[dict[str, StatisticSet]]]] = {}
        for served, routes in stages.values():
            api, is_rest = served.api, served.is_rest
            taken = {route: metrics.take(is_rest=is_rest) for route, metrics in routes.items()}
            detailed = {
                (route.method, route.path)
                for route in served.stage.routes
                if route.detailed_metrics or served.stage.detailed_metrics
            }
            stage_dimensions = api_dimension(api) | {"Stage": served.stage.name}
            for route in detailed & taken.keys():
                own = stage_dimensions | route_dimensions(route, is_rest=is_rest)
                yield from _samples([taken[route]], own)
            yield from _samples(list(taken.values()), stage_dimensions)
            of_apis.setdefault(api.id, (api, []))[1].extend(taken.values())
        for api, parts in of_apis.values():
            yield from _samples(parts, api_dimension(api))


def _samples(
    parts: list[dict[str, StatisticSet]], dimensions: dict[str, str]
) -> Iterator[MetricSample]:
    names = dict.fromkeys(name for part in parts for name in part)
    for name in names:
        merged = merge_statistics(part[name] for part in parts if name in part)
        yield from metric_samples(
            NAMESPACE, name, merged, dimensions, unit=_UNITS.get(name, "Count")
        )


def api_dimension(api: Api) -> dict[str, str]:
    """REST APIs go by name, without what is not ASCII; HTTP APIs by id."""
    if api.type == "HTTP":
        return {"ApiId": api.id}
    name = api.name.encode("ascii", "ignore").decode("ascii")
    return {"ApiName": name or api.id}


def route_dimensions(route: _RouteKey, *, is_rest: bool) -> dict[str, str]:
    """Of a route (method, path)."""
    method, path = route
    if is_rest:
        return {"Method": method, "Resource": path}
    return {"Route": route_key(method, path)}
