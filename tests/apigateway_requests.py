"""Requests as API Gateway has routed them, for tests of its decisions."""

import json
from typing import Any

from tests.apigateway_topologies import ACCOUNT, DOMAIN, HTTP_HOST, REGION, REST_HOST
from twin.core.apigateway.api_names import ApiNames
from twin.core.apigateway.events import build_event
from twin.core.apigateway.requests import NO_ROUTE, GatewayRequest, RequestIds
from twin.topology.apigateway import Api, ApiGatewayTopology, CustomDomain

IDS = RequestIds(
    request_id="4f5a1c1e-7a3d-4d0a-a2c5-0123456789ab",
    extended_id="JKJaXmPLvHcESHA=",
    trace_id="1-5c4f3c2d-0123456789abcdef01234567",
)
RECEIVED_S = 1_583_348_638.39


def routed_request(
    api: Api,
    target: str = "/",
    *headers: tuple[str, str],
    method: str = "GET",
    domain: CustomDomain | None = None,
) -> GatewayRequest:
    """The request at the API's default endpoint, or at a custom domain."""
    topology = ApiGatewayTopology(apis=(api,), domains=(domain,) if domain else ())
    host = DOMAIN if domain else HTTP_HOST if api.type == "HTTP" else REST_HOST
    path, _, query = target.partition("?")
    found = ApiNames(topology, REGION).find(host, path)
    return GatewayRequest(
        method=method,
        query=query,
        version=(1, 1),
        headers=(("host", host), *headers),
        source_ip="127.210.7.1",
        port=443,
        received_s=RECEIVED_S,
        ids=IDS,
        stage_path=found,
        match=found.served.routes.find(method, found.path) or NO_ROUTE,
    )


def event_of(request: GatewayRequest, body: bytes = b"") -> dict[str, Any]:
    event: dict[str, Any] = json.loads(build_event(request, body, account=ACCOUNT))
    return event
