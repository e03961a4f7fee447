"""From a routed request to the event with which API Gateway invokes a function.

Three forms: payload format 2.0 and 1.0 of HTTP APIs, and that of REST APIs, which is 1.0 without
`version`. The differences that the documentation leaves out are as users report them:

| | HTTP API 2.0 | HTTP API 1.0 | REST API |
|---|---|---|---|
| path | decoded, after a named stage | the same | as sent |
| mapping of a custom domain in the path | no | no | yes |
| empty maps and body | left out | null | null |
| body | base64 unless its type is text | the same | text unless its type is listed as binary |

A REST API's path has no stage at the default endpoint.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
https://github.com/localstack/localstack/issues/12296
https://github.com/hotsock/voker/pull/8
"""

from collections.abc import Iterable, Sequence

import msgspec

from twin.core.apigateway.requests import (
    GatewayRequest,
    Header,
    as_base64,
    decode_path,
    forwarded_headers,
    log_time,
    query_parameters,
)
from twin.core.apigateway.routes import DEFAULT_ROUTE
from twin.core.http.messages import group_values, is_text_type

_encode_json = msgspec.json.Encoder().encode
_CAPITALIZED = {
    name.lower(): name
    for name in (
        "Content-Length",
        "Content-Type",
        "Host",
        "User-Agent",
        "X-Amzn-Trace-Id",
        "X-Forwarded-For",
        "X-Forwarded-Port",
        "X-Forwarded-Proto",
    )
}
"""Names that formats 1.0 and REST have in this form; the others stay as HTTP/2 sends them."""
_Document = dict[str, object]


def build_event(request: GatewayRequest, body: bytes, *, account: str) -> bytes:
    """The event's JSON, in the format of the route's integration."""
    if request.stage_path.served.is_rest:
        document = _rest_event(request, body, account)
    elif request.match.route.integration.payload_format == "2.0":
        document = _event_2_0(request, body, account)
    else:
        document = _event_1_0(request, body, account)
    return _encode_json(document)


# -- format 2.0


def _event_2_0(request: GatewayRequest, body: bytes, account: str) -> _Document:
    path = _path_of_http_api(request)
    stage = request.stage_path.served.stage
    document: _Document = {
        "version": "2.0",
        "routeKey": request.route_key,
        "rawPath": path,
        "rawQueryString": request.query,
    }
    headers = forwarded_headers(request, len(body))
    cookies = [value for name, value in headers if name == "cookie"]
    if cookies:
        document["cookies"] = [
            cookie.strip() for value in cookies for cookie in value.split(";") if cookie.strip()
        ]
        headers = [header for header in headers if header[0] != "cookie"]
    document["headers"] = _joined(headers)
    if request.query:
        document["queryStringParameters"] = _joined(query_parameters(request.query))
    domain = request.stage_path.domain
    document["requestContext"] = {
        "accountId": account,
        "apiId": request.stage_path.served.api.id,
        "domainName": domain,
        "domainPrefix": domain.partition(".")[0],
        "http": {
            "method": request.method,
            "path": path,
            "protocol": request.protocol,
            "sourceIp": request.source_ip,
            "userAgent": request.user_agent,
        },
        "requestId": request.request_id,
        "routeKey": request.route_key,
        "stage": stage.name,
        "time": log_time(int(request.received_s)),
        "timeEpoch": int(request.received_s * 1000),
    }
    if request.match.variables:
        document["pathParameters"] = _decoded_variables(request)
    if stage.variables:
        document["stageVariables"] = stage.variables
    text, is_base64 = _body_of_http_api(request, body)
    if text is not None:
        document["body"] = text
    document["isBase64Encoded"] = is_base64
    return document


def _path_of_http_api(request: GatewayRequest) -> str:
    found = request.stage_path
    return decode_path(found.stage_prefix + found.path)


def _body_of_http_api(request: GatewayRequest, body: bytes) -> tuple[str | None, bool]:
    if not body:
        return None, False
    if is_text_type(request.header("content-type")) and not request.header("content-encoding"):
        try:
            return body.decode(), False
        except UnicodeDecodeError:
            pass
    return as_base64(body), True


