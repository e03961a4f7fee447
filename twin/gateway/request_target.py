"""The target of a request: what is forwarded, and which paths are never forwarded. Pure.

The processes behind the gateway serve AWS calls and, below `/_twin`, their internal API at one
address. A signed request for an internal path would reach it if the gateway forwarded it.
"""

from urllib.parse import unquote

from yarl import URL

from twin.core.http.url_path import resolve_dots

INTERNAL = "_twin"
"""First segment of the internal API's paths."""
_MAX_DECODINGS = 8


def forwarded_target(raw: str) -> str:
    """Path and query exactly as received, because the signature covers them.

    `raw` may be an absolute URL; its host is not used.
    """
    return raw if raw.startswith("/") else URL(raw, encoded=True).raw_path_qs


def is_internal_path(raw: str) -> bool:
    """Whether any server could read the target as a path of the internal API.

    Percent-encoding, empty segments and dots are resolved, however often they were applied.
    """
    path = _decode(forwarded_target(raw).partition("?")[0])
    return resolve_dots(path)[:1] == [INTERNAL]


def _decode(path: str) -> str:
    for _ in range(_MAX_DECODINGS):
        decoded = unquote(path)
        if decoded == path:
            break
        path = decoded
    return path
