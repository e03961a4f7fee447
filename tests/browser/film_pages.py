"""The pages of the films as a viewer sees them, and the bookmarks in each Region's table."""

import json
import re
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

from tests.browser.visits import FAILED_REQUESTS, Door, Visits
from tests.e2e.both_doors.dns_system import DnsSystem
from tests.waiting import eventually

VIEWER = "user10"
STARTED_MS = 60_000
"""A Region that was started again starts its functions anew, one for each file at once."""
CHOICE = "muster.films.endpoint"
"""Where the pages keep the chosen endpoint's URL."""


def region_button(page: Page, region: str) -> Locator:
    return page.locator("#regions").get_by_role("button", name=re.compile(region))


def expect_active(page: Page, region: str) -> None:
    """One button says that it is active: this Region's."""
    expect(region_button(page, region)).to_contain_text("active")
    expect(page.locator("#regions button[aria-pressed=true]")).to_have_count(1)


@dataclass(frozen=True, slots=True)
class Player:
    """The player with a film."""

    page: Page

    def seconds(self) -> float:
        """Of the film, now."""
        return float(self.page.locator("#seek").input_value())

    def duration(self) -> float:
        return float(self.page.locator("#seek").get_attribute("max") or 0)

    def pause(self) -> float:
        """Pause the film; where it stands."""
        self.page.get_by_role("button", name="Pause (space)").click()
        expect(self.page.get_by_role("button", name="Play (space)")).to_be_visible()
        return self.seconds()

    def wait_until_played(self, seconds: float) -> None:
        """Wait until the film has gone on by so many seconds."""
        start = self.seconds()
        eventually(lambda: self.seconds() >= start + seconds, seconds + 20, pause_s=0.1)

    def expect_log(self, text: str | re.Pattern[str]) -> None:
        expect(self.page.locator("#log")).to_contain_text(text)

    def lines(self, kind: str) -> list[str]:
        """The log's lines of this kind, the newest first."""
        return self.page.locator(f"#log .{kind} .what").all_text_contents()


def open_player(visits: Visits, door: Door, city: str, film: str, *, active: str = "") -> Player:
    """The player with a film that plays; `active`: the Region that the viewer chose."""
    page = visits.open(city)
    if active:
        choose(page, region_url(visits.system, active))
    page.goto(visits.url(door, f"/player?film={film}"), wait_until="commit")
    player = Player(page)
    expect(page.get_by_role("button", name="Pause (space)")).to_be_visible(timeout=STARTED_MS)
    return player


def choose(page: Page, url: str) -> None:
    """Store the endpoint as the viewer's choice, once."""
    key, value = json.dumps(CHOICE), json.dumps(json.dumps(url))
    page.context.add_init_script(
        f"localStorage.getItem({key}) ?? localStorage.setItem({key}, {value})"
    )


def region_url(system: DnsSystem, region: str) -> str:
    """The endpoint of one Region, as GET /endpoints lists it."""
    listed = json.loads(system.get("/endpoints", "Frankfurt").body)["regions"]
    return str(next(entry["url"] for entry in listed if entry["region"] == region))


def stored_fraction(system: DnsSystem, region: str, film: str) -> float:
    """The newest bookmark of a film in this Region's replica of the table; 0 without one."""
    client = system.checkout.client("dynamodb", region)
    found = client.query(
        TableName=system.outputs["services"]["bookmarks"],
        KeyConditionExpression="PK = :viewer AND begins_with(SK, :film)",
        ExpressionAttributeValues={":viewer": {"S": VIEWER}, ":film": {"S": f"{film}#"}},
        ConsistentRead=True,
    )["Items"]
    newest = max(found, key=lambda item: int(item["version"]["N"]), default=None)
    return float(newest["bookmark"]["S"]) if newest else 0.0


def expect_failed_requests(visits: Visits) -> None:
    """Chromium logs each request that fails; a page that goes on can't prevent that."""
    visits.expect_faults(FAILED_REQUESTS)
    visits.expect_faults("blocked by CORS policy")  # how it names an answer that never came
