"""Requests to DynamoDB's endpoint that are no call of an operation."""

import json

import pytest

from twin.dynamodb.requests.endpoint import answer_no_call

OREGON = "us-west-2"


@pytest.mark.parametrize("path", ["/", "/ping"])
def test_a_get_finds_the_endpoint_healthy(path: str) -> None:
    """https://github.com/architect/dynalite (test/connection.js, written against the service)"""
    answer = answer_no_call("GET", path, OREGON)

    assert (answer.status, answer.body) == (200, b"healthy: dynamodb.us-west-2.amazonaws.com ")


@pytest.mark.parametrize(
    ("method", "path"), [("PUT", "/"), ("DELETE", "/"), ("OPTIONS", "/"), ("GET", "/foo")]
)
def test_another_method_is_no_operation(method: str, path: str) -> None:
    """https://github.com/architect/dynalite (test/connection.js, written against the service)"""
    answer = answer_no_call(method, path, OREGON)

    assert (answer.status, answer.body) == (404, b"<UnknownOperationException/>\n")


def test_a_post_to_another_path_names_no_operation() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html"""
    answer = answer_no_call("POST", "/bar", OREGON)

    assert answer.status == 400
    assert answer.content_type == "application/x-amz-json-1.0"
    error = json.loads(answer.body)["__type"]
    assert error == "com.amazon.coral.service#UnknownOperationException"
