"""Refuses requests that a web page makes, and requests under a name that is not this machine's.

The twin's ports are open to every program of the machine, a browser included. A page of any origin
can make a browser send requests to loopback addresses, and a DNS name of its own can be rebound to
one of them, so that the page may also read the responses. Both could act on the twin, and the twin
runs code that it is given. Programs that are meant to use the twin send no `Origin`,
`Sec-Fetch-Site` or `Referer` header (older browsers send only the last with a GET), and reach it by
a loopback address, as `localhost` or a name below it:
https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Site
https://en.wikipedia.org/wiki/DNS_rebinding

A page that the user opens by its address (`Sec-Fetch-Site: none`) is served. So is a link in
another program, such as a mail, unless it is a presigned URL: no browser is served an AWS call.
"""

from collections.abc import Mapping
from functools import lru_cache

from aiohttp import web
from aiohttp.typedefs import Handler

from common.network.loopback import is_loopback
from twin.core.http.credential_scope import find_credential
from twin.internal_api.aws_errors import raw_query


def find_foreign_sign(headers: Mapping[str, str], query: str = "") -> str | None:
    """What shows that the request is not meant for the twin, if anything does.

    `query` is that of the URL, not decoded.
    """
    host = headers.get("Host", "")
    if not is_own_name(host):
        return f"it names the host '{host}', which is not a loopback address or localhost"
    if "Origin" in headers:
        return f"it comes from a web page of {headers['Origin']}"
    if headers.get("Sec-Fetch-Site", "none") != "none" or "Referer" in headers:
        return "it comes from a web page"
    if _is_from_browser(headers) and find_credential("", query) is not None:
        return "a browser has opened a presigned URL; use curl for it"
    return None


def _is_from_browser(headers: Mapping[str, str]) -> bool:
    # Every browser sends the first; a page can't change it in a request that needs no preflight.
    return headers.get("User-Agent", "").startswith("Mozilla/") or "Sec-Fetch-Mode" in headers


@web.middleware
async def refuse_foreign_requests(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer 403 to a foreign request, before any part of it is acted on."""
    sign = find_foreign_sign(request.headers, raw_query(request))
    if sign is None:
        return await handler(request)
    text = f"The twin refuses this request: {sign}.\n"
    # Bytes of a header that are not UTF-8 are shown as escapes.
    return web.Response(status=403, text=text.encode(errors="backslashreplace").decode())


@lru_cache(maxsize=256)
def is_own_name(host: str) -> bool:
    """Whether the Host header has a loopback address or a name of this machine."""
    # Names below `localhost` are loopback by definition; no DNS server is asked for them:
    # https://www.rfc-editor.org/rfc/rfc6761#section-6.3
    name = host.rpartition(":")[0] or host
    return is_loopback(f"http://{host}") or name.lower().endswith(".localhost")
