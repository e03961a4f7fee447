"""The whole function with bookmarks, and short requests to it."""

import json
from typing import Any

from app.services.bookmarks.sample import SAMPLE_ITEMS
from tests.unit.app.fakes import FunctionWorld

VERSION = 1_700_000_000_000


class BookmarksFunction(FunctionWorld):
    """The function with `bookmarks`, whose table has the sample items."""

    def __init__(self, *, scan: str = "on") -> None:
        super().__init__(services=("items", "bookmarks"), settings={"bookmarks": {"SCAN": scan}})
        for item in SAMPLE_ITEMS:
            self.dynamo.store("bookmarks", item)

    def call(self, method: str, path: str, **more: object) -> tuple[int, Any]:
        """Status and JSON of an answer below /bookmarks, which nobody may keep."""
        answer = self.ask(method, f"/bookmarks{path}", **more)
        assert answer["headers"]["Content-Type"] == "application/json"
        assert answer["headers"]["Cache-Control"] == "no-store"
        assert answer["headers"]["Access-Control-Allow-Origin"] == "*"
        data = json.loads(answer["body"])
        assert data["region"] == self.region
        return answer["statusCode"], data

    def write(self, path: str, **body: object) -> tuple[int, Any]:
        """PUT a bookmark."""
        whole = {"bookmark": 0.5, "version": VERSION, "session": "s1", **body}
        return self.call("PUT", f"/viewers/{path}", body=json.dumps(whole))
