"""Which route of a stage, or which method of a REST API's resource, a request gets.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html#http-api-develop-routes.evaluation

In this order: a route whose whole path matches; one with a greedy variable, which takes at least
one more segment; `$default`. Of several that match, a fixed segment is better than a variable one,
from the left, a longer path before a greedy variable better than a shorter one, and a method better
than ANY. A REST API chooses its resource first, and then a method of that resource only.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from twin.topology.apigateway import Route

DEFAULT_ROUTE = "$default"
ANY = "ANY"

Segments = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteMatch:
    """A route, and what its path variables stand for, as sent."""

    route: Route
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _PathPattern:
    """The routes of one path with variables."""

    segments: Segments
    greedy: str
    """Name of the greedy variable at the end; empty without one."""
    methods: dict[str, Route]

    @property
    def rank(self) -> tuple[bool, tuple[int, ...]]:
        """The best pattern has the lowest rank: fixed segments 0, variables 1, greedy ones 2."""
        ranks = tuple(int(_is_variable(segment)) for segment in self.segments)
        return bool(self.greedy), (*ranks, 2) if self.greedy else ranks

    def match(self, path: Segments) -> dict[str, str] | None:
        """The variables; None if the path does not match."""
        size = len(self.segments)
        if len(path) <= size if self.greedy else len(path) != size:
            return None
        variables: dict[str, str] = {}
        for wanted, found in zip(self.segments, path, strict=False):
            if _is_variable(wanted):
                if not found:
                    return None
                variables[wanted[1:-1]] = found
            elif wanted != found:
                return None
        if self.greedy:
            rest = "/".join(path[size:])
            if not rest:
                return None
            variables[self.greedy] = rest
        return variables


class RouteTable:
    """The routes of one stage, prepared for requests."""

    def __init__(self, routes: Iterable[Route], *, is_rest: bool) -> None:
        self._is_rest = is_rest
        self._default: Route | None = None
        self._fixed: dict[Segments, dict[str, Route]] = {}
        patterns: dict[tuple[Segments, str], _PathPattern] = {}
        for route in routes:
            if route.path == DEFAULT_ROUTE:
                self._default = route
                continue
            segments, greedy = _parse_pattern(route.path)
            if greedy or any(map(_is_variable, segments)):
                pattern = patterns.setdefault(
                    (segments, greedy), _PathPattern(segments=segments, greedy=greedy, methods={})
                )
                pattern.methods[route.method] = route
            else:
                self._fixed.setdefault(segments, {})[route.method] = route
        self._patterns = sorted(patterns.values(), key=lambda pattern: pattern.rank)

    def find(self, method: str, path: str) -> RouteMatch | None:
        """The route for a method and a path that begins with a slash; None without one."""
        if self._is_rest and path != "/":
            path = path.rstrip("/")
        segments = tuple(path.split("/")[1:])
        if (methods := self._fixed.get(segments)) is not None:
            route = methods.get(method) or methods.get(ANY)
            if route is not None:
                return RouteMatch(route=route)
            if self._is_rest:
                return None
        for pattern in self._patterns:
            route = pattern.methods.get(method) or pattern.methods.get(ANY)
            if route is None and not self._is_rest:
                continue
            variables = pattern.match(segments)
            if variables is not None:
                return None if route is None else RouteMatch(route=route, variables=variables)
        return None if self._default is None else RouteMatch(route=self._default)


def route_key(method: str, path: str) -> str:
    """`GET /a/{b}`, or `$default`; empty without a path."""
    return path if path in ("", DEFAULT_ROUTE) else f"{method} {path}"


def _is_variable(segment: str) -> bool:
    return segment.startswith("{") and segment.endswith("}")


def _parse_pattern(path: str) -> tuple[Segments, str]:
    """Segments, and the name of a greedy variable at the end."""
    segments = tuple(path.split("/")[1:])
    last = segments[-1] if segments else ""
    if _is_variable(last) and last.endswith("+}"):
        return segments[:-1], last[1:-2]
    return segments, ""
