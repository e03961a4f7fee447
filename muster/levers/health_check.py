"""Asking a Region's health path as its load balancer does, by invoking the function.

An internal load balancer can't be reached from an operator's machine; alias `live` can be invoked
with the event of a health check. The answer says what the function makes of the switch now.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from muster.aws.clients import AwsClients
from muster.errors import CallFailed
from muster.model import Stack, SwitchStatus
from muster.retry import PollResult, RetryPolicy
from muster.stack_outputs import find_region

ALIAS = "live"
HEALTH_PATH = "/health"
EXPECTED_STATUS: Mapping[SwitchStatus, int] = {"fail": 503, "pass": 200}


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthCheckAnswer:
    """What the function answered."""

    status: int
    body: str


def health_check_event(target_group_arn: str) -> bytes:
    """The event of a health check, as the load balancer sends it to a function."""
    document = {
        "requestContext": {"elb": {"targetGroupArn": target_group_arn}},
        "httpMethod": "GET",
        "path": HEALTH_PATH,
        "queryStringParameters": {},
        "headers": {"user-agent": "ELB-HealthChecker/2.0"},
        "body": "",
        "isBase64Encoded": False,
    }
    return json.dumps(document).encode()


class HealthCheckInvoker:
    """The health paths of one stack."""

    def __init__(self, clients: AwsClients, stack: Stack, policy: RetryPolicy) -> None:
        """Nothing is asked yet."""
        self._clients = clients
        self._stack = stack
        self._policy = policy

    async def ask(self, region: str) -> HealthCheckAnswer:
        """Invoke once. Raises RegionUnknown, CallFailed."""
        own = find_region(self._stack, region)
        answer = await self._clients.change(
            "lambda",
            region,
            "invoke",
            FunctionName=own.function_name,
            Qualifier=ALIAS,
            Payload=health_check_event(own.target_group_arn),
        )
        payload = answer["Payload"].read()
        if "FunctionError" in answer:
            said = payload.decode(errors="replace")[:200]
            raise CallFailed("lambda", "invoke", region, answer["FunctionError"], said)
        return _health(region, payload)

    async def expect(
        self, region: str, status: SwitchStatus, *, within_s: float
    ) -> HealthCheckAnswer:
        """Invoke until the answer is what the switch asks for; with `auto`, any answer will do.

        Raises NotInTime, CallFailed.
        """
        wanted = EXPECTED_STATUS.get(status)
        last = HealthCheckAnswer(status=0, body="")

        async def look() -> PollResult:
            nonlocal last
            last = await self.ask(region)
            return PollResult(wanted in (None, last.status), f"{last.status}: {last.body}")

        what = f"health path of {region} answering {wanted or 'at all'}"
        await self._policy.deadline(within_s).wait(what, look)
        return last


def _health(region: str, payload: bytes) -> HealthCheckAnswer:
    try:
        document = json.loads(payload)
        return HealthCheckAnswer(
            status=int(document["statusCode"]), body=str(document.get("body", ""))
        )
    except (ValueError, KeyError, TypeError) as exc:
        said = payload.decode(errors="replace")[:200]
        why = f"{said!r} is not an answer for a load balancer"
        raise CallFailed("lambda", "invoke", region, "BadAnswer", why) from exc
