"""Requests of API Gateway: who answers them, and how; with TLS on real sockets."""

from pathlib import Path

from tests.apigateway_topologies import DOMAIN, HTTP_HOST, HTTP_ID, domain, gateway, http_api
from tests.functional.twin.region.apigateway.running_gateway import running_gateway


async def test_a_function_answers_through_a_custom_domain(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html"""
    config = gateway(http_api(), domain(("", HTTP_ID, "$default")))
    async with running_gateway(tmp_path, config) as api:
        answer = await api.get("/get/foobar?a=1")

    assert answer.status == 200
    event = answer.json
    assert (event["rawPath"], event["rawQueryString"]) == ("/get/foobar", "a=1")
    assert event["requestContext"]["domainName"] == DOMAIN
    assert api.function.qualifiers == ["live"]


async def test_a_function_answers_at_the_default_endpoint(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-stages.html"""
    async with running_gateway(tmp_path, gateway(http_api())) as api:
        answer = await api.get("/a", host=HTTP_HOST)

    assert (answer.status, answer.json["rawPath"]) == (200, "/a")
