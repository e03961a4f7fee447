"""The CloudWatch metrics of API Gateway, under AWS's names."""

from dataclasses import replace
from pathlib import Path

from tests.apigateway_topologies import (
    HTTP_HOST,
    HTTP_ID,
    REST_HOST,
    REST_ID,
    gateway,
    http_api,
    proxy,
    rest_api,
    route,
)
from tests.functional.twin.region.apigateway.running_gateway import RunningGateway, running_gateway
from twin.region.apigateway.metrics import NAMESPACE, api_dimension

OF_HTTP = {"ApiId": HTTP_ID}
OF_STAGE = {"ApiId": HTTP_ID, "Stage": "$default"}


def taken(api: RunningGateway, dimensions: dict[str, str]) -> dict[str, tuple[float, float]]:
    """Metric -> (sum, count) since the last call."""
    return {
        sample.name: (sample.statistics.total, sample.statistics.count)
        for sample in api.server.take_metrics()
        if sample.dimensions == dimensions and sample.namespace == NAMESPACE
    }


async def test_an_http_apis_requests_are_counted(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html"""
    async with running_gateway(tmp_path, gateway(http_api(route("GET /a")))) as api:
        await api.get("/a", host=HTTP_HOST)
        await api.get("/b", host=HTTP_HOST)
        api.function.answer = lambda _: {"statusCode": "wrong"}
        await api.get("/a", host=HTTP_HOST)

        found = taken(api, OF_STAGE)

    assert found.keys() == {"Count", "4xx", "5xx", "Latency", "IntegrationLatency", "DataProcessed"}
    assert (found["Count"], found["4xx"], found["5xx"]) == ((3, 3), (1, 3), (1, 3))
    assert (found["Latency"][1], found["IntegrationLatency"][1]) == (3, 2)
    assert found["DataProcessed"][0] > 0


async def test_a_route_is_counted_where_that_is_asked_for(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html"""
    detailed = route("GET /a", detailed_metrics=True)
    async with running_gateway(tmp_path, gateway(http_api(detailed, route("GET /b")))) as api:
        await api.get("/a", host=HTTP_HOST)
        await api.get("/b", host=HTTP_HOST)

        samples = list(api.server.take_metrics())

    counts = {
        tuple(sample.dimensions.values()): sample.statistics.total
        for sample in samples
        if sample.name == "Count"
    }
    assert counts == {
        (HTTP_ID,): 2,
        (HTTP_ID, "$default"): 2,
        (HTTP_ID, "$default", "GET /a"): 1,
    }


async def test_a_rest_apis_requests_are_counted_by_its_name(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html"""
    detailed = route("GET /a", proxy("1.0"), detailed_metrics=True)
    async with running_gateway(tmp_path, gateway(rest_api(detailed))) as api:
        await api.get("/prod/a", host=REST_HOST)
        await api.get("/prod/b", host=REST_HOST)

        samples = list(api.server.take_metrics())

    names = {sample.name for sample in samples}
    of_method = [s for s in samples if "Method" in s.dimensions and s.name == "Count"]
    assert names == {"Count", "4XXError", "5XXError", "Latency", "IntegrationLatency"}
    assert [sample.dimensions for sample in of_method] == [
        {"ApiName": "rest", "Stage": "prod", "Method": "GET", "Resource": "/a"}
    ]


async def test_what_no_stage_gets_is_not_counted(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html"""
    async with running_gateway(tmp_path, gateway(http_api())) as api:
        await api.request("GET", "/", host="other.test", name=HTTP_HOST)

        assert taken(api, OF_HTTP) == {}


def test_a_rest_api_without_an_ascii_name_goes_by_its_id() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html"""
    named = (replace(rest_api(), name=name) for name in ("rest", "ol\u00e9", "\u732b"))

    assert [api_dimension(api)["ApiName"] for api in named] == ["rest", "ol", REST_ID]
