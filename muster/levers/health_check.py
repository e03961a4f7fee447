"""Invoke a Region's function with a health check, as its load balancer does.

An operator's machine can't reach an internal load balancer, but it can invoke alias `live` with the
event of a health check. The answer shows whether the function follows its health switch.

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
    status: int
    body: str


def health_check_event(target_group_arn: str) -> bytes:
    """The event that a load balancer sends to a function as a health check."""
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
    """Makes the health checks of one stack."""

    def __init__(self, clients: AwsClients, stack: Stack, policy: RetryPolicy) -> None:
        self._clients = clients
        self._stack = stack
        self._policy = policy

    async def invoke(self, region: str) -> HealthCheckAnswer:
        """Make one health check. Raises UnknownRegion, CallFailed."""
        outputs = find_region(self._stack, region)
        answer = await self._clients.change(
            "lambda",
            region,
            "invoke",
            FunctionName=outputs.function_name,
            Qualifier=ALIAS,
            Payload=health_check_event(outputs.target_group_arn),
        )
        payload = answer["Payload"].read()
        if "FunctionError" in answer:
            error = payload.decode(errors="replace")[:200]
            raise CallFailed("lambda", "invoke", region, answer["FunctionError"], error)
        return _parse_answer(region, payload)

    async def wait_for(
        self, region: str, status: SwitchStatus, *, within_s: float
    ) -> HealthCheckAnswer:
        """Invoke until the answer fits the switch's status; with `auto` any answer does.

        Raises WaitTimeout, CallFailed.
        """
        wanted = EXPECTED_STATUS.get(status)
        last = HealthCheckAnswer(status=0, body="")

        async def poll() -> PollResult:
            nonlocal last
            last = await self.invoke(region)
            return PollResult(wanted in (None, last.status), f"{last.status}: {last.body}")

        what = f"health check of {region} answered with {wanted or 'any status'}"
        await self._policy.deadline(within_s).wait(what, poll)
        return last


def _parse_answer(region: str, payload: bytes) -> HealthCheckAnswer:
    try:
        document = json.loads(payload)
        return HealthCheckAnswer(
            status=int(document["statusCode"]), body=str(document.get("body", ""))
        )
    except (ValueError, KeyError, TypeError) as exc:
        text = payload.decode(errors="replace")[:200]
        why = f"{text!r} is not an answer for a load balancer"
        raise CallFailed("lambda", "invoke", region, "BadAnswer", why) from exc
