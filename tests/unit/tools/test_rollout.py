"""The order of a rollout, what stops it, and what is asked of a Region."""

import io
import json
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from tests.unit.muster.sample_stack import make_stack
from tools.rollout import (
    LambdaInvoker,
    ProbeRequest,
    Rollout,
    RolloutStopped,
    order_regions,
    pulumi_command,
)

HOME, AWAY = "eu-central-1", "us-west-2"
REQUESTS_OF_A_ROUND = 4
REQUEST = ProbeRequest(method="GET", path="/health", wanted=200)


class FakeClock:
    """A clock that moves while somebody waits."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def wait(self, seconds: float) -> None:
        self.seconds += seconds


class World:
    """What was deployed and asked; Regions that fail."""

    def __init__(self, *, undeployable: str = "", broken: str = "") -> None:
        self.done: list[str] = []
        self.asked: list[str] = []
        self.undeployable = undeployable
        self.broken = broken

    def deploy(self, region: str | None) -> None:
        self.done.append(region or "the rest")
        if region == self.undeployable:
            raise RolloutStopped("`pulumi up` ends with 255")

    def invoke(self, region: str, request: ProbeRequest) -> int:
        self.asked.append(region)
        bad = region == self.broken and request.path == "/create"
        return 500 if bad else request.wanted

    def run(self, watch_s: float = 0.0) -> None:
        rollout = Rollout(
            deploy=self.deploy, invoke=self.invoke, clock=FakeClock(), say=str, watch_s=watch_s
        )
        rollout.run((AWAY, HOME))


def test_regions_are_updated_one_after_the_other_and_the_rest_in_the_end() -> None:
    world = World()

    world.run()

    assert world.done == [AWAY, HOME, "the rest"]
    assert world.asked == [AWAY] * REQUESTS_OF_A_ROUND + [HOME] * REQUESTS_OF_A_ROUND


def test_a_region_must_answer_for_the_whole_time() -> None:
    world = World()

    world.run(watch_s=3.0)

    assert world.asked.count(AWAY) == 3 * REQUESTS_OF_A_ROUND


def test_the_first_region_that_does_not_serve_stops_it() -> None:
    world = World(broken=AWAY)

    with pytest.raises(RolloutStopped) as caught:
        world.run()

    assert world.done == [AWAY]
    message = str(caught.value)
    assert f"stopped at {AWAY}: POST /create is answered with 500, not 201" in message
    assert f"not touched: {HOME}" in message
    assert f"aws lambda update-alias --region {AWAY}" in message


def test_an_update_that_fails_stops_it() -> None:
    world = World(undeployable=HOME)

    with pytest.raises(RolloutStopped, match=f"updated before: {AWAY}; not touched: none"):
        world.run()

    assert world.done == [AWAY, HOME]
    assert HOME not in world.asked


def test_the_home_region_is_last_unless_it_is_named() -> None:
    stack = make_stack()
    home = stack.home_region

    assert order_regions(stack, ())[-1] == home
    assert order_regions(stack, (home, home))[0] == home
    assert sorted(order_regions(stack, (home,))) == sorted(stack.regions)
    with pytest.raises(RolloutStopped, match="no Region of the stack: mars-1; it has"):
        order_regions(stack, ("mars-1",))


def test_a_region_s_update_targets_its_own_resources() -> None:
    assert pulumi_command("prod", AWAY)[-2:] == ["--target", f"**::{AWAY}-*"]
    assert "--target" not in pulumi_command("prod", None)
    assert "--skip-preview" not in pulumi_command("prod", AWAY), "it finds what is protected"


class FakeLambda:
    """Answers each invocation alike."""

    def __init__(self, payload: bytes, **more: str) -> None:
        self.payload = payload
        self.more = more
        self.calls: list[dict[str, Any]] = []

    def invoke(self, **call: Any) -> dict[str, Any]:  # noqa: ANN401
        self.calls.append(call)
        return {"Payload": io.BytesIO(self.payload), **self.more}


def ask(client: object) -> int:
    return LambdaInvoker(functions={AWAY: "f"}, make_client=lambda _: client)(AWAY, REQUEST)


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
    with pytest.raises(RolloutStopped, match=message):
        ask(client)


def test_a_region_that_can_t_be_reached_stops_it() -> None:
    class Dead:
        def invoke(self, **_call: object) -> None:
            raise EndpointConnectionError(endpoint_url="http://x")

    with pytest.raises(RolloutStopped, match="can't invoke the function"):
        ask(Dead())
