"""What functions learn of a request in every format."""

import pytest

from tests.apigateway_requests import IDS, RECEIVED_S, routed_request
from tests.apigateway_topologies import ACCOUNT, HTTP_ID, REGION, REST_ID, http_api, rest_api, route
from twin.core.apigateway.requests import (
    choose_request_id,
    decode_path,
    forwarded_headers,
    log_time,
    query_parameters,
    source_arn,
)
from twin.topology.apigateway import Api


@pytest.mark.parametrize(
    ("api", "target", "expected"),
    [
        (http_api(), "/x", f"{HTTP_ID}/$default/$default"),
        (http_api(route("GET /a/{b}")), "/a/1", f"{HTTP_ID}/$default/GET/a/{{b}}"),
        (http_api(stages=("test",)), "/test/x", f"{HTTP_ID}/test/$default"),
        (rest_api(), "/prod/x", f"{REST_ID}/prod/GET/{{proxy+}}"),
    ],
)
def test_the_source_arn_names_stage_and_route(api: Api, target: str, expected: str) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html"""
    found = source_arn(routed_request(api, target), REGION, ACCOUNT)

    assert found == f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{expected}"


def test_the_gateways_own_headers_are_added() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html"""
    request = routed_request(
        http_api(),
        "/",
        ("x-forwarded-for", "10.1.2.3"),
        ("x-forwarded-proto", "ftp"),
        ("connection", "keep-alive"),
        ("x-amzn-trace-id", "Root=1-a-b"),
        ("accept", "*/*"),
    )

    headers = forwarded_headers(request, 7)

    assert headers[1:] == [
        ("accept", "*/*"),
        ("content-length", "7"),
        ("x-amzn-trace-id", f"Self={IDS.trace_id};Root=1-a-b"),
        ("x-forwarded-for", "10.1.2.3, 127.210.7.1"),
        ("x-forwarded-port", "443"),
        ("x-forwarded-proto", "https"),
    ]


def test_a_client_may_choose_a_uuid_as_request_id() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html"""
    uuid = "4F5A1C1E-7a3d-4d0a-a2c5-0123456789ab"

    assert choose_request_id([("x-amzn-requestid", uuid)]) == uuid
    assert choose_request_id([("x-amzn-requestid", "mine")]) == ""
    assert choose_request_id([]) == ""


def test_each_type_of_api_shows_its_own_id() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html"""
    assert routed_request(http_api()).request_id == IDS.extended_id
    assert routed_request(rest_api(), "/prod/").request_id == IDS.request_id


def test_a_query_is_decoded() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html"""
    assert query_parameters("a=1&a=%C3%A4&b=&c&d=x+y&=z") == [
        ("a", "1"),
        ("a", "ä"),
        ("b", ""),
        ("c", ""),
        ("d", "x y"),
        ("", "z"),
    ]
    assert query_parameters("") == []


@pytest.mark.parametrize(
    ("sent", "decoded"),
    [
        ("/a%20b/%C3%A4", "/a b/ä"),
        ("/a%3Fb", "/a"),
        ("/a%2Fb", "/a/b"),
        ("/%ff", "/�"),
        ("/%", "/%"),
    ],
)
def test_a_path_of_an_http_api_is_decoded(sent: str, decoded: str) -> None:
    """https://github.com/middleapi/standard-server/pull/93"""
    assert decode_path(sent) == decoded


def test_times_have_the_common_log_format() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html"""
    assert log_time(int(RECEIVED_S)) == "04/Mar/2020:19:03:58 +0000"
