"""The items of a new table: a bookmark to play with, and twelve films.

The films are drawn by the page from their two colours, so that nobody else has a right in them.
"""

from collections.abc import Mapping
from typing import Any

from app.services.bookmarks.keys import LIBRARY, table_key

FILMS = (
    ("01", "The Last Ferry", 312, "#0b3954", "#f2a65a"),
    ("02", "Paper Weather", 184, "#5f0f40", "#fb8b24"),
    ("03", "A Lighthouse Keeps Time", 420, "#14213d", "#fca311"),
    ("04", "The Long Meadow", 96, "#2d6a4f", "#d8f3dc"),
    ("05", "Two Clocks", 60, "#3d348b", "#f7b801"),
    ("06", "The Quiet Switchboard", 248, "#33415c", "#9fd3c7"),
    ("07", "Salt on the Wind", 540, "#005f73", "#e9d8a6"),
    ("08", "Night Train North", 366, "#22223b", "#c9ada7"),
    ("09", "Orchard in Winter", 128, "#386641", "#f2e8cf"),
    ("10", "The Map Without Roads", 600, "#6a040f", "#ffba08"),
    ("11", "Copper and Rain", 210, "#7f4f24", "#b6ccfe"),
    ("12", "Signal Hill", 156, "#4a4e69", "#f4978e"),
)
"""Id, title, length in seconds, two colours."""


def _film_item(film: str, title: str, seconds: int, *colours: str) -> Mapping[str, Any]:
    return {
        **table_key(LIBRARY, film),
        "title": {"S": title},
        "seconds": {"N": str(seconds)},
        "colours": {"L": [{"S": colour} for colour in colours]},
    }


SAMPLE_ITEMS: tuple[Mapping[str, Any], ...] = (
    {**table_key("user100", "AshlandValley"), "Bookmark": {"N": "0"}},
    *(_film_item(*film) for film in FILMS),
)
"""In DynamoDB's JSON."""

SAMPLE_KEYS = tuple(table_key(item["PK"]["S"], item["SK"]["S"]) for item in SAMPLE_ITEMS)
