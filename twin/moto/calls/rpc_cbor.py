"""Serves the protocol rpc-v2-cbor through the services' JSON protocol, which moto speaks.

A service with both has one model for both, so a call differs only in where its operation stands and
in how values are written: CBOR has timestamps, bytes and all floating point numbers, where JSON has
numbers, base64 and texts. The response's types are read from botocore's model of the operation.
https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html
"""

import base64
import binascii
import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import cbor2
from moto.core.utils import get_service_model

from twin.core.http.error_response import CBOR_HEADERS
from twin.moto.calls.aws_call import (
    RPC_PATH,
    AwsCall,
    AwsResponse,
    MalformedRequest,
    aws_error_response,
)
from twin.moto.calls.request_parser import MODELS

_SERVICES = frozenset({"monitoring", "tagging"})
"""Signing names of the services with this protocol."""
_NOT_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_DROPPED_HEADERS = frozenset({"content-length", "content-type"})
_TEXTS, _TAG, _INDEFINITE, _TIMESTAMP_TAG = (2, 3), 6, 31, 1
"""Major types of bytes and text, and of tags; the length that is told by an end; a tag."""
_LENGTH_BYTES = {24: 1, 25: 2, 26: 4, 27: 8}
"""Low bits of an item's first byte -> bytes of the number behind it."""


def to_json_call(call: AwsCall) -> AwsCall:
    """The same call in the service's JSON protocol. Raises MalformedRequest."""
    path = RPC_PATH.fullmatch(call.path)
    if path is None:
        raise MalformedRequest(f"{call.path} is not /service/NAME/operation/NAME")
    if call.service not in _SERVICES:
        raise MalformedRequest(f"{call.service or 'no service'} does not speak rpc-v2-cbor")
    kept = {
        name: value
        for name, value in call.headers.items()
        if name not in ("content-length", "smithy-protocol")
    }
    target = f"{path['service']}.{path['operation']}"
    headers = {**kept, "content-type": "application/x-amz-json-1.0", "x-amz-target": target}
    return AwsCall(method=call.method, url="/", headers=headers, body=_json_body(call.body))


def to_cbor_response(call: AwsCall, response: AwsResponse) -> AwsResponse:
    """The response of the JSON protocol, written for the call in CBOR."""
    document = json.loads(response.body or b"{}")
    if response.succeeded:
        document = _cbor_value(_output_shape(call), document)
    kept = [item for item in response.headers if item[0].lower() not in _DROPPED_HEADERS]
    body = cbor2.dumps(document, datetime_as_timestamp=True)
    return AwsResponse(status=response.status, headers=(*kept, *CBOR_HEADERS.items()), body=body)


def malformed_response(call: AwsCall, problem: MalformedRequest) -> AwsResponse:
    """https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html"""
    message = f"The request can't be read: {problem}"
    return aws_error_response(call, 400, "SerializationException", message)


def _output_shape(call: AwsCall) -> Any:
    """botocore's; None for an operation without one."""
    model: Any = get_service_model(MODELS[call.service or ""])
    return model.operation_model(call.operation).output_shape


def _json_body(body: bytes) -> bytes:
    try:
        check_tags(body)
        document = cbor2.loads(body) if body else {}
        if not isinstance(document, dict):
            raise MalformedRequest("the body is no map")
        return json.dumps(_json_value(document)).encode()
    except (cbor2.CBORDecodeError, RecursionError, ValueError, TypeError) as exc:
        raise MalformedRequest(f"the body is no CBOR: {exc}") from exc


def check_tags(body: bytes) -> None:
    """Refuse tags other than a timestamp's, which is all that models of services need.

    Others have a fraction reduced, or a regular expression compiled: a call of a megabyte takes
    minutes. Raises MalformedRequest. https://www.rfc-editor.org/rfc/rfc8949#section-3
    """
    position = 0
    while position < len(body):
        kind, low = body[position] >> 5, body[position] & 0x1F
        end = position + 1 + _LENGTH_BYTES.get(low, 0)
        number = int.from_bytes(body[position + 1 : end]) if low in _LENGTH_BYTES else low
        if kind == _TAG and number != _TIMESTAMP_TAG:
            raise MalformedRequest(f"the body has the CBOR tag {number}")
        is_text = kind in _TEXTS and low != _INDEFINITE
        position = end + number if is_text else end


def _json_value(value: object) -> object:
    """A decoded CBOR value as JSON has it. Raises MalformedRequest."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else _not_finite_text(value)
        case bytes():
            return base64.b64encode(value).decode()
        case datetime():
            return value.timestamp()
        case Mapping():
            return {_text(name): _json_value(member) for name, member in value.items()}
        case list():
            return [_json_value(member) for member in value]
        case _:
            raise MalformedRequest(f"the body has a value of the type {type(value).__name__}")


def _text(name: object) -> str:
    if not isinstance(name, str):
        raise MalformedRequest(f"{name!r} is no name of a member")
    return name


def _not_finite_text(value: float) -> str:
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _cbor_value(shape: Any, value: Any) -> Any:
    """A JSON value of this shape as CBOR has it; a value without a shape stays."""
    if shape is None or value is None:
        return value
    kind = shape.type_name
    if kind == "structure":
        return {name: _cbor_value(shape.members.get(name), of) for name, of in value.items()}
    if kind == "map":
        return {name: _cbor_value(shape.value, of) for name, of in value.items()}
    if kind == "list":
        return [_cbor_value(shape.member, member) for member in value]
    scalar = _SCALARS.get(kind)
    return scalar(value) if scalar else value


def _timestamp(value: float | str) -> datetime:
    """Of seconds since 1970; some of moto's timestamps are texts in ISO 8601."""
    if not isinstance(value, str):
        return datetime.fromtimestamp(value, UTC)
    moment = datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _blob(value: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error:
        return value.encode()


def _float(value: float | str) -> float:
    return _NOT_FINITE[value] if isinstance(value, str) else float(value)


_SCALARS = {
    "blob": _blob,
    "double": _float,
    "float": _float,
    "timestamp": _timestamp,
}
"""Type of a shape -> what makes CBOR's value of JSON's."""
