"""Decides between HTML and JSON by the client's Accept header; refuses to know what is in either.

The quality of a type is that of the most specific range that covers it (RFC 9110, 12.5.1). Of two
equal qualities the range that names its type more closely wins, so `application/json, */*` means
JSON; a true tie is HTML. A client that accepts neither gets HTML rather than an error.
"""

from functools import lru_cache

HTML = "text/html"
JSON = "application/json"


@lru_cache(maxsize=64)
def prefers_json(accept: str) -> bool:
    """Whether the Accept header ranks JSON above HTML; an empty header does not."""
    ranges = [_parsed(part) for part in accept.split(",")]
    return _rank(JSON, ranges) > _rank(HTML, ranges)


def _parsed(part: str) -> tuple[str, float]:
    """One media range and its quality, 0 to 1; a quality that is no such number counts as 0."""
    media, *parameters = (piece.strip().lower() for piece in part.split(";"))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            return media, _quality(value.strip())
    return media, 1.0


def _quality(text: str) -> float:
    try:
        quality = float(text)
    except ValueError:
        return 0.0
    return quality if 0.0 <= quality <= 1.0 else 0.0


def _rank(media: str, ranges: list[tuple[str, float]]) -> tuple[float, int]:
    """Quality and closeness of the closest range that covers the type; zeros if none does."""
    family = media.partition("/")[0]
    for closeness, name in ((3, media), (2, f"{family}/*"), (1, "*/*")):
        qualities = [quality for range_, quality in ranges if range_ == name]
        if qualities:
            best = max(qualities)
            return best, closeness if best else 0
    return 0.0, 0
