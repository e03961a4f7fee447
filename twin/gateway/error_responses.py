"""Encode a rejection as an error of the protocol that the caller uses, so that its SDK parses it.

The protocol is recognized from the request; only REST-XML also needs the service.
https://smithy.io/2.0/aws/protocols/index.html
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape

import cbor2

from twin.gateway.routing import CredentialScope, MissingScope, Rejection

_REST_XML_SERVICES = frozenset({"cloudfront", "route53"})
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorResponse:
    status: int
    headers: Mapping[str, str]
    body: bytes


def build_error_response(
    rejection: Rejection,
    headers: Mapping[str, str],
    scope: CredentialScope | MissingScope,
    request_id: str,
) -> ErrorResponse:
    """The rejection as the response to a request with these headers and this scope."""
    service = scope.service if isinstance(scope, CredentialScope) else ""
    content_type, body = _body(rejection, headers, service, request_id)
    extra = {"smithy-protocol": "rpc-v2-cbor"} if content_type == "application/cbor" else {}
    common = {
        "Content-Type": content_type,
        "x-amzn-ErrorType": rejection.code,
        "x-amzn-RequestId": request_id,
    }
    return ErrorResponse(status=rejection.status, headers=common | extra, body=body)


def _body(
    rejection: Rejection, headers: Mapping[str, str], service: str, request_id: str
) -> tuple[str, bytes]:
    content_type = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if headers.get("smithy-protocol") == "rpc-v2-cbor":
        return "application/cbor", cbor2.dumps(
            {"__type": rejection.code, "message": rejection.message}
        )
    if "X-Amz-Target" in headers:
        json_type = content_type if "json" in content_type else "application/x-amz-json-1.0"
        return json_type, _json({"__type": rejection.code, "message": rejection.message})
    if content_type == _FORM and service:
        xml = _ec2(rejection, request_id) if service == "ec2" else _query(rejection, request_id)
        return "text/xml", xml
    if service == "s3":
        return "application/xml", _s3(rejection, request_id)
    if service in _REST_XML_SERVICES:
        return "text/xml", _query(rejection, request_id)
    return "application/json", _json({"__type": rejection.code, "message": rejection.message})


def _json(fields: Mapping[str, str]) -> bytes:
    return json.dumps(fields).encode()


def _query(rejection: Rejection, request_id: str) -> bytes:
    fault = "Receiver" if rejection.status >= 500 else "Sender"
    return _xml(
        f"<ErrorResponse><Error><Type>{fault}</Type>{_code_and_message(rejection)}</Error>"
        f"<RequestId>{request_id}</RequestId></ErrorResponse>"
    )


def _ec2(rejection: Rejection, request_id: str) -> bytes:
    return _xml(
        f"<Response><Errors><Error>{_code_and_message(rejection)}</Error></Errors>"
        f"<RequestID>{request_id}</RequestID></Response>"
    )


def _s3(rejection: Rejection, request_id: str) -> bytes:
    inner = f"{_code_and_message(rejection)}<RequestId>{request_id}</RequestId>"
    return _xml(f"<Error>{inner}</Error>")


def _code_and_message(rejection: Rejection) -> str:
    return f"<Code>{escape(rejection.code)}</Code><Message>{escape(rejection.message)}</Message>"


def _xml(text: str) -> bytes:
    declared = '<?xml version="1.0" encoding="UTF-8"?>\n' + text
    # XML 1.0 does not allow these characters, not even escaped.
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "?", declared).encode()
