"""The routes of AWS's workshop about global tables, with its JSON.

Items have DynamoDB's types, and `Latency` is the whole milliseconds of the table's call. Other than
in the workshop, an error has its status, a page of items has an end, and `library` can't be
changed.

GET routes that write are kept for the workshop's sake; HEAD on them only reads. An add is executed
at most once: after an unclear failure nobody knows whether it was, so nothing here repeats it. In
two Regions at about the same time one of two adds is lost, since DynamoDB keeps the item that was
written last; that is the workshop's exercise. What loses nothing is in player.py.
"""

from collections.abc import Callable

from app.errors import ConditionFailed, Forbidden, NotFound
from app.http.messages import Page, Request
from app.ids import check_item_id
from app.service import Segments, ServiceContext
from app.services.bookmarks.answers import AnswerMaker
from app.services.bookmarks.keys import check_not_library, table_key
from app.services.bookmarks.ordering import expiry_of
from app.services.bookmarks.paging import make_token, read_limit, read_start
from app.services.bookmarks.sample import SAMPLE_KEYS
from app.services.bookmarks.values import (
    check_thumb,
    format_fraction,
    fraction_from_path,
    parse_step,
    step_from_path,
)
from app.table import Attributes, ItemPage

ADD = "SET #bookmark = #bookmark + :step, #region = :region"
HAS_NUMBER = "attribute_type(#bookmark, :number)"
SET = "SET #bookmark = :bookmark, #thumb = :thumb, #version = :version, #region = :region"
SET_WITH_EXPIRY = f"{SET}, #expires_at = :expires_at"


class WorkshopRoutes:
    """Answers the workshop's requests."""

    def __init__(self, context: ServiceContext, *, scan: bool) -> None:
        """`scan`: whether everybody may read the whole table."""
        self._table = context.table
        self._region = context.region
        self._clock = context.clock
        self._answers = AnswerMaker(region=context.region, clock=context.clock)
        self._scan = scan

    def ping(self, _request: Request, _segments: Segments) -> Page:
        """Without a call of the table."""
        return self._answers.page({"ping": "ok"})

    def scan(self, request: Request, _segments: Segments) -> Page:
        if not self._scan:
            raise Forbidden("scan is off; configuration: muster:bookmarks_scan")
        limit, start = read_limit(request.query), read_start(request.query)
        return self._items(lambda: self._table.scan(start=start, limit=limit))

    def query(self, request: Request, segments: Segments) -> Page:
        partition = check_item_id(segments["pk"], "PK")
        limit, start = read_limit(request.query), read_start(request.query, partition)
        values = {":pk": {"S": partition}}
        return self._items(
            lambda: self._table.query("PK = :pk", values=values, start=start, limit=limit)
        )

    def get(self, _request: Request, segments: Segments) -> Page:
        key = _key(segments)
        timer = self._answers.start()
        item = self._table.get(key)
        data: dict[str, object] = {"Item": item}
        if item is None:
            return self._answers.error(404, "no such item", data, timer)
        return self._answers.page(data, timer)

    def add(self, request: Request, segments: Segments) -> Page:
        """POST: the number to add is in the body."""
        return self._add(segments, parse_step(request.body))

    def add_by_get(self, request: Request, segments: Segments) -> Page:
        if request.method == "HEAD":
            return self.get(request, segments)
        return self._add(segments, step_from_path(segments["val"]))

    def set_by_get(self, request: Request, segments: Segments) -> Page:
        """Set the bookmark in the item that all Regions share; make the item if there is none.

        Viewers' items expire; the sample items, which everybody's next exercise needs, do not.
        """
        if request.method == "HEAD":
            return self.get(request, segments)
        key = _key_to_write(segments)
        fraction, thumb = fraction_from_path(segments["val"]), check_thumb(segments["thumb"])
        now = self._clock.now()
        names = {
            "#bookmark": "bookmark",
            "#thumb": "thumb",
            "#version": "version",
            "#region": "region",
        }
        values = {
            ":bookmark": {"S": format_fraction(fraction)},
            ":thumb": {"S": thumb},
            ":version": {"N": str(int(now * 1000))},
            ":region": {"S": self._region},
        }
        expires = key not in SAMPLE_KEYS
        if expires:
            names["#expires_at"] = "expires_at"
            values[":expires_at"] = {"N": expiry_of(now)}
        timer = self._answers.start()
        changed = self._table.update(
            key,
            SET_WITH_EXPIRY if expires else SET,
            names=names,
            values=values,
            repeat=True,
        )
        shown = {name: changed[name] for name in ("bookmark", "thumb")}
        return self._answers.page(_changed(shown, segments), timer)

    def _add(self, segments: Segments, step: str) -> Page:
        key = _key_to_write(segments)
        timer = self._answers.start()
        try:
            changed = self._table.update(
                key,
                ADD,
                names={"#bookmark": "Bookmark", "#region": "region"},
                values={
                    ":step": {"N": step},
                    ":number": {"S": "N"},
                    ":region": {"S": self._region},
                },
                condition=HAS_NUMBER,
            )
        except ConditionFailed:
            raise NotFound("no such item with a number 'Bookmark' to add to") from None
        return self._answers.page(_changed({"Bookmark": changed["Bookmark"]}, segments), timer)

    def _items(self, read: Callable[[], ItemPage]) -> Page:
        timer = self._answers.start()
        page = read()
        data: dict[str, object] = {"Items": page.items}
        if page.next_key:
            data["LastEvaluatedKey"] = make_token(page.next_key)
        return self._answers.page(data, timer)


def _key(segments: Segments) -> Attributes:
    return table_key(check_item_id(segments["pk"], "PK"), check_item_id(segments["sk"], "SK"))


def _key_to_write(segments: Segments) -> Attributes:
    check_not_library(segments["pk"])
    return _key(segments)


def _changed(attributes: Attributes, segments: Segments) -> dict[str, object]:
    return {"Attributes": attributes, "PK": segments["pk"], "SK": segments["sk"]}
