"""Finds a call's operation in botocore's models, and reads its parameters from the wire.

moto has routers and parsers for all of AWS's protocols; this is the one place that uses them. A
call that they can't read is malformed, and has changed nothing.
"""

import re
from dataclasses import dataclass
from typing import Any

from moto.core.parse import (
    PROTOCOL_PARSERS,
    EC2QueryParser,
    QueryParser,
    RequestDict,
    RequestParserError,
)
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model
from werkzeug.exceptions import HTTPException

from twin.core.http.strict_json import parse_json
from twin.moto.calls.aws_call import AwsCall, MalformedRequest
from twin.moto.calls.parameter_validation import SHOWN_CHARACTERS

MODELS = {
    "acm": "acm",
    "apigateway": "apigateway",
    "apigatewayv2": "apigatewayv2",
    "ec2": "ec2",
    "elasticloadbalancing": "elbv2",
    "iam": "iam",
    "kms": "kms",
    "lambda": "lambda",
    "logs": "logs",
    "monitoring": "cloudwatch",
    "route53": "route53",
    "sts": "sts",
    "tagging": "resourcegroupstaggingapi",
}
"""Service key -> botocore's name of the service."""

_OTHER_APIS = frozenset({("elasticloadbalancing", "2012-06-01")})
"""Signing name and version of APIs that share the signing name of a served one: Classic Load
Balancers have operations of the same names.
https://docs.aws.amazon.com/elasticloadbalancing/2012-06-01/APIReference/Welcome.html"""

_HOST_LIKE = re.compile("//[^/]")
"""Start of a path that libraries take for a host, such as `//host/path`; no operation has one."""
_REST_SERVICES = frozenset({"apigateway", "apigatewayv2", "lambda", "route53"})
"""Services whose operations are named by method and path alone."""


class UnknownOperation(Exception):
    """The call names no operation of its service."""


class UnknownApi(UnknownOperation):
    """The call names another API than the one that is served under its signing name."""


_JSON_PROTOCOLS = ("json", "rest-json")


class _StrictFlags(QueryParser):
    """A form's flags are `true` or `false`: moto takes any other text for `false`.

    A dry run whose flag nobody understands would be done in earnest.
    """

    def _parse_boolean(self, shape: Any, query_params: Any, prefix: str = "") -> Any:
        text = query_params.get(prefix, "true")
        if text.lower() not in ("true", "false"):
            raise ValueError(f"'{text[:SHOWN_CHARACTERS]}' at '{prefix}' is neither true nor false")
        return super()._parse_boolean(shape, query_params, prefix)  # type: ignore[no-untyped-call]


class _Ec2Parser(_StrictFlags, EC2QueryParser):
    pass


_PARSERS = PROTOCOL_PARSERS | {"query": _StrictFlags, "ec2": _Ec2Parser}


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedCall:
    """A call's operation, and its parameters as boto3 would take them."""

    operation: str
    input_shape: Any
    """botocore's; None for an operation without parameters."""
    parameters: dict[str, Any]


def service_key(call: AwsCall) -> str:
    """The signing name of the call's service; API Gateway has two services under one such name."""
    if call.service == "apigateway" and call.path.startswith("/v2/"):
        return "apigatewayv2"
    return call.service or ""


def parse_call(call: AwsCall) -> ParsedCall:
    """Read a call. Raises UnknownOperation, MalformedRequest."""
    name = MODELS.get(service_key(call))
    if name is None or _HOST_LIKE.match(call.path):
        raise UnknownOperation(call.label)
    model, request = get_service_model(name), _request(call)
    version = request.values.get("Version", "")
    if (call.service, version) in _OTHER_APIS:
        raise UnknownApi(version)
    operation, labels = _operation(name, call, request)
    if operation not in model.operation_names:
        raise UnknownOperation(call.label)
    found = model.operation_model(operation)
    protocol = _protocol(model, request)
    if protocol in _JSON_PROTOCOLS and not _has_payload(found.input_shape):
        _check_json(call)
    parser = _PARSERS[protocol](found)
    wire: RequestDict = {
        "method": request.method,
        "values": request.values,
        "headers": request.headers,
        "body": request.data,
        "url_path": request.path,
        "url_params": labels,
    }
    try:
        parameters = parser.parse(wire)
    except RequestParserError as exc:
        # moto's message has the whole body after the position, and a hint to try again.
        problem = str(exc).partition(", invalid XML received")[0]
        raise MalformedRequest(f"{call.label}: {problem}") from exc
    except Exception as exc:
        raise MalformedRequest(f"{call.label}: {type(exc).__name__}: {exc}") from exc
    if not isinstance(parameters, dict):
        raise MalformedRequest("the body is no object")
    return ParsedCall(operation=operation, input_shape=found.input_shape, parameters=parameters)


def _has_payload(shape: Any) -> bool:
    """Whether the body is one parameter, which may be anything."""
    return shape is not None and "payload" in shape.serialization


def _check_json(call: AwsCall) -> None:
    """moto's parser takes a body that is no JSON for an empty one, and NaN for a number."""
    try:
        document = parse_json(call.body or b"{}")
    except ValueError as exc:
        raise MalformedRequest(f"the body is no JSON: {exc}") from exc
    if not isinstance(document, dict):
        raise MalformedRequest("the body is no JSON object")


def _named_operations(call: AwsCall) -> list[str]:
    """Every name of an operation in the call: the target's, and those of the parameter Action."""
    return [*call.actions] + [
        call.headers[name] for name in ("x-amz-target",) if name in call.headers
    ]


def _request(call: AwsCall) -> Request:
    host = f"{call.service}.{call.region or 'us-east-1'}.amazonaws.com"
    headers = {**call.headers, "host": host}
    return Request.from_primitives(call.method, f"https://{host}{call.url}", headers, call.body)


def _operation(name: str, call: AwsCall, request: Request) -> tuple[str, dict[str, Any]]:
    """The operation's name, and the parameters in the path."""
    names = _named_operations(call)
    if len(names) > 1 or (names and name in _REST_SERVICES):
        # moto would take another one than AwsCall.operation does.
        raise UnknownOperation(f"{call.label}: the call names its operation in several ways")
    if call.operation is not None:
        return call.operation, {}
    try:
        found, labels = get_service_router(name).match(request)
    except (HTTPException, NotImplementedError) as exc:
        raise UnknownOperation(call.label) from exc
    return found.name, labels


def _protocol(model: Any, request: Request) -> str:
    try:
        protocol = determine_request_protocol(model, request.content_type)
    except NotImplementedError as exc:
        raise MalformedRequest(str(exc)) from exc
    if protocol not in _PARSERS:
        # CBOR is some services' first choice; twin.moto.calls.rpc_cbor has translated such calls.
        raise MalformedRequest(
            f"the content type '{request.content_type or ''}' is of no protocol of the service"
        )
    return protocol
