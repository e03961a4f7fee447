"""Responses that API Gateway gives by itself: errors, their customization, MOCK integrations.

A REST API may word its errors in its own way, by type; a type without settings takes those of
DEFAULT_4XX or DEFAULT_5XX:
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html
"""

import re
from collections.abc import Iterable, Mapping

from twin.core.apigateway.context_variables import (
    RequestOutcome,
    context_variables,
    format_template,
)
from twin.core.apigateway.cors import add_cors_headers
from twin.core.apigateway.errors import ErrorForm, GatewayErrorKind
from twin.core.apigateway.requests import GatewayRequest, RequestIds, query_parameters
from twin.core.http.messages import HttpResponse, can_be_configured
from twin.topology.apigateway import GatewayResponse, Integration

_JSON = "application/json"
_DEFAULT_TEMPLATE = '{"message":$context.error.messageString}'

MAPPING_EXPRESSION = re.compile(
    r"'(?P<text>[^']*)'"
    r"|(?P<source>method\.request\.(?:header|querystring|path)|context|stageVariables)"
    r"\.(?P<name>[A-Za-z0-9._$-]+)"
)
"""The value of a header: a text in single quotes, or where it is taken from.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-gateway-responses.responseParameters.html"""
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
"""What can't be sent in a header, though a request may have had it."""

Header = tuple[str, str]


def error_response(kind: GatewayErrorKind, *, is_rest: bool) -> HttpResponse:
    """The error in its usual form, without request ids."""
    form = kind.form(is_rest=is_rest)
    headers = [("Content-Type", "text/plain" if form.is_text else _JSON)]
    if is_rest and form.exception:
        headers.append(("x-amzn-ErrorType", form.exception))
    return HttpResponse(status=form.status, headers=tuple(headers), body=_usual_body(form))


def _usual_body(form: ErrorForm) -> bytes:
    return (form.message if form.is_text else f'{{"message":"{form.message}"}}').encode()


def describe_error(kind: GatewayErrorKind, request: GatewayRequest, account: str) -> HttpResponse:
    """The error in the form that the request's API has for it, without request ids."""
    served = request.stage_path.served
    usual = error_response(kind, is_rest=served.is_rest)
    if not served.is_rest:
        if served.api.cors is None:
            return usual
        headers = add_cors_headers(served.api.cors, request.header("origin"), usual.headers)
        return HttpResponse(status=usual.status, headers=headers, body=usual.body)
    custom = _customization(kind, usual.status, served.stage.gateway_responses)
    if custom is None:
        return usual
    return _customized(custom, kind, usual, request, account)


def _customization(
    kind: GatewayErrorKind, status: int, responses: Iterable[GatewayResponse]
) -> GatewayResponse | None:
    """The settings of the type, else of its class of status."""
    if not kind.response_type:
        return None
    by_type = {response.type: response for response in responses}
    default = "DEFAULT_4XX" if status < 500 else "DEFAULT_5XX"
    return by_type.get(kind.response_type) or by_type.get(default)


def _customized(
    custom: GatewayResponse,
    kind: GatewayErrorKind,
    usual: HttpResponse,
    request: GatewayRequest,
    account: str,
) -> HttpResponse:
    status = custom.status or usual.status
    outcome = RequestOutcome(
        status=status,
        error_type=kind.response_type,
        error_message=kind.form(is_rest=True).message,
    )
    variables = context_variables(request, outcome, account)
    content_type, template = _choose_template(custom.templates, request.header("accept"))
    body = format_template(template, variables, request.stage_path.served.stage.variables)
    added = _sendable(
        (name, _CONTROL.sub("", _mapped_value(value, request, variables)))
        for name, value in custom.headers.items()
    )
    replaced = {name.lower() for name, _ in added} | {"content-type"}
    kept = [header for header in usual.headers if header[0].lower() not in replaced]
    own_type = [] if "content-type" in custom_names(added) else [("Content-Type", content_type)]
    return HttpResponse(
        status=status, headers=(*own_type, *kept, *added), body=body.encode(errors="replace")
    )


def _sendable(headers: Iterable[Header]) -> list[Header]:
    """The headers that control would accept: a Topology may be older than its checks."""
    return [header for header in headers if can_be_configured(*header)]


def custom_names(headers: Iterable[Header]) -> frozenset[str]:
    """The names in lower case."""
    return frozenset(name.lower() for name, _ in headers)


def _choose_template(templates: Mapping[str, str], accept: str) -> tuple[str, str]:
    """Content type and template: the accepted one, else JSON's, else the first."""
    wanted = accept.partition(",")[0].partition(";")[0].strip().lower()
    if wanted in templates:
        return wanted, templates[wanted]
    if _JSON in templates or not templates:
        return _JSON, templates.get(_JSON, _DEFAULT_TEMPLATE)
    return next(iter(templates.items()))


def _mapped_value(value: str, request: GatewayRequest, variables: Mapping[str, str]) -> str:
    """The value of a response parameter: quoted text, a part of the request, or a variable."""
    found = MAPPING_EXPRESSION.fullmatch(value)
    if found is None:
        return value
    source, name = found["source"], found["name"]
    if source is None:
        return found["text"]
    if source == "method.request.header":
        return request.header(name.lower())
    named: Mapping[str, Mapping[str, str]] = {
        "method.request.querystring": dict(query_parameters(request.query)),
        "method.request.path": request.match.variables,
        "context": variables,
        "stageVariables": request.stage_path.served.stage.variables,
    }
    return named[source].get(name, "")


def mock_response(integration: Integration) -> HttpResponse:
    """What a MOCK integration answers."""
    headers = tuple(_sendable(integration.mock_headers.items()))
    if "content-type" not in custom_names(headers):
        headers = (*headers, ("Content-Type", _JSON))
    return HttpResponse(
        status=integration.mock_status, headers=headers, body=integration.mock_body.encode()
    )


def with_request_ids(response: HttpResponse, ids: RequestIds, *, is_rest: bool) -> HttpResponse:
    """The response with the headers that name the request.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
    """
    own: tuple[Header, ...] = (("Apigw-Requestid", ids.extended_id),)
    if is_rest:
        own = (("x-amzn-RequestId", ids.request_id), ("x-amz-apigw-id", ids.extended_id))
    return HttpResponse(
        status=response.status,
        reason=response.reason,
        headers=(*response.headers, *own),
        body=response.body,
    )
