"""Pages that all services have in common, and the choice between HTML and JSON.

The client's Accept header decides between HTML and JSON. A type has the quality of the most
specific media range that covers it (RFC 9110, 12.5.1). Of equal qualities the more specific range
wins, so `application/json, */*` means JSON; a tie means HTML. A client that accepts neither gets
HTML rather than an error.
"""

from dataclasses import replace
from functools import lru_cache
from html import escape
from http import HTTPStatus

from app.errors import RequestRefused
from app.http.messages import Page


def health_page(status: int, reason: str, region: str) -> Page:
    """GET /health. Only the JSON has the reason."""
    return Page(
        status=status,
        html=format_headline(f"health: {status} {region} "),
        data={"health": status, "region": region, "reason": reason},
    )


def refused_page(exc: RequestRefused, region: str) -> Page:
    """Answer to a request that is refused, with the error's message."""
    return replace(error_page(exc.status, str(exc), region), headers=exc.headers)


def error_page(status: int, message: str, region: str, request_id: str = "") -> Page:
    """Answer to a request that failed; `message` is escaped here."""
    title = f"{status} {HTTPStatus(status).phrase}"
    data = {"error": message, "status": status, "region": region}
    text = f"<h1>{title}</h1><p>{escape(message)}</p><p>Answered from {region}"
    if request_id:
        data["request_id"] = request_id
        text += f", request {escape(request_id)}"
    return Page(status=status, html=f"<html><body>{text}</p></body></html>", data=data)


def format_headline(html: str) -> str:
    """A page of one headline; `html` has its text escaped."""
    return f"<html><body><h1>{html}</h1></body></html>"


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
