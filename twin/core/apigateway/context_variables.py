"""Variables of a request, as `$context.NAME`: in access logs and in gateway responses.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html#context-variable-reference

A variable without a value is a hyphen in an access log, and empty in a response.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from twin.core.apigateway.requests import GatewayRequest, log_time

_VARIABLE = re.compile(r"\$(context|stageVariables)((?:\.[A-Za-z0-9_]+)+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestOutcome:
    """How a request ended."""

    status: int
    response_bytes: int = 0
    """Of the body."""
    request_bytes: int = 0
    latency_ms: float = 0.0
    integration_latency_ms: float | None = None
    """None if no function was invoked."""
    function_status: int | None = None
    """The statusCode of the function's answer."""
    lambda_status: int | None = None
    """What Lambda answered: 200, 429, ..."""
    error_type: str = ""
    """Of the gateway response."""
    error_message: str = ""
    """What the client was told."""
    error_detail: str = ""
    """What an integration did wrong."""


def context_variables(
    request: GatewayRequest, outcome: RequestOutcome, account: str
) -> dict[str, str]:
    """Name without `$context.` -> value; what has no value is left out."""
    found, route = request.stage_path, request.match.route
    integration_ms = outcome.integration_latency_ms
    values: dict[str, object] = {
        "accountId": account,
        "apiId": found.served.api.id,
        "awsEndpointRequestId": None,
        "customDomain.basePathMatched": found.mapping_key,
        "dataProcessed": outcome.request_bytes + outcome.response_bytes,
        "deploymentId": found.served.stage.deployment_id,
        "domainName": found.domain,
        "domainPrefix": found.domain.partition(".")[0],
        "error.message": outcome.error_message,
        "error.messageString": json.dumps(outcome.error_message) if outcome.error_message else "",
        "error.responseType": outcome.error_type,
        "extendedRequestId": request.ids.extended_id,
        "httpMethod": request.method,
        "identity.sourceIp": request.source_ip,
        "identity.userAgent": request.user_agent,
        "integration.error": outcome.error_detail,
        "integration.integrationStatus": outcome.lambda_status,
        "integration.latency": None if integration_ms is None else round(integration_ms),
        "integration.status": outcome.function_status,
        "integrationErrorMessage": outcome.error_detail,
        "integrationLatency": None if integration_ms is None else round(integration_ms),
        "integrationStatus": outcome.lambda_status,
        # With the stage at a default endpoint, with the mapping at a custom domain.
        "path": found.sent_path,
        "protocol": request.protocol,
        "requestId": request.request_id,
        "requestTime": log_time(int(request.received_s)),
        "requestTimeEpoch": int(request.received_s * 1000),
        "resourceId": route.resource_id,
        "resourcePath": route.path,
        "responseLatency": round(outcome.latency_ms),
        "responseLength": outcome.response_bytes,
        "routeKey": request.route_key,
        "stage": found.served.stage.name,
        "status": outcome.status,
    }
    return {name: str(value) for name, value in values.items() if value not in (None, "")}


MAX_LOG_ENTRY = 1024 * 1024
"""https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html"""
MAX_PAYLOAD = 10 * 1024 * 1024
"""https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html"""


def format_access_log(template: str, variables: Mapping[str, str]) -> str:
    """A line of an access log; values that do not fit into one are left out."""
    return _substitute(
        template,
        lambda is_context, name: variables.get(name, "-") if is_context else "-",
        MAX_LOG_ENTRY,
    )


def format_template(
    template: str, variables: Mapping[str, str], stage_variables: Mapping[str, str]
) -> str:
    """The body of a gateway response: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html"""
    return _substitute(
        template,
        lambda is_context, name: (variables if is_context else stage_variables).get(name, ""),
        MAX_PAYLOAD,
    )


def _substitute(template: str, value_of: Callable[[bool, str], str], most: int) -> str:
    """Put in values with `most` characters together: a client's path may be in it many times."""
    left = most

    def find_value(found: re.Match[str]) -> str:
        nonlocal left
        value = value_of(found[1] == "context", found[2][1:])
        left -= len(value)
        return value if left >= 0 else ""

    return _VARIABLE.sub(find_value, template)
