"""What a service of the function is: a name, its routes, and what it gets to work with.

A service is a folder of app/services/ whose module `service` has `make_service`. Nothing else in
app/ knows it: app/registry.py finds it by its name in the function's environment.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.clock import Clock
from app.http.messages import Page, Request, Response
from app.table import Attributes, Table

Segments = Mapping[str, str]
"""The decoded segments of a path, by their names in its template."""
Answer = Callable[[Request, Segments], Page | Response]
"""Answers a request; may raise RequestRefused and TableUnavailable, which become answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Which function answers which method and path."""

    method: str
    """HEAD is answered by the route for GET, and OPTIONS by the router."""
    template: str
    """A path such as `/kv/{key}`; `{key}` is one segment. The first segment has no name."""
    answer: Answer
    html: bool = False
    """Whether an error on this path is HTML for a client that prefers HTML; else it is JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service of the function, with a table of its own."""

    name: str
    routes: tuple[Route, ...]
    probe_key: Attributes
    """A key of its table that the health check reads; the item need not exist."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceContext:
    """What a service gets."""

    region: str
    table: Table
    """Its own."""
    clock: Clock
    settings: Mapping[str, str]
    """The variables of the environment that begin with the service's name, without it."""
    new_id: Callable[[], str]
    """An id that nothing has had before."""


MakeService = Callable[[ServiceContext], Service]
"""`make_service` of a service's module. Raises EnvironmentInvalid for a wrong setting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteContext:
    """What the pages get."""

    region: str
    endpoints: Mapping[str, object]
    """The stack's front doors and Regions, as GET /endpoints answers them."""
    services: tuple[str, ...]
    """Names of the services of this function."""
