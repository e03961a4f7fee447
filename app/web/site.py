"""Which pages there are, which services each needs, and the header that all of them share.

A page is a whole HTML file, NAME.html, served at /NAME. It names its own files with relative URLs
(web/style.css), so that it also works below the stage of an API. site.py puts the header in place
of HEADER_MARK: the links of the pages that this stack serves, and the Region that answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from html import escape
from http import HTTPStatus
from pathlib import Path

from app.http.messages import Page, Request, Response
from app.service import Route, Segments, SiteContext
from app.web.files import (
    CONTENT_TYPES,
    FILE_CACHING,
    FORM_PAGE_HEADERS,
    PAGE_CACHING,
    PAGE_SUFFIX,
    WebFile,
    WebFolder,
    file_response,
)

HEADER_MARK = "<!-- header -->"
REGION_MARK = "<!-- region -->"
PAGES_MARK = "<!-- pages -->"
HOME = "home"


@dataclass(frozen=True, slots=True)
class SitePage:
    """A page: its path without the slash, its title, and the service that it uses."""

    name: str
    title: str
    needs: str
    about: str = ""
    """What the home page says of it."""
    in_header: bool = True


SITE_PAGES: tuple[SitePage, ...] = (
    SitePage(
        "map", "Map", needs="keyvalues", about="read and write a key in each Region, on a world map"
    ),
    SitePage(
        "workshop",
        "Workshop",
        needs="bookmarks",
        about="see replication, its lag and its conflicts",
    ),
    SitePage("films", "Films", needs="bookmarks", about="go on with a film in another Region"),
    SitePage("player", "Player", needs="bookmarks", in_header=False),
)


def make_routes(context: SiteContext) -> tuple[Route, ...]:
    """The routes of the pages, of their files, and of the list of endpoints."""
    return Site(context, Path(__file__).parent).routes()


class Site:
    """Answers the requests for pages and for their files."""

    def __init__(self, context: SiteContext, folder: Path) -> None:
        self._context = context
        self._files = WebFolder(folder)

    def routes(self) -> tuple[Route, ...]:
        """The home page, each page of SITE_PAGES whose file is there, files, and endpoints."""
        pages = (
            Route(
                method="GET",
                template=f"/{page.name}",
                answer=partial(self._answer_page, page),
                html=True,
            )
            for page in SITE_PAGES
            if self._files.has(page.name + PAGE_SUFFIX)
        )
        return (
            Route(method="GET", template="/", answer=self.answer_home, html=True),
            *pages,
            Route(method="GET", template="/web/{name}", answer=self.answer_file, html=True),
            Route(method="GET", template="/endpoints", answer=self.answer_endpoints),
        )

    def linked_pages(self) -> tuple[SitePage, ...]:
        """The pages of the header: those that are there and have their service."""
        return tuple(
            page
            for page in SITE_PAGES
            if page.in_header
            and page.needs in self._context.services
            and self._files.has(page.name + PAGE_SUFFIX)
        )

    def answer_home(self, _request: Request, _segments: Segments) -> Page:
        """GET /: the Region that answered, and links to try."""
        pages, region = self.linked_pages(), self._context.region
        html = (
            self._files.page(HOME + PAGE_SUFFIX)
            .text.replace(HEADER_MARK, format_header(pages, region, current=""))
            .replace(REGION_MARK, escape(region))
            .replace(PAGES_MARK, format_page_list(pages))
        )
        links = {"item": "/get/foobar", "health": "/health", "create": "/create"}
        links |= {page.name: f"/{page.name}" for page in pages}
        return Page(
            status=HTTPStatus.OK,
            html=html,
            data={"region": region, "links": links},
            headers=FORM_PAGE_HEADERS,
        )

    def answer_file(self, request: Request, segments: Segments) -> Response:
        """GET /web/NAME. Raises NotFound."""
        return file_response(self._files.file(segments["name"]), request, caching=FILE_CACHING)

    def answer_endpoints(self, _request: Request, _segments: Segments) -> Page:
        """GET /endpoints: where each Region answers, for pages in a browser."""
        context = self._context
        data = {
            "region": context.region,
            "regions": context.endpoints.get("regions", []),
            "shared": context.endpoints.get("shared", []),
            "services": list(context.services),
        }
        return Page(status=HTTPStatus.OK, html=None, data=data)

    def _answer_page(self, page: SitePage, request: Request, _segments: Segments) -> Response:
        """GET /NAME. Raises NotFound."""
        if page.needs not in self._context.services:
            return self._missing_service(request, page)
        file = self._files.page(page.name + PAGE_SUFFIX)
        return self._rendered(request, file.text, page)

    def _missing_service(self, request: Request, page: SitePage) -> Response:
        text = format_missing_service(page, self._context.services)
        return self._rendered(request, text, page, status=HTTPStatus.NOT_FOUND)

    def _rendered(
        self, request: Request, text: str, page: SitePage, *, status: int = HTTPStatus.OK
    ) -> Response:
        header = format_header(self.linked_pages(), self._context.region, current=page.name)
        file = WebFile(text.replace(HEADER_MARK, header), CONTENT_TYPES[PAGE_SUFFIX])
        return file_response(file, request, caching=PAGE_CACHING, status=status)


def format_header(pages: Sequence[SitePage], region: str, *, current: str) -> str:
    """The header of a page: a way past it, the pages, and the Region that answers."""
    links = "".join(_format_link(page, is_current=page.name == current) for page in pages)
    return (
        '<a class="skip" href="#main">Skip to the content</a>\n'
        '<header class="site"><a class="brand" href="./">Muster</a>'
        f'<nav aria-label="Pages">{links}</nav>'
        f'<p class="served">Served from <strong id="served-region">{escape(region)}</strong></p>'
        "</header>"
    )


def format_page_list(pages: Sequence[SitePage]) -> str:
    """The links of the home page; nothing without pages."""
    if not pages:
        return ""
    links = "\n".join(
        f'<li><a href="{page.name}">{escape(page.title)}</a>: {escape(page.about)}</li>'
        for page in pages
    )
    return (
        '<section class="panel stack" aria-labelledby="pages-heading">\n'
        f'<h2 id="pages-heading">Pages</h2>\n<ul>\n{links}\n</ul>\n</section>'
    )


def _format_link(page: SitePage, *, is_current: bool) -> str:
    marked = ' aria-current="page"' if is_current else ""
    return f'<a href="{page.name}"{marked}>{escape(page.title)}</a>'


def format_missing_service(page: SitePage, services: Sequence[str]) -> str:
    """What is shown instead of a page whose service the stack does not have."""
    has = ", ".join(services) or "none"
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(page.title)} - Muster</title>
<link rel="icon" href="web/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="web/style.css">
</head>
<body>
{HEADER_MARK}
<main id="main" tabindex="-1"><div class="panel stack">
<h1>{escape(page.title)}: not in this stack</h1>
<p>This page needs the service <code>{escape(page.needs)}</code>. This stack has: {escape(has)}.</p>
<p>Add it to <code>muster:services</code> and run <code>pulumi up</code>.</p>
</div></main>
</body>
</html>
"""
