"""What is asked of a function, and what counts as an answer."""

import io
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from tools.rollout.function_invoker import LambdaInvoker
from tools.rollout.rollout import HEALTH, RegionUnreachable, RolloutStopped

AWAY = "us-west-2"


class FakeLambda:
    """Answers each invocation alike."""

    def __init__(self, payload: bytes, **more: str) -> None:
        self.payload = payload
        self.more = more
        self.calls: list[dict[str, Any]] = []

    def invoke(self, **call: Any) -> dict[str, Any]:  # noqa: ANN401
        self.calls.append(call)
        return {"Payload": io.BytesIO(self.payload), **self.more}


class FailingLambda:
    """Raises the same error at each invocation."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def invoke(self, **_call: object) -> None:
        raise self.error


def ask(client: object) -> int:
    return LambdaInvoker(functions={AWAY: "f"}, make_client=lambda _: client)(AWAY, HEALTH)


def client_error(status: int) -> ClientError:
    answer: Any = {
        "Error": {"Code": "X", "Message": "m"},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(answer, "Invoke")


def test_the_alias_is_invoked_with_a_load_balancers_event() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html"""
    client = FakeLambda(b'{"statusCode": 503}')

    assert ask(client) == 503

    (call,) = client.calls
    assert (call["FunctionName"], call["Qualifier"]) == ("f", "live")
    event = json.loads(call["Payload"])
    assert (event["httpMethod"], event["path"]) == ("GET", "/health")


@pytest.mark.parametrize(
    ("client", "message"),
    [
        (FakeLambda(b'{"errorMessage": "no module"}', FunctionError="Unhandled"), "no module"),
        (FakeLambda(b"null"), "no HTTP response"),
        (FakeLambda(b"{}"), "no HTTP response"),
        (FakeLambda(b"<"), "no HTTP response"),
    ],
)
def test_a_function_that_fails_stops_it(client: FakeLambda, message: str) -> None:
    with pytest.raises(RolloutStopped, match=message) as caught:
        ask(client)
    assert not isinstance(caught.value, RegionUnreachable)


@pytest.mark.parametrize(
    "error",
    [
        EndpointConnectionError(endpoint_url="http://x"),
        ReadTimeoutError(endpoint_url="http://x"),
        client_error(503),
    ],
)
def test_a_region_without_an_answer_is_unreachable(error: Exception) -> None:
    with pytest.raises(RegionUnreachable, match="can't invoke the function"):
        ask(FailingLambda(error))


def test_a_refusal_comes_from_a_region_that_answers() -> None:
    with pytest.raises(RolloutStopped, match="can't invoke the function") as caught:
        ask(FailingLambda(client_error(403)))
    assert not isinstance(caught.value, RegionUnreachable)
