"""Settings and routes of bookmarks."""

import pytest

from app.errors import EnvironmentInvalid
from app.services.bookmarks.service import read_scan
from tests.unit.app.services.bookmarks.function import BookmarksFunction


@pytest.mark.parametrize(
    ("settings", "on"), [({}, False), ({"SCAN": "on"}, True), ({"SCAN": "off"}, False)]
)
def test_the_scan_is_off_unless_it_is_configured(settings: dict[str, str], *, on: bool) -> None:
    assert read_scan(settings) is on


def test_a_wrong_setting_stops_the_start() -> None:
    with pytest.raises(EnvironmentInvalid, match="BOOKMARKS_SCAN is 'yes'; on or off"):
        read_scan({"SCAN": "yes"})


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/update/a/b/1", 405),
        ("DELETE", "/viewers/a/b", 405),
        ("GET", "/add/a/b", 405),
        ("GET", "/nowhere", 404),
        ("GET", "/get/a", 404),
        ("GET", "/update/a/b/c/d/e", 404),
    ],
)
def test_what_is_no_route_is_refused_in_json(method: str, path: str, status: int) -> None:
    assert BookmarksFunction().call(method, path)[0] == status
