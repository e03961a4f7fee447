"""Which endpoints a stack may use: a stack for AWS none on this machine, one for the twin no other.

Both mistakes are costly: the twin's stack would create resources on AWS, and the stack for AWS
would record resources of the twin.
"""

import json
from collections.abc import Iterator, Mapping
from enum import StrEnum

from common.network.loopback import is_loopback
from infra.configuration.errors import ConfigurationProblem

ENDPOINTS = "aws:endpoints"
SERVICES = (
    "acm",
    "apigatewayv2",
    "cloudwatch",
    "dynamodb",
    "ec2",
    "elbv2",
    "globalaccelerator",
    "iam",
    "lambda",
    "logs",
    "route53",
    "sts",
)
"""Every service that the program and its provider call."""


class StackTarget(StrEnum):
    """Where a stack is deployed."""

    AWS = "aws"
    TWIN = "twin"


def find_endpoint_problems(
    target: StackTarget, values: Mapping[str, str], environ: Mapping[str, str]
) -> list[ConfigurationProblem]:
    """Problems of the endpoints in the configuration and in the environment."""
    configured = _parse_endpoints(values.get(ENDPOINTS) or "[]")
    if configured is None:
        rule = "must be a list of objects, service to URL"
        return [ConfigurationProblem(ENDPOINTS, values[ENDPOINTS], rule)]
    named = {f"{ENDPOINTS} {service}": url for service, url in configured.items()}
    urls = [*named.items(), *_environment_endpoints(environ)]
    match target:
        case StackTarget.AWS:
            rule = "points to this machine, but muster:target is aws (was .twin/env sourced?)"
            return [ConfigurationProblem(key, url, rule) for key, url in urls if is_loopback(url)]
        case StackTarget.TWIN:
            rule = "must be on this machine, as muster:target is twin"
            problems = [
                ConfigurationProblem(key, url, rule) for key, url in urls if not is_loopback(url)
            ]
            return problems + _missing_endpoints(configured)


def _missing_endpoints(configured: Mapping[str, str]) -> list[ConfigurationProblem]:
    """Services without an endpoint, which would be called on AWS."""
    names = ", ".join(service for service in SERVICES if not configured.get(service))
    rule = f"must also name {names}, as muster:target is twin"
    return [ConfigurationProblem(ENDPOINTS, "", rule)] if names else []


def _parse_endpoints(text: str) -> dict[str, str] | None:
    """Service -> URL in the stack's configuration; None if it has another structure."""
    try:
        entries = json.loads(text)
    except ValueError:
        return None
    found: dict[str, str] = {}
    for entry in entries if isinstance(entries, list) else [entries]:
        if not isinstance(entry, dict):
            return None
        found.update((str(service), str(url)) for service, url in entry.items())
    return found


def _environment_endpoints(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html"""
    for name, url in sorted(environ.items()):
        if url and (name == "AWS_ENDPOINT_URL" or name.startswith("AWS_ENDPOINT_URL_")):
            yield name, url
