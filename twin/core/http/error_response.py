"""Writes an error in the protocol that the caller uses, so that its SDK reads code and message.

The protocol is recognized from the request's headers; only XML also needs the service.
https://smithy.io/2.0/aws/protocols/index.html
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape

import cbor2

NOT_IN_XML = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\ud800-\\udfff\\ufffe\\uffff]")
"""Characters that XML can't contain: https://www.w3.org/TR/xml/#charsets"""

CBOR_HEADERS = {"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
"""Of a response: https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html"""

XML_SERVICES = frozenset({"ec2", "elasticloadbalancing", "iam", "monitoring", "route53", "sts"})
"""Signing names of services whose errors have the codes of AWS's XML protocols."""
_REST_XML_SERVICES = frozenset({"cloudfront"})
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsError:
    """An error of an AWS API, whatever the protocol."""

    status: int
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorResponse:
    status: int
    headers: Mapping[str, str]
    body: bytes


def write_error_response(
    error: AwsError, request_headers: Mapping[str, str], service: str | None, request_id: str
) -> ErrorResponse:
    """The response to a request with these headers, their names in lower case.

    `service` is the signing name; None for a request that is not signed.
    """
    headers, body = _write(error, request_headers, service, request_id)
    common = {"x-amzn-ErrorType": error.code, "x-amzn-RequestId": request_id}
    return ErrorResponse(status=error.status, headers=headers | common, body=body)


def _write(
    error: AwsError, request_headers: Mapping[str, str], service: str | None, request_id: str
) -> tuple[dict[str, str], bytes]:
    """Headers of the protocol, and the body."""
    content_type = request_headers.get("content-type", "").partition(";")[0].strip().lower()
    fields = {"__type": error.code, "message": error.message}
    if request_headers.get("smithy-protocol") == "rpc-v2-cbor":
        return CBOR_HEADERS, cbor2.dumps(fields)
    if "x-amz-target" in request_headers:
        json_type = content_type if "json" in content_type else "application/x-amz-json-1.0"
        return {"Content-Type": json_type}, json.dumps(fields).encode()
    if service == "ec2":
        return {"Content-Type": "text/xml"}, _ec2(error, request_id)
    if service == "s3":
        return {"Content-Type": "application/xml"}, _s3(error, request_id)
    if (content_type == _FORM and service) or service in XML_SERVICES | _REST_XML_SERVICES:
        return {"Content-Type": "text/xml"}, _query(error, request_id)
    return {"Content-Type": "application/json"}, json.dumps(fields).encode()


def _query(error: AwsError, request_id: str) -> bytes:
    fault = "Receiver" if error.status >= 500 else "Sender"
    return _xml(
        f"<ErrorResponse><Error><Type>{fault}</Type>{_code_and_message(error)}</Error>"
        f"<RequestId>{request_id}</RequestId></ErrorResponse>"
    )


def _ec2(error: AwsError, request_id: str) -> bytes:
    return _xml(
        f"<Response><Errors><Error>{_code_and_message(error)}</Error></Errors>"
        f"<RequestID>{request_id}</RequestID></Response>"
    )


def _s3(error: AwsError, request_id: str) -> bytes:
    inner = f"{_code_and_message(error)}<RequestId>{request_id}</RequestId>"
    return _xml(f"<Error>{inner}</Error>")


def _code_and_message(error: AwsError) -> str:
    return f"<Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message>"


def _xml(text: str) -> bytes:
    declared = '<?xml version="1.0" encoding="UTF-8"?>\n' + text
    # Not even escaped can XML contain these characters.
    return NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", declared).encode()
