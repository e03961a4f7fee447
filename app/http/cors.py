"""CORS: which pages of other origins may read the answers, and the answers to preflight requests.

The pages of one Region call the others' endpoints, so every answer has the headers, errors
included. Behind an HTTP API with a CORS configuration they are replaced by API Gateway's own, from
the same origins: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html

Origins are public and requests carry no credentials, so `*` is safe:
https://fetch.spec.whatwg.org/#cors-protocol-and-credentials
"""

from collections.abc import Mapping
from dataclasses import dataclass

from app.http.messages import Response

ANY = "*"
ALLOWED_METHODS = "GET, HEAD, POST, PUT, DELETE"
"""Of any path: a page may see the 405 of a method that the path does not have."""
ALLOWED_HEADERS = "Accept, Content-Type, Idempotency-Key"
EXPOSED_HEADERS = "Allow, ETag, Location, X-Served-Region"
PREFLIGHT_AGE_S = 600


@dataclass(frozen=True, slots=True)
class CorsPolicy:
    """The origins whose pages may read answers; with `*` all, without one none."""

    origins: tuple[str, ...]

    def headers(self, origin: str) -> Mapping[str, str]:
        """The headers of an answer to a request from this origin (empty: from no page)."""
        if ANY in self.origins:
            return _headers_for(ANY)
        # A cache must not hand the answer for one origin to another.
        found = {"Vary": "Origin"} if self.origins else {}
        return {**found, **_headers_for(origin)} if origin in self.origins else found


def _headers_for(origin: str) -> dict[str, str]:
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Expose-Headers": EXPOSED_HEADERS,
    }


def preflight_response(path_methods: str) -> Response:
    """The answer to OPTIONS; `path_methods` are the path's own, empty if there is no such path."""
    allow = {"Allow": f"{path_methods}, OPTIONS"} if path_methods else {}
    return Response(
        status=204,
        headers={
            **allow,
            "Access-Control-Allow-Methods": ALLOWED_METHODS,
            "Access-Control-Allow-Headers": ALLOWED_HEADERS,
            "Access-Control-Max-Age": str(PREFLIGHT_AGE_S),
        },
        body="",
    )
