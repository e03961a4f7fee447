"""Finds a call's operation in botocore's models, and reads its parameters from the wire.

moto has routers and parsers for all of AWS's protocols; this is the one place that uses them. A
call that they can't read is malformed, and has changed nothing.
"""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from moto.core.parse import PROTOCOL_PARSERS, RequestDict
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model
from werkzeug.exceptions import HTTPException

from twin.moto.aws_call import AwsCall, MalformedRequest

_MODELS = {
    "acm": "acm",
    "ec2": "ec2",
    "elasticloadbalancing": "elbv2",
    "iam": "iam",
    "lambda": "lambda",
    "logs": "logs",
    "monitoring": "cloudwatch",
    "route53": "route53",
    "sts": "sts",
    "tagging": "resourcegroupstaggingapi",
}
"""Signing name -> botocore's name of the service."""


class UnknownOperation(Exception):
    """The call names no operation of its service."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedCall:
    """A call's operation, and its parameters as boto3 would take them."""

    operation: str
    input_shape: Any
    """botocore's; None for an operation without parameters."""
    parameters: dict[str, Any]


def parse_call(call: AwsCall) -> ParsedCall:
    """Read a call. Raises UnknownOperation, MalformedRequest."""
    name = _MODELS.get(call.service or "")
    if name is None:
        raise UnknownOperation(call.label)
    model, request = get_service_model(name), _request(call)
    operation, labels = _operation(name, call, request)
    if operation not in model.operation_names:
        raise UnknownOperation(call.label)
    found = model.operation_model(operation)
    protocol = _protocol(model, request)
    if protocol == "json":
        _check_json(call)
    parser = PROTOCOL_PARSERS[protocol](found)
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
    except Exception as exc:
        raise MalformedRequest(f"{call.label}: {type(exc).__name__}: {exc}") from exc
    return ParsedCall(operation=operation, input_shape=found.input_shape, parameters=parameters)


def _check_json(call: AwsCall) -> None:
    """moto's parser takes a body that is no JSON for an empty one."""
    try:
        json.loads(call.body or b"{}")
    except ValueError as exc:
        raise MalformedRequest(f"the body is no JSON: {exc}") from exc


@cache
def _router(name: str) -> Any:
    return get_service_router(name)


def _request(call: AwsCall) -> Request:
    host = f"{call.service}.{call.region or 'us-east-1'}.amazonaws.com"
    headers = {**call.headers, "host": host}
    return Request.from_primitives(call.method, f"https://{host}{call.url}", headers, call.body)


def _operation(name: str, call: AwsCall, request: Request) -> tuple[str, dict[str, Any]]:
    """The operation's name, and the parameters in the path."""
    if call.operation is not None:
        return call.operation, {}
    try:
        found, labels = _router(name).match(request)
    except (HTTPException, NotImplementedError) as exc:
        raise UnknownOperation(call.label) from exc
    return found.name, labels


def _protocol(model: Any, request: Request) -> str:
    try:
        return determine_request_protocol(model, request.content_type)
    except NotImplementedError as exc:
        raise MalformedRequest(str(exc)) from exc
