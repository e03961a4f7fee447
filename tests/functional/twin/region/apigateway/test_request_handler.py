"""Requests of API Gateway: who answers them, and how; with TLS on real sockets."""

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest

from tests.apigateway_topologies import (
    DOMAIN,
    HTTP_HOST,
    HTTP_ID,
    REST_HOST,
    REST_ID,
    domain,
    gateway,
    http_api,
    proxy,
    rest_api,
    route,
)
from tests.functional.twin.region.apigateway.running_gateway import (
    RunningGateway,
    read_response,
    running_gateway,
)
from twin.core.apigateway.requests import MAX_BODY_BYTES
from twin.topology.apigateway import CorsConfiguration, GatewayResponse, Integration, Throttle

BOTH = gateway(
    http_api(),
    rest_api(),
    domain(
        ("", HTTP_ID, "$default"), ("rest", REST_ID, "prod"), ("rest/deep", HTTP_ID, "$default")
    ),
)
UUID = "4f5a1c1e-7a3d-4d0a-a2c5-0123456789ab"


async def test_a_function_answers_through_a_custom_domain(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html"""
    async with running_gateway(tmp_path, BOTH) as api:
        answer = await api.get("/get/foobar?a=1")

    event = answer.json
    assert answer.status == 200
    assert (event["rawPath"], event["rawQueryString"]) == ("/get/foobar", "a=1")
    assert event["requestContext"]["domainName"] == DOMAIN
    assert event["requestContext"]["http"]["sourceIp"] == "127.0.0.1"
    assert answer.header("apigw-requestid") == event["requestContext"]["requestId"]
    assert answer.header("server") is None
    assert api.function.qualifiers == ["live"]


async def test_the_longest_mapping_chooses_the_api(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-mappings.html#http-api-mappings-evalutation"""
    async with running_gateway(tmp_path, BOTH) as api:
        root = await api.get("/restful")
        rest = await api.get("/rest/a")
        deep = await api.get("/rest/deep/a")

    assert root.json["rawPath"] == "/restful"
    assert (rest.json["path"], rest.json["resource"]) == ("/rest/a", "/{proxy+}")
    assert deep.json["rawPath"] == "/a"


async def test_an_unknown_path_differs_by_the_type_of_api(tmp_path: Path) -> None:
    """https://repost.aws/knowledge-center/api-gateway-troubleshoot-403-forbidden
    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html"""
    config = gateway(http_api(route("GET /a")), rest_api(route("GET /a", proxy("1.0"))))
    async with running_gateway(tmp_path, config) as api:
        rest = [
            await api.request(method, path, host=REST_HOST)
            for method, path in (("GET", "/prod/b"), ("POST", "/prod/a"), ("TRACE", "/prod/a"))
        ]
        http = [
            await api.request(method, path, host=HTTP_HOST)
            for method, path in (("GET", "/b"), ("POST", "/a"), ("TRACE", "/a"))
        ]

    for answer in rest:
        assert (answer.status, answer.json) == (403, {"message": "Missing Authentication Token"})
        assert answer.header("x-amzn-ErrorType") == "MissingAuthenticationTokenException"
        assert answer.header("x-amz-apigw-id")
    for answer in http:
        assert (answer.status, answer.json) == (404, {"message": "Not Found"})
        assert answer.header("x-amzn-ErrorType") is None


@pytest.mark.parametrize("host", ["other.test", "", "a.b.c", f"d-1.{HTTP_HOST}"])
async def test_a_wrong_host_is_forbidden(tmp_path: Path, host: str) -> None:
    """https://repost.aws/knowledge-center/api-gateway-troubleshoot-403-forbidden"""
    async with running_gateway(tmp_path, BOTH) as api:
        answer = await api.request("GET", "/", host=host, name=DOMAIN)

    assert (answer.status, answer.json) == (403, {"message": "Forbidden"})
    assert answer.header("x-amzn-ErrorType") == "ForbiddenException"
    assert answer.header("x-amzn-RequestId")


async def test_a_disabled_default_endpoint_is_forbidden(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-disable-default-endpoint.html"""
    async with running_gateway(tmp_path, gateway(http_api(enabled=False))) as api:
        answer = await api.get(host=HTTP_HOST)

    assert (answer.status, answer.json) == (403, {"message": "Forbidden"})


async def test_the_stage_in_the_path_of_a_custom_domain_is_no_route(tmp_path: Path) -> None:
    """https://repost.aws/knowledge-center/api-gateway-403-custom-domain"""
    only = (route("GET /a", proxy("1.0")),)
    config = gateway(rest_api(*only), domain(("", REST_ID, "prod")))
    async with running_gateway(tmp_path, config) as api:
        right, wrong = await api.get("/a"), await api.get("/prod/a")

    assert (right.status, wrong.status) == (200, 403)
    assert wrong.json == {"message": "Missing Authentication Token"}


async def test_a_failing_function_differs_by_the_type_of_api(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html
    https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html"""
    found = []
    async with running_gateway(tmp_path, BOTH) as api:
        api.function.answer = lambda _: b'{"statusCode":"x"}'
        for error in ("Unhandled", ""):
            api.function.function_error = error
            found.append(await api.get(host=HTTP_HOST))
            found.append(await api.get("/prod/", host=REST_HOST))
        status = api.server.status()

    http, rest = found[::2], found[1::2]
    assert [(answer.status, answer.json) for answer in http] == [
        (500, {"message": "Internal Server Error"})
    ] * 2
    assert [(answer.status, answer.json) for answer in rest] == [
        (502, {"message": "Internal server error"})
    ] * 2
    assert status is not None
    assert (status.requests, status.own_5xx) == (4, 4)


async def test_bare_json_is_a_response_of_an_http_api_only(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html#http-api-develop-integrations-lambda.v2"""
    async with running_gateway(tmp_path, BOTH) as api:
        api.function.answer = lambda _: {"hello": "world"}
        http = await api.get(host=HTTP_HOST)
        rest = await api.get("/prod/", host=REST_HOST)

    assert (http.status, http.json) == (200, {"hello": "world"})
    assert http.header("content-type") == "application/json"
    assert rest.status == 502


async def test_cookies_go_both_ways(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html"""
    async with running_gateway(tmp_path, BOTH) as api:
        api.function.answer = lambda event: {"statusCode": 200, "cookies": event["cookies"]}
        answer = await api.get("/", "Cookie: a=1; b=2")

    assert answer.all("set-cookie") == ["a=1", "b=2"]


async def test_a_mock_answers_without_a_function(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-mock-integration.html"""
    mock = Integration(type="MOCK", mock_headers={"Access-Control-Allow-Origin": "*"})
    async with running_gateway(tmp_path, gateway(rest_api(route("OPTIONS /", mock)))) as api:
        answer = await api.request("OPTIONS", "/prod", host=REST_HOST)

    assert answer.status == 200
    assert answer.header("access-control-allow-origin") == "*"
    assert api.function.events == []


async def test_a_rest_api_words_its_errors(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html"""
    own = GatewayResponse(type="DEFAULT_4XX", status=418, headers={"X-A": "'b'"})
    async with running_gateway(
        tmp_path, gateway(rest_api(route("GET /a"), responses=(own,)))
    ) as api:
        answer = await api.get("/prod/b", host=REST_HOST)

    assert (answer.status, answer.header("x-a")) == (418, "b")


async def test_cors_of_an_http_api(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html"""

    def answer_with_own_header(_: dict[str, Any]) -> object:
        return {"statusCode": 200, "headers": {"Access-Control-Allow-Origin": "https://evil"}}

    cors = CorsConfiguration(allow_origins=("https://a.test",), allow_methods=("PUT",))
    async with running_gateway(tmp_path, gateway(http_api(route("GET /"), cors=cors))) as api:
        api.function.answer = answer_with_own_header
        preflight = await api.request(
            "OPTIONS",
            "/anything",
            "Origin: https://a.test",
            "Access-Control-Request-Method: PUT",
            host=HTTP_HOST,
        )
        allowed = await api.get("/", "Origin: https://a.test", host=HTTP_HOST)
        other = await api.get("/", "Origin: https://b.test", host=HTTP_HOST)

    assert (preflight.status, preflight.header("access-control-allow-methods")) == (204, "PUT")
    assert allowed.all("access-control-allow-origin") == ["https://a.test"]
    assert other.all("access-control-allow-origin") == []
    assert len(api.function.events) == 2


async def test_too_many_requests_are_refused(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html"""
    limit = Throttle(rate_per_s=0.001, burst=1)
    async with running_gateway(tmp_path, gateway(http_api(throttle=limit))) as api:
        first, second = await api.get(host=HTTP_HOST), await api.get(host=HTTP_HOST)

    assert (first.status, second.status) == (200, 429)
    assert second.json == {"message": "Too Many Requests"}


async def test_reserved_paths_reach_no_api(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html"""
    async with running_gateway(tmp_path, BOTH) as api:
        answers = [await api.get(path) for path in ("/ping", "/sping")]
        default = await api.get("/ping", host=HTTP_HOST)

    assert [(answer.status, answer.body) for answer in answers] == [(200, b"healthy")] * 2
    assert default.json["rawPath"] == "/ping"


async def test_a_client_may_name_its_request_to_a_rest_api(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html"""
    async with running_gateway(tmp_path, BOTH) as api:
        named = await api.get("/prod/", f"X-Amzn-RequestId: {UUID}", host=REST_HOST)
        wrong = await api.get("/prod/", "X-Amzn-RequestId: mine", host=REST_HOST)

    assert named.header("x-amzn-RequestId") == UUID
    assert wrong.header("x-amzn-RequestId") != "mine"


# -- limits


@pytest.mark.parametrize("host", [HTTP_HOST, REST_HOST])
async def test_a_body_of_ten_megabytes_is_the_largest(tmp_path: Path, host: str) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html"""
    head = f"POST /prod/ HTTP/1.1\r\nHost: {host}\r\nContent-Length: {MAX_BODY_BYTES + 1}\r\n\r\n"
    async with running_gateway(tmp_path, BOTH) as api:
        api.function.answer = lambda _: {"statusCode": 200}
        largest = await api.request("POST", "/prod/", host=host, body=b"x" * MAX_BODY_BYTES)
        reader, writer = await api.connect(host)
        writer.write(head.encode())
        larger = await read_response(reader)

    assert (largest.status, larger.status) == (200, 413)
    assert larger.header("connection") == "close"


async def test_a_chunked_body_is_bounded_too(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html"""
    head = b"POST / HTTP/1.1\r\nHost: api.muster.test\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with running_gateway(tmp_path, BOTH) as api:
        answer = await api.send(head + b"a00001\r\n")

    assert answer.startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    ("target", "header", "status"),
    [
        ("/" + "a" * 10_000, "", 200),
        ("/" + "a" * 10_300, "", 414),
        ("/", "X-A: " + "a" * 10_000, 200),
        ("/", "X-A: " + "a" * 10_240, 431),
        ("/" + "a" * 6_000, "X-A: " + "a" * 6_000, 431),
        ("/" + "a" * 20_000, "", 414),
    ],
)
async def test_a_head_has_a_limit(tmp_path: Path, target: str, header: str, status: int) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html"""
    async with running_gateway(tmp_path, BOTH) as api:
        answer = await api.get(target, *([header] if header else []))

    assert answer.status == status


# -- what is no request


@pytest.mark.parametrize(
    "sent",
    [
        b"\x00\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/3.0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: api.muster.test\r\nX: \xff\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: api.muster.test\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: api.muster.test\r\nX: a\x00b\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: api.muster.test\r\nContent-Length: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: api.muster.test\r\nTransfer-Encoding: chunked\r\n\r\nno\r\n",
        b"POST / HTTP/1.1\r\nHost: api.muster.test\r\nTransfer-Encoding: lzma\r\n\r\n",
    ],
)
async def test_what_can_not_be_read_is_a_bad_request(tmp_path: Path, sent: bytes) -> None:
    async with running_gateway(tmp_path, BOTH) as api:
        answer = await api.send(sent)

    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n"), answer
    assert answer.endswith(b'{"message":"Bad Request"}')
    assert api.function.events == []


async def test_a_head_without_a_host_is_forbidden(tmp_path: Path) -> None:
    """https://repost.aws/knowledge-center/api-gateway-troubleshoot-403-forbidden"""
    async with running_gateway(tmp_path, BOTH) as api:
        answer = await api.send(b"GET / HTTP/1.0\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 403 ")


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b": no name\r\n\r\n",
        b"Content_Length: 4\r\n\r\n",
    ],
)
async def test_a_request_that_is_read_in_two_ways_ends_its_connection(
    tmp_path: Path, head: bytes
) -> None:
    """https://github.com/aws/http-desync-guardian/tree/master/docs"""
    first = b"POST / HTTP/1.1\r\nHost: api.muster.test\r\n" + head
    async with running_gateway(tmp_path, BOTH) as api:
        answer = await api.send(first + b"GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n")

    assert answer.count(b"HTTP/1.1 ") == 1
    assert len(api.function.events) == 1


async def test_an_error_of_the_twin_is_a_500_and_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: dict[str, Any]) -> object:
        raise ZeroDivisionError

    async with running_gateway(tmp_path, BOTH) as api:
        api.function.answer = fail
        with caplog.at_level(logging.ERROR):
            answer = await api.get()

    assert answer.status == 500
    assert "ZeroDivisionError" in caplog.text


async def test_a_connection_goes_on_after_an_error(tmp_path: Path) -> None:
    """https://www.rfc-editor.org/rfc/rfc9112#section-9.3"""
    config = gateway(http_api(route("POST /a")), domain(("", HTTP_ID, "$default")))
    async with running_gateway(tmp_path, config) as api:
        reader, writer = await api.connect()
        statuses = []
        for path in ("/b", "/a"):
            head = f"POST {path} HTTP/1.1\r\nHost: {DOMAIN}\r\nContent-Length: 3\r\n\r\nabc"
            writer.write(head.encode())
            statuses.append((await read_response(reader)).status)

    assert statuses == [404, 200]


async def test_many_requests_at_once(tmp_path: Path) -> None:
    async def one(api: RunningGateway, number: int) -> bool:
        answer = await api.get(f"/{number}")
        return answer.status == 200 and answer.json["rawPath"] == f"/{number}"

    async with running_gateway(tmp_path, BOTH) as api:
        assert all(await asyncio.gather(*(one(api, number) for number in range(50))))
