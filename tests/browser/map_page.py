"""The map as a visitor uses it: by the names of its buttons, fields and rows."""

import re
from dataclasses import dataclass
from typing import Literal

from playwright.sync_api import Locator, Page, expect

Result = Literal["read", "write"]


@dataclass(frozen=True, slots=True)
class MapPage:
    """The page /map, opened."""

    page: Page

    def endpoint(self, name: str) -> Locator:
        """The button of an endpoint in the list, by its Region or its door."""
        endpoints = self.page.get_by_role("region", name="Endpoints")
        return endpoints.get_by_role("button", name=name, exact=True)

    def marker(self, region: str) -> Locator:
        """The Region's marker on the map."""
        return self.page.locator(f'[data-region="{region}"] .dot')

    def markers(self, kind: Literal["endpoint", "no-endpoint"]) -> Locator:
        return self.page.locator(f".marker.{kind}")

    def path(self) -> Locator:
        """The lines from the visitor to the Region."""
        return self.page.locator("#map .paths polyline")

    def heading(self) -> Locator:
        """Of the panel that is open."""
        return self.page.locator("#side-heading")

    def choose(self, region: str) -> None:
        """Open the panel of a Region's endpoint."""
        self.endpoint(region).click()
        expect(self.heading()).to_contain_text(region)

    def read(self, key: str) -> None:
        self.page.get_by_label("Key", exact=True).fill(key)
        self.page.get_by_role("button", name="Read", exact=True).click()

    def read_again(self) -> None:
        self.page.get_by_role("button", name="Read", exact=True).click()

    def write(self, key: str, value: str) -> None:
        self.page.get_by_label("Key", exact=True).fill(key)
        self.page.get_by_label("Value", exact=True).fill(value)
        self.page.get_by_role("button", name="Write", exact=True).click()

    def result(self, kind: Result) -> Locator:
        return self.page.locator(f"#{kind}-result")

    def fact(self, kind: Result, name: str) -> Locator:
        """The value of a row of a result."""
        return self.result(kind).locator(f"dt:text-is('{name}') + dd")

    def expect_time(self, kind: Result) -> None:
        """The result has its time, and nothing runs any more."""
        expect(self.fact(kind, "Time")).to_have_text(re.compile(r"^\d+ ms$"))
        expect(self.progress()).to_be_hidden()

    def progress(self) -> Locator:
        return self.page.locator("#progress")

    def stand_in(self, city: str) -> None:
        """Choose a city as the visitor's place."""
        self.page.get_by_label("You are in").select_option(city)

    def distances(self) -> list[list[str]]:
        """Region, km and miles of each row of the table."""
        expect(self.page.locator("#distances tr").first).to_be_visible()
        rows = self.page.locator("#distances tr").all()
        return [row.locator("td").all_inner_texts() for row in rows]
