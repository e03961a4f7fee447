"""Answers a request with an error of the service that it is signed for, on aiohttp."""

import uuid

from aiohttp import web

from twin.core.http.credential_scope import find_credential, parse_credential
from twin.core.http.error_response import AwsError, write_error_response


def lower_headers(request: web.BaseRequest) -> dict[str, str]:
    """Headers with their names in lower case; of two with one name the last.

    Bytes that are not UTF-8 are replaced: aiohttp's lone surrogates for them fit into no response.
    """
    return {name.lower(): _encodable(value) for name, value in request.headers.items()}


def _encodable(text: str) -> str:
    return (
        text if text.isascii() else text.encode(errors="surrogateescape").decode(errors="replace")
    )


def raw_query(request: web.BaseRequest) -> str:
    """The query as received, not decoded."""
    return request.raw_path.partition("?")[2]


def answer_error(request: web.BaseRequest, error: AwsError) -> web.Response:
    """The error in the protocol of the request, as JSON where that is not known."""
    headers = lower_headers(request)
    text = find_credential(headers.get("authorization", ""), raw_query(request))
    credential = parse_credential(text or "")
    service = credential.service if credential else None
    response = write_error_response(error, headers, service, str(uuid.uuid4()))
    return web.Response(status=response.status, headers=response.headers, body=response.body)
