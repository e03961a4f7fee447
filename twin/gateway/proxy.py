"""Passes a call on and its answer back, unchanged: both ends believe that they speak directly."""

import io
from collections.abc import Iterable

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

CONNECT_WITHIN_S = 2.0
ANSWER_WITHIN_S = 960.0
"""An invocation may last 15 minutes."""
# They are about one connection, not about the message; the length is counted anew.
_OF_THE_CONNECTION = frozenset(
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
    """The process took no connection; it has not seen the call."""


class BackendDisconnected(Exception):
    """The process had the call, and gave no answer."""


def create_client_session() -> aiohttp.ClientSession:
    """A client that adds nothing of its own and follows nothing."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0),
        timeout=aiohttp.ClientTimeout(total=ANSWER_WITHIN_S, sock_connect=CONNECT_WITHIN_S),
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
    )


async def forward_request(
    session: aiohttp.ClientSession, request: web.Request, address: tuple[str, int]
) -> web.Response:
    """The answer of the process at `address`. Raises Unreachable, CutOff."""
    body = await request.read()
    try:
        async with session.request(
            request.method,
            URL(f"http://{address[0]}:{address[1]}{_target(request)}", encoded=True),
            headers=_passed_on(request.headers.items()),
            # As a file: a large one is then sent in pieces, and holds nobody else up.
            data=io.BytesIO(body) if body else None,
            allow_redirects=False,
        ) as answer:
            content = await answer.read()
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as exc:
        raise BackendUnreachable(str(exc)) from exc
    except (aiohttp.ClientError, TimeoutError, OSError) as exc:
        raise BackendDisconnected(str(exc)) from exc
    return _as_response(request.method, answer, content)


def _target(request: web.Request) -> str:
    """Path and query exactly as they came: the signature is over them."""
    raw = request.raw_path
    return raw if raw.startswith("/") else URL(raw, encoded=True).raw_path_qs


def _as_response(method: str, answer: aiohttp.ClientResponse, content: bytes) -> web.Response:
    headers = _passed_on(answer.headers.items())
    if method == "HEAD" and "Content-Length" in answer.headers:
        headers["Content-Length"] = answer.headers["Content-Length"]
    return web.Response(status=answer.status, reason=answer.reason, headers=headers, body=content)


def _passed_on(headers: Iterable[tuple[str, str]]) -> CIMultiDict[str]:
    return CIMultiDict(
        (name, value) for name, value in headers if name.lower() not in _OF_THE_CONNECTION
    )
