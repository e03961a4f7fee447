"""The whole function: every event gets an answer."""

import base64
import json

import pytest
from botocore.exceptions import EndpointConnectionError
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.app.fakes import TABLE, FakeContext, FunctionWorld

GONE = EndpointConnectionError(endpoint_url="https://dynamodb.us-west-2.amazonaws.com")
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def test_an_item_page_has_its_headers() -> None:
    world = FunctionWorld()
    world.dynamo.declare_item(TABLE, "foobar")

    answer = world.ask("GET", "/get/foobar")

    assert answer["statusCode"] == 200
    assert answer["headers"] == {
        "Content-Type": "text/html; charset=utf-8",
        "Cache-Control": "no-store",
        "Vary": "Accept",
        "X-Served-Region": "us-west-2",
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": "Allow, ETag, Location, X-Served-Region",
    }
    assert len(answer["body"]) == 80


def test_json_is_sent_where_the_client_prefers_it() -> None:
    answer = FunctionWorld().ask("GET", "/health", headers={"accept": "application/json"})

    assert answer["headers"]["Content-Type"] == "application/json"
    assert json.loads(answer["body"]) == {
        "health": 200,
        "region": "us-west-2",
        "reason": "the table answers",
    }


def test_the_event_of_a_health_check_is_answered() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html"""
    answer = FunctionWorld().ask("GET", "/health", headers={"user-agent": "ELB-HealthChecker/2.0"})

    assert answer["statusCode"] == 200


def test_the_switch_fails_the_health_check_and_nothing_else() -> None:
    world = FunctionWorld()
    world.dynamo.declare_item(TABLE, "foobar")
    world.declare_switch("fail")

    assert world.ask("GET", "/health")["statusCode"] == 503
    assert world.ask("GET", "/get/foobar")["statusCode"] == 200


def test_an_unreachable_table_is_503_with_the_request_id() -> None:
    world = FunctionWorld()
    world.dynamo.declare_broken(TABLE, GONE)

    for answer in (world.ask("GET", "/get/foobar"), world.ask("POST", "/create")):
        assert answer["statusCode"] == 503
        assert "request-1" in answer["body"]
        assert "dynamodb" not in answer["body"]
    assert any("Could not connect" in line["message"] for line in world.logged())


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("PUT", "/create", 405), ("GET", "/get/%FF", 400)],
)
def test_a_refused_request_names_region_and_reason(method: str, path: str, status: int) -> None:
    answer = FunctionWorld().ask(method, path)

    assert answer["statusCode"] == status
    assert answer["headers"]["X-Served-Region"] == "us-west-2"
    assert "Answered from us-west-2" in answer["body"]
    assert ("Allow" in answer["headers"]) == (status == 405)


def test_a_script_in_a_path_is_escaped() -> None:
    answer = FunctionWorld().ask("GET", "/get/%3Cscript%3Ealert(1)%3C%2Fscript%3E")

    assert answer["statusCode"] == 404
    assert "<script>" not in answer["body"]
    assert "&lt;script&gt;" in answer["body"]


def test_a_body_in_base64_is_used() -> None:
    world = FunctionWorld()
    body = base64.b64encode(b'{"item_id": "foobar"}').decode()

    answer = world.ask("POST", "/create", body=body, isBase64Encoded=True)

    assert (answer["statusCode"], answer["headers"]["Location"]) == (201, "/get/foobar")


def test_an_unexpected_error_is_500_with_its_traceback_only_in_the_log() -> None:
    world = FunctionWorld()
    world.dynamo.declare_broken(TABLE, ZeroDivisionError("secret"))

    answer = world.ask("GET", "/get/foobar")

    assert answer["statusCode"] == 500
    assert "request-1" in answer["body"]
    assert "secret" not in answer["body"]
    assert "Traceback" in next(line["trace"] for line in world.logged() if "trace" in line)


def test_an_event_of_another_service_is_400() -> None:
    answer = FunctionWorld().entry.handle({"Records": []}, FakeContext())

    assert answer["statusCode"] == 400


def test_each_request_is_logged_with_its_trace_id() -> None:
    world = FunctionWorld()

    world.ask("GET", "/", headers={"x-amzn-trace-id": "Root=1-2-3"})

    (line,) = world.logged()
    assert (line["message"], line["method"], line["path"]) == ("answered", "GET", "/")
    assert (line["status"], line["trace_id"]) == (200, "Root=1-2-3")
    assert (line["region"], line["request_id"]) == ("us-west-2", "request-1")


@given(
    method=st.sampled_from(["GET", "POST", "HEAD", "PUT"]) | st.text(),
    path=st.sampled_from(["/create", "/get/a", "/"]) | st.text() | st.text().map("/get/".__add__),
    body=st.text() | JSON_VALUES.map(json.dumps) | st.none(),
    headers=st.dictionaries(st.sampled_from(["accept", "x"]), st.text()) | st.none(),
)
def test_every_event_gets_an_answer_that_can_be_sent(
    method: str, path: str, body: str | None, headers: dict[str, str] | None
) -> None:
    answer = FunctionWorld().ask(method, path, body=body, headers=headers)

    assert answer["statusCode"] in {200, 201, 400, 404, 405}
    assert answer["body"].encode()
    assert json.dumps(answer)


def test_browsers_are_told_to_insist_on_https_over_https_only() -> None:
    """RFC 6797, 7.2; https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html"""
    world = FunctionWorld(hsts_max_age_s=60)

    def told(world: FunctionWorld, protocol: str) -> object:
        answer = world.ask("GET", "/health", headers={"x-forwarded-proto": protocol})
        return answer["headers"].get("Strict-Transport-Security")

    assert told(world, "https") == "max-age=60"
    assert told(world, "http") is None
    assert told(FunctionWorld(), "https") is None
