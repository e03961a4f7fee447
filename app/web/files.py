"""The files that pages are made of: which there are, their types, and how each is answered.

A file's URL is /web/NAME, whatever folder it is in, so names are unique. Only a name of the list is
ever opened. Files are read at their first request: an execution environment that only answers
health checks reads none.

A client that has a file asks again with its ETag and gets 304 (RFC 9110, 13.1.2 and 15.4.5).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from pathlib import Path

from app.errors import NotFound
from app.http.messages import Request, Response

CONTENT_TYPES: Mapping[str, str] = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
"""By suffix; other files are not served. The stack puts the same suffixes into the archive."""
PAGE_SUFFIX = ".html"

_POLICY: Mapping[str, str] = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "*",  # the endpoints of the other Regions, also those added by hand
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}


def _security_headers(policy: Mapping[str, str]) -> dict[str, str]:
    return {
        "Content-Security-Policy": "; ".join(
            f"{name} {sources}" for name, sources in policy.items()
        ),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Permissions-Policy": "geolocation=(self), camera=(), microphone=()",
    }


SECURITY_HEADERS = _security_headers(_POLICY)
FORM_PAGE_HEADERS = _security_headers({**_POLICY, "form-action": "'self'"})
"""For a page that sends a form to the service itself."""
FILE_CACHING = "public, max-age=300"
PAGE_CACHING = "no-cache"
"""Kept, but asked for each time: a page names the Region that served it."""


@dataclass(frozen=True)
class WebFile:
    """A text that is served, and its type."""

    text: str
    content_type: str

    @cached_property
    def etag(self) -> str:
        """A strong validator: equal for equal bytes in every Region."""
        return f'"{hashlib.sha256(self.text.encode()).hexdigest()[:20]}"'


class WebFolder:
    """The files below a folder, by name."""

    def __init__(self, folder: Path) -> None:
        self._paths = find_web_files(folder)
        self._read: dict[str, WebFile] = {}

    def has(self, name: str) -> bool:
        return name in self._paths

    def file(self, name: str) -> WebFile:
        """Raises NotFound, also for the name of a page: those have a path of their own."""
        if name.endswith(PAGE_SUFFIX):
            raise NotFound("no such file below /web/")
        return self.page(name)

    def page(self, name: str) -> WebFile:
        """The file, a page's too. Raises NotFound."""
        if name not in self._paths:
            raise NotFound("no such file below /web/")
        if name not in self._read:
            path = self._paths[name]
            self._read[name] = WebFile(
                text=path.read_text(encoding="utf-8"), content_type=CONTENT_TYPES[path.suffix]
            )
        return self._read[name]


def find_web_files(folder: Path) -> dict[str, Path]:
    """The served files below a folder, by name. Of two with one name the later folder's counts."""
    return {path.name: path for path in sorted(folder.rglob("*")) if path.suffix in CONTENT_TYPES}


def file_response(
    file: WebFile, request: Request, *, caching: str, status: int = HTTPStatus.OK
) -> Response:
    """The file, or 304 for a client that has it."""
    headers = {"ETag": file.etag, "Cache-Control": caching, **SECURITY_HEADERS}
    if status == HTTPStatus.OK and has_current_copy(request, file.etag):
        return Response(status=HTTPStatus.NOT_MODIFIED, headers=headers, body="")
    return Response(
        status=status, headers={"Content-Type": file.content_type, **headers}, body=file.text
    )


def has_current_copy(request: Request, etag: str) -> bool:
    """Whether If-None-Match names this ETag; weak comparison, as the header asks for."""
    tags = [tag.strip() for tag in request.headers.get("if-none-match", "").split(",")]
    return "*" in tags or etag in (tag.removeprefix("W/") for tag in tags)
