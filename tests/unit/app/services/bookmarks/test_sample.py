"""The items of a new table."""

import re

from app.ids import check_item_id
from app.services.bookmarks.keys import check_film
from app.services.bookmarks.sample import FILMS, SAMPLE_ITEMS


def test_there_are_twelve_films_and_a_bookmark_to_play_with() -> None:
    keys = [(item["PK"]["S"], item["SK"]["S"]) for item in SAMPLE_ITEMS]

    assert keys[0] == ("user100", "AshlandValley")
    assert SAMPLE_ITEMS[0]["Bookmark"] == {"N": "0"}
    assert keys[1:] == [("library", f"{number:02}") for number in range(1, 13)]
    assert all(check_item_id(partition) and check_film(sort) for partition, sort in keys)


def test_each_film_has_a_title_a_length_and_two_colours() -> None:
    assert len({title for _, title, *_ in FILMS}) == 12
    for item in SAMPLE_ITEMS[1:]:
        colours = [colour["S"] for colour in item["colours"]["L"]]
        assert len(colours) == 2
        assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in colours)
        assert 60 <= int(item["seconds"]["N"]) <= 600
