"""The workshop page, as a person with a mouse uses it, and the bookmark that it shows."""

import re
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

from tests.e2e.both_doors.dns_system import DnsSystem
from tests.waiting import eventually

PATH = "/workshop"
MINUS = "\N{MINUS SIGN}"
REPLICATED_WITHIN_S = 20.0


@dataclass(frozen=True)
class Bookmark:
    """The number `Bookmark` of an item of the table."""

    system: DnsSystem
    viewer: str = "user100"
    film: str = "AshlandValley"

    @property
    def _table(self) -> str:
        name: str = self.system.outputs["services"]["bookmarks"]
        return name

    @property
    def _key(self) -> dict[str, dict[str, str]]:
        return {"PK": {"S": self.viewer}, "SK": {"S": self.film}}

    def set(self, region: str, number: int) -> None:
        """Write it in a Region, and wait until all have it."""
        client = self.system.checkout.client("dynamodb", region)
        item = {**self._key, "Bookmark": {"N": str(number)}}
        client.put_item(TableName=self._table, Item=item)
        self.wait_until(number)

    def read(self, region: str) -> int | None:
        """What a Region's replica has."""
        client = self.system.checkout.client("dynamodb", region)
        item = client.get_item(TableName=self._table, Key=self._key).get("Item", {})
        return int(item["Bookmark"]["N"]) if "Bookmark" in item else None

    def wait_until(self, number: int) -> None:
        """Wait until every Region's replica has this number."""
        regions = list(self.system.outputs["regions"])
        eventually(
            lambda: [self.read(region) for region in regions] == [number] * len(regions),
            REPLICATED_WITHIN_S,
        )


@dataclass(frozen=True)
class WorkshopPage:
    page: Page

    @property
    def rows(self) -> Locator:
        return self.page.locator("#apis > li")

    def row(self, name: str) -> Locator:
        """The row of the API with this name."""
        return self.rows.filter(has=self.page.get_by_text(name, exact=True))

    @property
    def results(self) -> Locator:
        return self.page.locator("#results > tr")

    def add(self, url: str) -> None:
        """Add an API by its URL; does not wait for its row."""
        self.page.get_by_label("URL of an API").fill(url)
        self.page.get_by_role("button", name="Add API").click()

    def press(self, name: str, button: str) -> Locator:
        """Press a button of an API's row, and wait for the answer: its result."""
        before = self.results.count()
        self.row(name).get_by_text(button, exact=True).click()
        expect(self.results).to_have_count(before + 1)
        return self.newest(name)

    def newest(self, name: str) -> Locator:
        """The cell on top of an API's column."""
        columns = self.page.locator("#columns > th").all_inner_texts()
        at = next(i for i, text in enumerate(columns) if text.startswith(f"{name}\n"))
        return self.results.first.locator("td").nth(at)

    def shown_bookmark(self, name: str) -> int:
        """The Bookmark that get-item shows for an API."""
        result = self.press(name, "get-item")
        found = re.search(r"\bBookmark\s+(-?\d+)", result.inner_text())
        assert found, result.inner_text()
        return int(found[1])


def expect_change(result: Locator, before: int, after: int) -> None:
    """An update's result shows both numbers."""
    expect(result.locator(".change")).to_have_text(f"{before} →  to {after}")
