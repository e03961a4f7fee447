"""Requests, pages and responses, independent of the service that invoked the function.

events/ translates each service's events into a Request, and a Response into its answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """An HTTP request."""

    method: str
    """Upper case."""
    path: str
    """As the client sent it, still percent-encoded; begins with a slash."""
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes
    query: Mapping[str, str] = field(default_factory=dict)
    """Parameters of the query, decoded; of several with one name the last."""
    client: str = ""
    """The client's address, as the service in front of the function saw it; empty if unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A route's answer in both formats, HTML and JSON."""

    status: int
    html: str | None
    """None: JSON for every client."""
    data: Mapping[str, object]
    """Content of the JSON format."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """In addition to the headers of every response."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An HTTP response in its final format. A route may answer with one, such as for a file."""

    status: int
    headers: Mapping[str, str]
    """From a route: in addition to, or instead of, the headers of every response."""
    body: str
