"""The page of the films, through both doors and from two cities."""

import json
import re

import pytest
from playwright.sync_api import Route, expect

from tests.browser.film_pages import (
    expect_active,
    expect_failed_requests,
    region_button,
)
from tests.browser.visits import Door, Visits, windows_that_scroll
from tests.e2e.both_doors.dns_clients import FRANKFURT, PORTLAND
from tests.e2e.system import FRANKFURT_REGION, OREGON_REGION

HOSTILE = "<img src=x onerror=alert(1)>\"'><script>alert(2)</script>"


@pytest.mark.parametrize("door", ["dns", "accelerator"])
@pytest.mark.parametrize(
    ("city", "region"), [(FRANKFURT, FRANKFURT_REGION), (PORTLAND, OREGON_REGION)]
)
def test_twelve_films_are_shown_from_the_region_near_the_viewer(
    visits: Visits, door: Door, city: str, region: str
) -> None:
    page = visits.open(city, visits.url(door, "/films"))

    expect(page.locator("#films a")).to_have_count(12)
    expect_active(page, region)
    expect(page.locator("#popular-ms")).to_have_text(re.compile(r"in \d+ ms"))
    pictures = page.locator("#films img").evaluate_all("all => all.map((one) => one.naturalWidth)")
    assert min(pictures) > 0


def test_another_region_shows_the_films_and_stays_chosen_in_every_tab(visits: Visits) -> None:
    page = visits.open(PORTLAND, visits.url("dns", "/films"))
    expect_active(page, OREGON_REGION)

    region_button(page, FRANKFURT_REGION).click()

    expect_active(page, FRANKFURT_REGION)
    expect(page.locator("#status")).to_have_text(f"The films are shown from {FRANKFURT_REGION}.")
    page.reload()
    expect_active(page, FRANKFURT_REGION)
    tab = visits.watch(page.context.new_page())
    tab.goto(visits.url("dns", "/films"))
    expect_active(tab, FRANKFURT_REGION)


def test_a_film_is_opened_with_the_keyboard(visits: Visits) -> None:
    page = visits.open(PORTLAND, visits.url("dns", "/films"))
    first = page.locator("#films a").first
    expect(first).to_be_visible()

    first.focus()
    page.keyboard.press("Enter")

    expect(page.get_by_role("button", name="Pause (space)")).to_be_visible()
    assert "/player?film=01" in page.url


def test_the_films_come_from_another_region_when_the_chosen_one_does_not_answer(
    visits: Visits,
) -> None:
    expect_failed_requests(visits)
    page = visits.open(PORTLAND)
    page.route(re.compile(f"//{OREGON_REGION}[^/]*/bookmarks"), lambda route: route.abort())

    page.goto(visits.url("dns", "/films"))

    expect(page.locator("#films a")).to_have_count(12)
    expect(page.locator("#status")).to_contain_text(f"{OREGON_REGION} did not answer")
    expect_active(page, FRANKFURT_REGION)
    expect(region_button(page, OREGON_REGION)).to_contain_text("down")


def test_without_any_region_the_page_says_what_failed(visits: Visits) -> None:
    expect_failed_requests(visits)
    page = visits.open(PORTLAND)
    page.route("**/bookmarks/**", lambda route: route.abort())

    page.goto(visits.url("dns", "/films"))

    expect(page.locator("#status")).to_have_text("No Region answers.")
    expect(page.locator("#failure")).to_contain_text("no connection")
    expect(region_button(page, OREGON_REGION)).to_contain_text("down")


def test_hostile_titles_and_errors_are_shown_as_text(visits: Visits) -> None:
    expect_failed_requests(visits)
    cors = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "X-Served-Region"}

    def answer(route: Route) -> None:
        films = [{"id": HOSTILE[:60], "title": HOSTILE, "seconds": 100, "colours": [HOSTILE] * 2}]
        watching = [{"film": HOSTILE[:60], "bookmark": 0.5, "version": 1, "writtenIn": HOSTILE}]
        data = {"films": films} if route.request.url.endswith("/films") else {"watching": watching}
        route.fulfill(body=json.dumps(data), content_type="application/json", headers=cors)

    def refuse(route: Route) -> None:
        error = json.dumps({"error": HOSTILE})
        route.fulfill(status=503, body=error, content_type="application/json", headers=cors)

    page = visits.open(PORTLAND)
    page.route("**/bookmarks/**", answer)
    page.goto(visits.url("dns", "/films"))
    expect(page.locator("#films .title")).to_have_text(HOSTILE)
    expect(page.locator("#watching .title")).to_have_text(HOSTILE)
    page.locator("#films a").click()
    expect(page.locator("#title")).to_have_text(HOSTILE)

    page.unroute("**/bookmarks/**", answer)
    page.route("**/bookmarks/**", refuse)
    page.goto(visits.url("dns", "/films"))
    expect(page.locator("#failure")).to_contain_text(HOSTILE)
    assert page.locator("script:not([src]), img[onerror]").count() == 0


def test_an_endpoint_is_added_by_hand_and_removed(visits: Visits) -> None:
    page = visits.open(PORTLAND, visits.url("dns", "/films"))
    expect(page.locator("#films a")).to_have_count(12)
    page.get_by_text("Endpoints", exact=True).click()
    field = page.get_by_label("URL of an endpoint")

    field.fill("ftp://eu-west-1.api.example.com")
    field.press("Enter")
    expect(page.locator("#add-error")).to_contain_text("is no http or https URL")
    field.fill(visits.url("dns", ""))
    field.press("Enter")

    expect(page.locator("#by-hand")).to_contain_text(visits.url("dns", ""))
    expect(page.locator("#regions button")).to_have_count(3)
    page.locator("#by-hand").get_by_role("button").click()
    expect(page.locator("#regions button")).to_have_count(2)


@pytest.mark.parametrize("path", ["/films", "/player?film=03"])
def test_no_page_is_wider_than_its_window(visits: Visits, path: str) -> None:
    page = visits.open(PORTLAND, visits.url("dns", path))
    expect(page.locator("#regions button").first).to_be_visible()
    expect(page.locator("#films a, #cards li").first).to_be_visible()

    assert windows_that_scroll(page, 390, 820, 1440) == []
