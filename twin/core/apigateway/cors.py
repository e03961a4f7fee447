"""CORS of HTTP APIs: the gateway answers preflight requests and sets the headers by itself.

Where an API has a CORS configuration, the CORS headers of its functions are ignored.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
"""

from collections.abc import Iterable, Mapping

from twin.core.http.messages import HttpResponse
from twin.topology.apigateway import CorsConfiguration

_PREFIX = "access-control-"
Header = tuple[str, str]


def is_preflight(method: str, headers: Mapping[str, str]) -> bool:
    """Whether a browser asks what it may send: https://fetch.spec.whatwg.org/#cors-preflight-request"""
    return method == "OPTIONS" and "origin" in headers and _PREFIX + "request-method" in headers


def answer_preflight(cors: CorsConfiguration, headers: Mapping[str, str]) -> HttpResponse:
    """A 204, with headers for an allowed origin and method only."""
    origin = allowed_origin(cors, headers.get("origin", ""))
    method = headers.get(_PREFIX + "request-method", "")
    if not origin or not _allows(cors.allow_methods, method):
        return HttpResponse(status=204)
    sent: list[Header] = [("access-control-allow-origin", origin)]
    if cors.allow_methods:
        sent.append(("access-control-allow-methods", ",".join(cors.allow_methods)))
    if cors.allow_headers:
        sent.append(("access-control-allow-headers", ",".join(cors.allow_headers)))
    if cors.max_age_s is not None:
        sent.append(("access-control-max-age", str(cors.max_age_s)))
    return HttpResponse(status=204, headers=(*sent, *_common_headers(cors)))


def add_cors_headers(
    cors: CorsConfiguration, origin: str, headers: Iterable[Header]
) -> tuple[Header, ...]:
    """A response's headers with the gateway's CORS headers in place of the function's."""
    kept = tuple(header for header in headers if not header[0].lower().startswith(_PREFIX))
    allowed = allowed_origin(cors, origin)
    if not allowed:
        return kept
    return (*kept, ("access-control-allow-origin", allowed), *_common_headers(cors))


def allowed_origin(cors: CorsConfiguration, origin: str) -> str:
    """Value of access-control-allow-origin; empty if the origin is not allowed.

    `https://*` and `http://*` allow every origin of their scheme.
    """
    if not origin:
        return ""
    if "*" in cors.allow_origins:
        return "*"
    lower = origin.lower()
    for allowed in map(str.lower, cors.allow_origins):
        if allowed == lower:
            return origin
        if allowed.endswith("://*") and lower.startswith(allowed[:-1]):
            return origin
    return ""


def _allows(methods: Iterable[str], method: str) -> bool:
    known = {known.upper() for known in methods}
    return "*" in known or method.upper() in known or method.upper() in ("GET", "HEAD", "POST")


def _common_headers(cors: CorsConfiguration) -> tuple[Header, ...]:
    sent: list[Header] = []
    if cors.allow_credentials:
        sent.append(("access-control-allow-credentials", "true"))
    if cors.expose_headers:
        sent.append(("access-control-expose-headers", ",".join(cors.expose_headers)))
    return tuple(sent)
