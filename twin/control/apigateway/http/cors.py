"""The CORS configuration of an HTTP API.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
"""

import re
from collections.abc import Mapping
from typing import Any

from twin.control.apigateway.errors import bad_request
from twin.topology.apigateway import CorsConfiguration

METHODS = frozenset({"GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"})
_ORIGIN = re.compile(r"\*|https?://\*|[A-Za-z][\w+.-]*://[^\s/*]+")
_HEADER = re.compile(r"\*|[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def read_cors(given: Mapping[str, Any]) -> CorsConfiguration:
    """A checked configuration. Raises CallRefused."""
    cors = CorsConfiguration(
        allow_origins=_read(given, "AllowOrigins"),
        allow_methods=_read(given, "AllowMethods"),
        allow_headers=_read(given, "AllowHeaders"),
        expose_headers=_read(given, "ExposeHeaders"),
        max_age_s=given.get("MaxAge"),
        allow_credentials=bool(given.get("AllowCredentials")),
    )
    for origin in cors.allow_origins:
        if not _ORIGIN.fullmatch(origin):
            raise bad_request(
                f"Invalid CORS configuration: '{origin}' is no origin. An origin is '*', or a "
                "scheme and a host, such as 'https://example.com'."
            )
    for method in cors.allow_methods:
        if method != "*" and method not in METHODS:
            raise bad_request(f"Invalid CORS configuration: '{method}' is no method.")
    for header in (*cors.allow_headers, *cors.expose_headers):
        if not _HEADER.fullmatch(header):
            raise bad_request(f"Invalid CORS configuration: '{header}' is no header name.")
    if cors.allow_credentials and "*" in cors.allow_origins:
        raise bad_request(
            "Invalid CORS configuration: AllowCredentials can't be true when AllowOrigins is '*'."
        )
    return cors


def _read(given: Mapping[str, Any], name: str) -> tuple[str, ...]:
    return tuple(str(one) for one in given.get(name) or ())
