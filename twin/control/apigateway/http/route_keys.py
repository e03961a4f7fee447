"""Keys of routes: `$default`, or a method and a path.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
"""

import re
from collections.abc import Iterable

from twin.control.apigateway.errors import bad_request, conflict
from twin.control.apigateway.http.cors import METHODS
from twin.control.apigateway.limits import PATH_LENGTH
from twin.control.apigateway.model import HttpRoute
from twin.core.apigateway.routes import DEFAULT_ROUTE

_KEY = re.compile(rf"({'|'.join(sorted(METHODS | {'ANY'}))}) (/[^\s?#]*)")
_SEGMENT = re.compile(r"[^{}]*|\{[\w.-]+\}|\{[\w.-]+\+\}")


def check_route_key(key: str) -> str:
    """Raises CallRefused."""
    if key == DEFAULT_ROUTE:
        return key
    found = _KEY.fullmatch(key)
    if found is None:
        raise bad_request(
            "The provided route key is not formatted properly for HTTP protocol. Format should be "
            '"<HTTP METHOD> /<RESOURCE PATH>" or "$default"'
        )
    if len(found[2]) > PATH_LENGTH:
        raise bad_request(
            f"The path of the route key has {len(found[2])} characters; it can have at most "
            f"{PATH_LENGTH}"
        )
    segments = found[2].split("/")[1:]
    greedy = [number for number, one in enumerate(segments, 1) if one.endswith("+}")]
    variables = [one.strip("{+}") for one in segments if one.startswith("{")]
    if not all(map(_SEGMENT.fullmatch, segments)) or any(n != len(segments) for n in greedy):
        raise bad_request(
            f"Invalid route key '{key}': a path variable is a whole segment, and only the last "
            "one may be greedy"
        )
    if len(set(variables)) < len(variables):
        raise bad_request(f"Invalid route key '{key}': a path variable is there twice")
    return key


def check_key_is_free(key: str, others: Iterable[HttpRoute]) -> None:
    """Raises CallRefused."""
    if any(route.key == key for route in others):
        raise conflict(f"Route with key {key} already exists for this API")
