"""Invokes a Region's function as its load balancer does, and tells what its answer is."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
)
from botocore.exceptions import ConnectionError as CantConnect

from tools.rollout.rollout import ALIAS, ProbeRequest, RegionUnreachable, RolloutStopped

FIRST_SERVER_ERROR = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class LambdaInvoker:
    """Invokes what a Region's load balancer invokes."""

    functions: Mapping[str, str]
    """Region -> name of its function."""
    make_client: Callable[[str], Any]
    """Region -> boto3's client of Lambda."""

    def __call__(self, region: str, request: ProbeRequest) -> int:
        """The status of the function's answer. Raises RolloutStopped."""
        try:
            answer = self.make_client(region).invoke(
                FunctionName=self.functions[region],
                Qualifier=ALIAS,
                Payload=json.dumps(make_event(request)).encode(),
            )
            content = answer["Payload"].read()
        except (BotoCoreError, ClientError) as exc:
            kind = RegionUnreachable if _is_down(exc) else RolloutStopped
            raise kind(f"can't invoke the function: {exc}") from exc
        if "FunctionError" in answer:
            text = content[:300].decode(errors="replace")
            raise RolloutStopped(f"{request.method} {request.path}: the function fails: {text}")
        try:
            return int(json.loads(content)["statusCode"])
        except (ValueError, TypeError, KeyError):
            raise RolloutStopped(
                f"{request.method} {request.path}: the function's answer is no HTTP response"
            ) from None


def make_event(request: ProbeRequest) -> dict[str, object]:
    """The request as a load balancer's event.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
    """
    return {
        "requestContext": {"elb": {"targetGroupArn": "rollout"}},
        "httpMethod": request.method,
        "path": request.path,
        "queryStringParameters": {},
        "headers": {"accept": "application/json", "user-agent": "muster-rollout"},
        "body": request.body,
        "isBase64Encoded": False,
    }


def make_lambda_client(region: str) -> Any:  # noqa: ANN401 - boto3's own
    """A client without retries: one would hide what the probe is for."""
    config = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=30)
    return boto3.client("lambda", region_name=region, config=config)


def _is_down(error: Exception) -> bool:
    """No answer, or one of a service that fails; a refusal (4xx) comes from one that works."""
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return bool(status >= FIRST_SERVER_ERROR)
    return isinstance(error, CantConnect | HTTPClientError)
