"""Text that would run as a script if a page took it for markup, stored through every route.

`visits` fails a test in which a script runs: it opens a dialog, or the policy refuses it.
"""

import json
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.visits import FAILED_REQUESTS, Visits
from tests.browser.workshop_page import PATH, WorkshopPage
from tests.e2e.both_doors.dns_clients import PORTLAND
from tests.e2e.both_doors.dns_system import DnsSystem
from tests.e2e.system import OREGON_REGION
from tests.waiting import eventually

HOSTILE = "\"'><img src=x onerror=alert(1)><svg onload=alert(2)>"
"""Without a slash, so that it can be a key in a path, too."""
SCRIPT = f"{HOSTILE}</style></title><script>alert(3)</script>"
ENCODED = quote(HOSTILE, safe="")
VIEWER = "user10"
"""The one that the films' page and the player show."""


@pytest.fixture(scope="module")
def hostile_items(system: DnsSystem) -> Iterator[None]:
    """One for each route that stores text; the viewer's are deleted in the end."""

    def store(method: str, path: str, body: object = None) -> None:
        def is_stored() -> bool:
            return system.ask(method, path, PORTLAND, body=body).status in (200, 201, 409)

        eventually(is_stored, 60)

    store("POST", "/create", {"item_id": HOSTILE})
    store("POST", "/item", {"id": 666, "name": SCRIPT})
    store("POST", f"/kv/{ENCODED}", {"value": SCRIPT})
    store("GET", f"/bookmarks/update/{ENCODED}/{ENCODED}/0.5/{ENCODED}")
    store("GET", f"/bookmarks/update/{VIEWER}/{ENCODED}/0.5/{ENCODED}")
    write = {"bookmark": 0.5, "version": 1, "session": "hostile"}
    store("PUT", f"/bookmarks/viewers/{VIEWER}/{ENCODED}", write)
    yield
    for sort in (HOSTILE, *(f"{HOSTILE}#{region}" for region in system.outputs["regions"])):
        system.checkout.client("dynamodb", OREGON_REGION).delete_item(
            TableName=system.outputs["services"]["bookmarks"],
            Key={"PK": {"S": VIEWER}, "SK": {"S": sort}},
        )


def assert_is_text(page: Page) -> None:
    """No element was made of the stored text."""
    assert page.locator("img[src='x'], [onerror], [onload], body script:not([src])").count() == 0


@pytest.mark.parametrize("path", [f"/get/{ENCODED}", "/item/666", f"/kv/{ENCODED}"])
@pytest.mark.usefixtures("hostile_items")
def test_an_answer_that_is_opened_as_a_page_shows_it_as_text(visits: Visits, path: str) -> None:
    visits.expect_faults(r"favicon\.ico")  # these answers are no pages, and name no icon
    page = visits.open(PORTLAND, visits.url("dns", path))

    expect(page.locator("body")).to_contain_text("onerror=alert(1)")
    assert_is_text(page)


@pytest.mark.usefixtures("hostile_items")
def test_the_workshop_shows_it_as_text(visits: Visits) -> None:
    workshop = WorkshopPage(visits.open(PORTLAND, visits.url("dns", PATH)))
    expect(workshop.rows).to_have_count(2)
    workshop.page.get_by_label("Viewer (PK)").fill(HOSTILE)
    workshop.page.get_by_label("Film (SK)").fill(HOSTILE)

    result = workshop.press(OREGON_REGION, "get-item")
    expect(result.locator("dd").nth(1)).to_have_text(HOSTILE)
    expect(result).to_contain_text("thumb")
    assert_is_text(workshop.page)


@pytest.mark.usefixtures("hostile_items")
def test_the_map_shows_it_as_text(visits: Visits) -> None:
    page = visits.open(PORTLAND, visits.url("dns", "/map"))
    page.locator("#endpoints").get_by_role("button").filter(has_text=OREGON_REGION).first.click()
    page.get_by_label("Key").fill(HOSTILE)
    page.get_by_role("button", name="Read").click()

    expect(page.locator("#read-result")).to_contain_text(SCRIPT)
    assert_is_text(page)


@pytest.mark.parametrize("path", ["/films", f"/player?film={ENCODED}", f"/player?video={ENCODED}"])
@pytest.mark.usefixtures("hostile_items")
def test_the_films_and_the_player_run_nothing_of_it(visits: Visits, path: str) -> None:
    visits.expect_faults(FAILED_REQUESTS)
    page = visits.open(PORTLAND, visits.url("dns", path))

    page.wait_for_load_state("networkidle")
    assert_is_text(page)


def test_the_region_that_a_foreign_api_claims_is_shown_as_text(visits: Visits) -> None:
    def answer(route: Route) -> None:
        headers = {
            "X-Served-Region": HOSTILE,
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Expose-Headers": "X-Served-Region",
        }
        body = json.dumps({"ping": SCRIPT, "Item": {HOSTILE: {"S": SCRIPT}}, "error": SCRIPT})
        route.fulfill(body=body, content_type="application/json", headers=headers)

    workshop = WorkshopPage(visits.open(PORTLAND, visits.url("dns", PATH)))
    workshop.page.route("https://foreign.example/**", answer)
    expect(workshop.rows).to_have_count(2)
    workshop.add("foreign.example")
    expect(workshop.rows).to_have_count(3)

    for button in ("ping", "get-item"):
        expect(workshop.press(HOSTILE, button)).to_contain_text("alert(3)")
    workshop.page.reload()
    expect(workshop.rows).to_have_count(3)
    expect(workshop.rows.last).to_contain_text(HOSTILE)
    assert_is_text(workshop.page)
