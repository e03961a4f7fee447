"""Forward an HTTP call to a process, and its answer back, both unchanged."""

import io
from collections.abc import Iterable

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

CONNECT_TIMEOUT_S = 2.0
ANSWER_TIMEOUT_S = 960.0
"""An invocation may last 15 minutes."""
# Hop-by-hop headers, and the length, which is computed again.
_NOT_FORWARDED = frozenset(
    {
        "connection",
        "content-length",
        "expect",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)


class BackendUnreachable(Exception):
    """The process refused the connection; it has not received the call."""


class BackendDisconnected(Exception):
    """The process closed the connection, or timed out, before it answered the call."""


def create_client_session() -> aiohttp.ClientSession:
    """A client that adds no headers, decodes nothing, and follows no redirects."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0),
        timeout=aiohttp.ClientTimeout(total=ANSWER_TIMEOUT_S, sock_connect=CONNECT_TIMEOUT_S),
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
    )


async def forward_request(
    session: aiohttp.ClientSession, request: web.Request, address: tuple[str, int]
) -> web.Response:
    """Forward to the process at `address`. Raises BackendUnreachable, BackendDisconnected."""
    body = await request.read()
    try:
        async with session.request(
            request.method,
            URL(f"http://{address[0]}:{address[1]}{_request_target(request)}", encoded=True),
            headers=_forwarded_headers(request.headers.items()),
            # A file object is sent in chunks, so that a large body does not block other calls.
            data=io.BytesIO(body) if body else None,
            allow_redirects=False,
        ) as answer:
            content = await answer.read()
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as exc:
        raise BackendUnreachable(str(exc)) from exc
    except (aiohttp.ClientError, TimeoutError, OSError) as exc:
        raise BackendDisconnected(str(exc)) from exc
    return _copy_response(request.method, answer, content)


def _request_target(request: web.Request) -> str:
    """Path and query exactly as received, because the signature covers them."""
    raw = request.raw_path
    return raw if raw.startswith("/") else URL(raw, encoded=True).raw_path_qs


def _copy_response(method: str, answer: aiohttp.ClientResponse, content: bytes) -> web.Response:
    headers = _forwarded_headers(answer.headers.items())
    if method == "HEAD" and "Content-Length" in answer.headers:
        headers["Content-Length"] = answer.headers["Content-Length"]
    return web.Response(status=answer.status, reason=answer.reason, headers=headers, body=content)


def _forwarded_headers(headers: Iterable[tuple[str, str]]) -> CIMultiDict[str]:
    return CIMultiDict(
        (name, value) for name, value in headers if name.lower() not in _NOT_FORWARDED
    )
