"""Finds the route of a request by the templates of all services' paths.

A template without names has precedence over one with names; of two with names, the one that has
its first name later. Segments are percent-decoded after the path is split, so an encoded slash is
part of its segment. (An HTTP API of API Gateway decodes it before: app/events/http_api.py.)
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from app.errors import BadRequest, MethodNotAllowed, NotFound, RoutesInvalid
from app.http.cors import preflight_response
from app.http.messages import Page, Request, Response
from app.service import Route

MAX_SHOWN_PATH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class PathEntry:
    """The routes of one template."""

    segments: tuple[str, ...]
    names: tuple[str | None, ...]
    """The name of each segment; None for one that must be as it is."""
    routes: dict[str, Route] = field(default_factory=dict)
    """By method."""

    def matches(self, segments: list[str]) -> bool:
        return all(
            name is not None or wanted == given
            for name, wanted, given in zip(self.names, self.segments, segments, strict=True)
        )

    def decode(self, segments: list[str]) -> dict[str, str]:
        """The named segments. Raises BadRequest."""
        return {
            name: decode_segment(name, given)
            for name, given in zip(self.names, segments, strict=True)
            if name is not None
        }


class Router:
    """All routes of the function."""

    def __init__(self, routes: Iterable[Route]) -> None:
        """Raises RoutesInvalid if two routes are for the same requests."""
        self._exact: dict[str, PathEntry] = {}
        self._named: dict[tuple[str, int], list[PathEntry]] = {}
        self._html_roots: set[str] = set()
        self._json_roots: set[str] = set()
        for route in routes:
            self._add(route)
        for entries in self._named.values():
            entries.sort(key=lambda entry: [name is not None for name in entry.names])

    def answer(self, request: Request) -> Page | Response:
        """Let the request's route answer. Raises RequestRefused, TableUnavailable.

        HEAD is answered by the GET route, with a body: the load balancer drops it and sends its
        length, as for GET (RFC 9110, 9.3.2).
        """
        entry, segments = self._find(request.path)
        if request.method == "OPTIONS":
            return preflight_response(_format_methods(entry.routes) if entry else "")
        if entry is None:
            raise NotFound(f"no such path: {_shorten_path(request.path)}")
        route = entry.routes.get("GET" if request.method == "HEAD" else request.method)
        if route is None:
            raise MethodNotAllowed(
                request.method, _shorten_path(request.path), _format_methods(entry.routes)
            )
        return route.answer(request, entry.decode(segments))

    def errors_have_html(self, path: str) -> bool:
        """Whether an error on this path may be HTML: not below a service that speaks JSON only."""
        root = _split_path(path)[0]
        return root in self._html_roots or root not in self._json_roots

    def _add(self, route: Route) -> None:
        segments = _split_path(route.template)
        names = tuple(_parse_name(segment) for segment in segments)
        if names[0] is not None:
            raise RoutesInvalid(f"{route.template}: the first segment must have no name")
        entry = next(
            (known for known in self._entries() if _shape(known.segments) == _shape(segments)), None
        )
        if entry is None:
            entry = PathEntry(segments=tuple(segments), names=names)
            if any(names):
                self._named.setdefault((segments[0], len(segments)), []).append(entry)
            else:
                self._exact[route.template] = entry
        if route.method in entry.routes:
            raise RoutesInvalid(f"two routes are for {route.method} {route.template}")
        if entry.names != names:
            raise RoutesInvalid(f"{route.template}: another route has other names for it")
        entry.routes[route.method] = route
        (self._html_roots if route.html else self._json_roots).add(segments[0])

    def _entries(self) -> Iterator[PathEntry]:
        yield from self._exact.values()
        for entries in self._named.values():
            yield from entries

    def _find(self, path: str) -> tuple[PathEntry | None, list[str]]:
        if exact := self._exact.get(path):
            return exact, list(exact.segments)
        segments = _split_path(path)
        for entry in self._named.get((segments[0], len(segments)), ()):
            if entry.matches(segments):
                return entry, segments
        return None, segments


def decode_segment(name: str, segment: str) -> str:
    """A segment of a path, percent-decoded. Raises BadRequest, which names it."""
    try:
        return unquote(segment, errors="strict")
    except UnicodeDecodeError:
        raise BadRequest(f"the {name} is not UTF-8 once percent-decoded") from None


def _split_path(path: str) -> list[str]:
    return path[1:].split("/")


def _parse_name(segment: str) -> str | None:
    """`key` of `{key}`."""
    return segment[1:-1] if segment.startswith("{") and segment.endswith("}") else None


def _shape(segments: Iterable[str]) -> list[str]:
    """The segments without their names: templates of the same shape are for the same paths."""
    return ["{}" if _parse_name(segment) is not None else segment for segment in segments]


def _shorten_path(path: str) -> str:
    """A path for a message: shortened, and without unprintable characters."""
    kept = "".join(character for character in path[:MAX_SHOWN_PATH] if character.isprintable())
    return kept if len(path) <= MAX_SHOWN_PATH else f"{kept}..."


def _format_methods(routes: Mapping[str, Route]) -> str:
    return ", ".join([*routes, *(["HEAD"] if "GET" in routes else [])])
