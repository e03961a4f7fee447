"""What a deployment of a REST API holds: its methods as the data plane serves them.

https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-deploy-api.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-mock-integration.html
"""

import re

from twin.control.apigateway.errors import bad_request
from twin.control.apigateway.functions import read_invocation_uri
from twin.control.apigateway.rest.model import (
    GatewayResponseRecord,
    IntegrationResponse,
    RestApi,
    RestIntegration,
    RestMethod,
)
from twin.control.apigateway.rest.selection_patterns import matches_status
from twin.topology.apigateway import GatewayResponse, Integration, Route

_STATUS = re.compile(r"[\"']?statusCode[\"']?\s*:\s*[\"']?(\d{3})")
_JSON = "application/json"
_MISCONFIGURED = Integration(
    type="MOCK",
    mock_status=500,
    mock_headers={"Content-Type": _JSON},
    mock_body='{"message": "Internal server error"}',
)
"""A MOCK integration that no response fits."""


def snapshot_routes(api: RestApi) -> tuple[Route, ...]:
    """A route for each method. Raises CallRefused for an API that can't be deployed."""
    methods = [
        (api.path(resource), resource.id, method)
        for resource in api.resources.values()
        for method in resource.methods.values()
    ]
    if not methods:
        raise bad_request("The REST API doesn't contain any methods")
    return tuple(
        Route(
            method=method.http_method,
            path=path,
            resource_id=resource_id,
            integration=_build_integration(method),
        )
        for path, resource_id, method in sorted(methods, key=lambda m: (m[0], m[2].http_method))
    )


def _build_integration(method: RestMethod) -> Integration:
    integration = method.integration
    if integration is None:
        raise bad_request("No integration defined for method")
    if integration.type == "MOCK":
        return _build_mock(integration)
    return Integration(
        type="AWS_PROXY",
        function_arn=read_invocation_uri(integration.uri),
        payload_format="1.0",
        timeout_ms=integration.timeout_ms,
    )


def _build_mock(integration: RestIntegration) -> Integration:
    """The request template names a status, and the first response whose pattern fits answers."""
    found = _STATUS.search(integration.request_templates.get(_JSON, ""))
    response = None if found is None else _select(integration, found[1])
    if response is None:
        return _MISCONFIGURED
    headers = {
        name.removeprefix("method.response.header."): value.strip("'")
        for name, value in response.parameters.items()
    }
    if not any(name.lower() == "content-type" for name in headers):
        headers["Content-Type"] = next(iter(response.templates), _JSON)
    return Integration(
        type="MOCK",
        mock_status=int(response.status),
        mock_headers=headers,
        mock_body=response.templates.get(_JSON, next(iter(response.templates.values()), "")),
    )


def _select(integration: RestIntegration, status: str) -> IntegrationResponse | None:
    responses = [integration.responses[key] for key in sorted(integration.responses)]
    for response in responses:
        if response.selection_pattern and matches_status(response.selection_pattern, status):
            return response
    return next((one for one in responses if not one.selection_pattern), None)


def snapshot_gateway_responses(api: RestApi) -> tuple[GatewayResponse, ...]:
    return tuple(_build_gateway_response(one) for _, one in sorted(api.gateway_responses.items()))


def _build_gateway_response(record: GatewayResponseRecord) -> GatewayResponse:
    prefix = "gatewayresponse.header."
    return GatewayResponse(
        type=record.type,
        status=int(record.status) if record.status else None,
        headers={name.removeprefix(prefix): value for name, value in record.parameters.items()},
        templates=record.templates,
    )
