"""The routes of the films and the player: an absolute bookmark, in an order that clients give.

A write that is older than what the Region has is answered with 409 and what the Region has: nothing
was written, and nothing is wrong with the Region. A repeated write is answered as the first was.
"""

import math

from app.errors import ConditionFailed
from app.http.messages import Page, Request
from app.ids import check_item_id
from app.service import Segments, ServiceContext
from app.services.bookmarks.answers import AnswerMaker
from app.services.bookmarks.keys import (
    AFTER_SEPARATOR,
    LIBRARY,
    check_film,
    check_not_library,
)
from app.services.bookmarks.ordering import (
    NOT_OLDER,
    NOT_OLDER_NAMES,
    Bookmark,
    films_to_continue,
    make_item,
    newest_bookmarks,
    not_older_values,
    parse_bookmark,
)
from app.services.bookmarks.paging import MAX_LIMIT
from app.services.bookmarks.values import parse_bookmark_write
from app.table import Attributes, read_text

NO_COLOURS = ("#444444", "#bbbbbb")


class PlayerRoutes:
    """Answers the requests of the films and the player."""

    def __init__(self, context: ServiceContext) -> None:
        self._table = context.table
        self._region = context.region
        self._clock = context.clock
        self._answers = AnswerMaker(region=context.region, clock=context.clock)

    def list_films(self, _request: Request, _segments: Segments) -> Page:
        timer = self._answers.start()
        page = self._table.query("PK = :pk", values={":pk": {"S": LIBRARY}}, limit=MAX_LIMIT)
        return self._answers.page({"films": [parse_film(item) for item in page.items]}, timer)

    def list_watching(self, _request: Request, segments: Segments) -> Page:
        """The films to continue."""
        viewer = check_item_id(segments["viewer"], "viewer")
        timer = self._answers.start()
        items = self._table.query_all("PK = :pk", values={":pk": {"S": viewer}})
        watching = [
            {"film": bookmark.film, **_show_bookmark(bookmark)}
            for bookmark in films_to_continue(items)[:MAX_LIMIT]
        ]
        return self._answers.page({"viewer": viewer, "watching": watching}, timer)

    def read_bookmark(self, _request: Request, segments: Segments) -> Page:
        viewer, film = _viewer_and_film(segments)
        timer = self._answers.start()
        items = self._table.query_all(
            "PK = :pk AND SK BETWEEN :first AND :last",
            values={
                ":pk": {"S": viewer},
                ":first": {"S": film},
                ":last": {"S": f"{film}{AFTER_SEPARATOR}"},
            },
        )
        bookmark = newest_bookmarks(items).get(film)
        return self._answers.page(_show(viewer, film, bookmark), timer)

    def write_bookmark(self, request: Request, segments: Segments) -> Page:
        viewer, film = _viewer_and_film(segments)
        check_not_library(viewer)
        now = self._clock.now()
        write = parse_bookmark_write(request.body, int(now * 1000))
        bookmark = Bookmark(
            film=film,
            fraction=write.fraction,
            version=write.version,
            session=write.session,
            written_in=self._region,
        )
        timer = self._answers.start()
        try:
            self._table.put(
                make_item(viewer, bookmark, now),
                condition=NOT_OLDER,
                names=NOT_OLDER_NAMES,
                values=not_older_values(bookmark),
                repeat=True,
            )
        except ConditionFailed as exc:
            stored = parse_bookmark(exc.item or {})
            text = "a newer bookmark is stored; nothing was written"
            return self._answers.error(409, text, _show(viewer, film, stored), timer)
        return self._answers.page(_show(viewer, film, bookmark), timer)


def parse_film(item: Attributes) -> dict[str, object]:
    """A film of the library; what the item does not have has a default."""
    colours = [colour.get("S") for colour in item.get("colours", {}).get("L", [])]
    return {
        "id": item["SK"]["S"],
        "title": read_text(item, "title") or item["SK"]["S"],
        "seconds": _parse_seconds(read_text(item, "seconds", "N") or ""),
        "colours": colours if len(colours) == 2 and all(colours) else list(NO_COLOURS),
    }


def _parse_seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        return 0
    if not math.isfinite(seconds):
        return 0
    return int(seconds) if seconds.is_integer() else seconds


def _viewer_and_film(segments: Segments) -> tuple[str, str]:
    return check_item_id(segments["viewer"], "viewer"), check_film(segments["film"])


def _show(viewer: str, film: str, bookmark: Bookmark | None) -> dict[str, object]:
    return {"viewer": viewer, "film": film, **_show_bookmark(bookmark)}


def _show_bookmark(bookmark: Bookmark | None) -> dict[str, object]:
    if bookmark is None:
        return {"bookmark": None, "version": 0, "session": None, "writtenIn": None}
    return {
        "bookmark": bookmark.fraction,
        "version": bookmark.version,
        "session": bookmark.session or None,
        "writtenIn": bookmark.written_in or None,
    }
