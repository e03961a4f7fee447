"""Which of several bookmarks of a film is the newest, whatever was written where.

A client gives each write a version: its clock in milliseconds, or one more than the newest version
that it has seen, whichever is greater (a hybrid logical clock). So a version is greater than all
that its client had seen, also where that client's clock is behind. Of two equal versions the
greater session wins. The pair (version, session) orders all writes.

Between Regions DynamoDB keeps the item that was written last, by the Regions' clocks:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
That is not this order: a write that a dying Region executes late would replace a newer one of
another Region. So each Region writes an item of its own, and no other's:

* In one Region a write is conditional, and an older one changes nothing.
* Between Regions nothing conflicts, since each item has one writer.
* A reader takes the newest of all Regions' items. Once all are replicated, that is the newest that
  was ever written.

The workshop's own item, one for all Regions, counts as one more. Items are read with tolerance:
what has no valid bookmark is none.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from app.services.bookmarks.keys import film_of_sort_key, regional_sort_key, table_key
from app.services.bookmarks.values import format_fraction
from app.table import Attributes, read_text

SEEN_FRACTION = 0.95
"""A film that is seen further is not watched any more."""
KEPT_FOR_S = 90 * 24 * 60 * 60
"""DynamoDB deletes a bookmark this long after its last write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bookmark:
    """How far a viewer has watched a film."""

    film: str
    fraction: float
    """Of the film, 0 to 1."""
    version: int
    session: str
    written_in: str
    """Region; empty if unknown."""

    @property
    def order(self) -> tuple[int, str]:
        """Greater is newer."""
        return self.version, self.session


NOT_OLDER = (
    "attribute_not_exists(#version) OR #version < :version"
    " OR (#version = :version AND #session <= :session)"
)
"""Condition of a write. The same write passes again, so that it may be repeated."""
NOT_OLDER_NAMES = {"#version": "version", "#session": "session"}


def not_older_values(bookmark: Bookmark) -> Attributes:
    """The values of NOT_OLDER."""
    return {":version": {"N": str(bookmark.version)}, ":session": {"S": bookmark.session}}


def make_item(viewer: str, bookmark: Bookmark, now: float) -> Attributes:
    """The Region's item with this bookmark; `now`: seconds since 1970."""
    return {
        **table_key(viewer, regional_sort_key(bookmark.film, bookmark.written_in)),
        "bookmark": {"S": format_fraction(bookmark.fraction)},
        "version": {"N": str(bookmark.version)},
        "session": {"S": bookmark.session},
        "region": {"S": bookmark.written_in},
        "expires_at": {"N": expiry_of(now)},
    }


def expiry_of(now: float) -> str:
    """Epoch seconds at which a bookmark that is written now expires."""
    return str(int(now) + KEPT_FOR_S)


def parse_bookmark(item: Attributes) -> Bookmark | None:
    """The bookmark in an item; None if it has no valid one."""
    film, fraction = film_of_sort_key(read_text(item, "SK") or ""), _number(item, "bookmark")
    if not film or not 0 <= fraction <= 1:
        return None
    version = _number(item, "version")
    return Bookmark(
        film=film,
        fraction=fraction,
        version=int(version) if math.isfinite(version) else 0,
        session=read_text(item, "session") or "",
        written_in=read_text(item, "region") or "",
    )


def newest_bookmarks(items: Iterable[Attributes]) -> dict[str, Bookmark]:
    """The newest bookmark of each film."""
    newest: dict[str, Bookmark] = {}
    for item in items:
        found = parse_bookmark(item)
        if found and (found.film not in newest or found.order > newest[found.film].order):
            newest[found.film] = found
    return newest


def films_to_continue(items: Iterable[Attributes]) -> list[Bookmark]:
    """Bookmarks of the films that are not seen to the end, the newest first."""
    watching = [
        bookmark
        for bookmark in newest_bookmarks(items).values()
        if bookmark.fraction <= SEEN_FRACTION
    ]
    return sorted(watching, key=lambda bookmark: bookmark.order, reverse=True)


def _number(item: Attributes, name: str) -> float:
    """A number, also one that was stored as text; NaN if it is none."""
    try:
        return float(read_text(item, name, "N") or read_text(item, name) or "")
    except ValueError:
        return math.nan
