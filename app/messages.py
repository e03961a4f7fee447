"""Requests and answers as the routes see them, whatever front door they came through.

An adapter (alb.py) turns an event into a Request and a Response into what that front door wants.
Nothing here knows an event's shape.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request."""

    method: str
    """Upper case."""
    path: str
    """As the client sent it, still percent-encoded; begins with a slash."""
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a route has to say, in both forms that a client can ask for."""

    status: int
    html: str
    data: Mapping[str, object]
    """The JSON form."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Beyond those that every answer carries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One HTTP answer, in the form that the client prefers."""

    status: int
    headers: Mapping[str, str]
    body: str
