"""Health checks made by invoking the function."""

import io

import pytest

from muster.errors import CallFailed, WaitTimeout
from muster.levers.health_switch import HealthCheckInvoker, health_check_event
from tests.unit.muster.fake_aws import FakeAws, FakeCall
from tests.unit.muster.levers.builders import make_retry_policy
from tests.unit.muster.sample_stack import OREGON, make_stack


def make_invoker(aws: FakeAws) -> HealthCheckInvoker:
    return HealthCheckInvoker(aws.clients(), make_stack(), make_retry_policy(aws))


async def test_the_alias_is_invoked_with_the_event_of_a_health_check() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html"""
    aws = FakeAws()

    answer = await make_invoker(aws).invoke(OREGON)

    (call,) = aws.made("Invoke")
    assert call.given["FunctionName"] == "muster-test"
    assert b'"ELB-HealthChecker/2.0"' in health_check_event("arn")
    assert (answer.status, answer.body) == (200, "health: 200")


async def test_it_waits_until_the_function_follows_the_switch() -> None:
    aws = FakeAws(targets={OREGON: "unhealthy"})

    assert (await make_invoker(aws).wait_for(OREGON, "fail", within_s=5)).status == 503
    assert (await make_invoker(aws).wait_for(OREGON, "auto", within_s=5)).status == 503
    with pytest.raises(WaitTimeout, match=r"answered with 200.*last seen: 503"):
        await make_invoker(aws).wait_for(OREGON, "pass", within_s=5)


class FakeFunction(FakeAws):
    """AWS with a function that has one answer."""

    answer: dict[str, object]

    def _invoke(self, call: FakeCall) -> dict[str, object]:
        return self.answer


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"FunctionError": "Unhandled", "Payload": io.BytesIO(b"boom")}, "Unhandled: boom"),
        ({"Payload": io.BytesIO(b"[]")}, "not an answer for a load balancer"),
        ({"Payload": io.BytesIO(b"nonsense")}, "not an answer for a load balancer"),
    ],
)
async def test_a_function_that_fails_is_an_error(answer: dict[str, object], words: str) -> None:
    aws = FakeFunction()
    aws.answer = answer

    with pytest.raises(CallFailed, match=words):
        await make_invoker(aws).invoke(OREGON)