def _joined(pairs: Iterable[Header]) -> dict[str, str]:
    """Values of one name, joined by commas."""
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _decoded_variables(request: GatewayRequest) -> dict[str, str]:
    return {name: decode_path(value) for name, value in request.match.variables.items()}


# -- format 1.0


def _event_1_0(request: GatewayRequest, body: bytes, account: str) -> _Document:
    path = _path_of_http_api(request)
    resource = request.match.route.path
    text, is_base64 = _body_of_http_api(request, body)
    context = _context_1_0(request, account) | {
        "authorizer": {"claims": None, "scopes": None},
        "path": path,
        "resourceId": None if resource == DEFAULT_ROUTE else request.route_key,
        "resourcePath": resource,
    }
    return {
        "version": "1.0",
        "resource": resource,
        "path": path,
        "httpMethod": request.method,
        **_maps_1_0(request, forwarded_headers(request, len(body))),
        "requestContext": context,
        "pathParameters": _decoded_variables(request) or None,
        "stageVariables": request.stage_path.served.stage.variables or None,
        "body": text,
        "isBase64Encoded": is_base64,
    }


def _rest_event(request: GatewayRequest, body: bytes, account: str) -> _Document:
    found, route = request.stage_path, request.match.route
    at_default_endpoint = found.mapping_key is None
    is_binary = is_binary_type(found.served.api.binary_media_types, request.header("content-type"))
    text = as_base64(body) if is_binary else body.decode(errors="replace")
    context = _context_1_0(request, account) | {
        "path": found.sent_path,
        "resourceId": route.resource_id,
        "resourcePath": route.path,
    }
    return {
        "resource": route.path,
        "path": found.path if at_default_endpoint else found.sent_path,
        "httpMethod": request.method,
        **_maps_1_0(request, forwarded_headers(request, None)),
        "requestContext": context,
        "pathParameters": _decoded_variables(request) or None,
        "stageVariables": found.served.stage.variables or None,
        "body": text if body else None,
        "isBase64Encoded": is_binary and bool(body),
    }


def is_binary_type(binary_types: Sequence[str], content_type: str) -> bool:
    """Whether a REST API treats a body of this type as binary.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings.html
    """
    kind = content_type.partition(";")[0].strip().lower()
    family = kind.partition("/")[0]
    return any(known in ("*/*", kind, f"{family}/*") for known in map(str.lower, binary_types))


def _maps_1_0(request: GatewayRequest, headers: Iterable[Header]) -> _Document:
    named = [(_CAPITALIZED.get(name, name), value) for name, value in headers]
    parameters = query_parameters(request.query)
    return {
        "headers": dict(named),  # of a repeated name, the last value
        "multiValueHeaders": group_values(named),
        "queryStringParameters": dict(parameters) or None,
        "multiValueQueryStringParameters": group_values(parameters) or None,
    }


def _context_1_0(request: GatewayRequest, account: str) -> _Document:
    found = request.stage_path
    return {
        "accountId": account,
        "apiId": found.served.api.id,
        "domainName": found.domain,
        "domainPrefix": found.domain.partition(".")[0],
        "extendedRequestId": request.ids.extended_id,
        "httpMethod": request.method,
        "identity": {
            "accessKey": None,
            "accountId": None,
            "caller": None,
            "cognitoAuthenticationProvider": None,
            "cognitoAuthenticationType": None,
            "cognitoIdentityId": None,
            "cognitoIdentityPoolId": None,
            "principalOrgId": None,
            "sourceIp": request.source_ip,
            "user": None,
            "userAgent": request.user_agent or None,
            "userArn": None,
        },
        "protocol": request.protocol,
        "requestId": request.request_id,
        "requestTime": log_time(int(request.received_s)),
        "requestTimeEpoch": int(request.received_s * 1000),
        "stage": found.served.stage.name,
    }
