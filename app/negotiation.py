"""Decides between HTML and JSON by the client's Accept header.

A type has the quality of the most specific media range that covers it (RFC 9110, 12.5.1). Of equal
qualities the more specific range wins, so `application/json, */*` means JSON; a tie means HTML. A
client that accepts neither gets HTML rather than an error.
"""

from functools import lru_cache

HTML = "text/html"
JSON = "application/json"


@lru_cache(maxsize=64)
def prefers_json(accept: str) -> bool:
    """Whether this Accept header ranks JSON above HTML; an empty one does not."""
    ranges = [_parse_range(part) for part in accept.split(",")]
    return _rank(JSON, ranges) > _rank(HTML, ranges)


def _parse_range(part: str) -> tuple[str, float]:
    """A media range and its quality, 0 to 1; an invalid quality counts as 0."""
    media, *parameters = (piece.strip().lower() for piece in part.split(";"))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            return media, _parse_quality(value.strip())
    return media, 1.0


def _parse_quality(text: str) -> float:
    try:
        quality = float(text)
    except ValueError:
        return 0.0
    return quality if 0.0 <= quality <= 1.0 else 0.0


def _rank(media: str, ranges: list[tuple[str, float]]) -> tuple[float, int]:
    """Quality and specificity of the most specific range that covers the type, else zeros."""
    family = media.partition("/")[0]
    for specificity, name in ((3, media), (2, f"{family}/*"), (1, "*/*")):
        qualities = [quality for range_, quality in ranges if range_ == name]
        if qualities:
            best = max(qualities)
            return best, specificity if best else 0
    return 0.0, 0
