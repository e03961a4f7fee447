"""A browser in a city reaches both front doors, and tells what is wrong in a page."""

import pytest
from playwright.sync_api import Route, expect

from tests.browser.visits import Door, Visits
from tests.e2e.both_doors.dns_clients import FRANKFURT, PORTLAND
from tests.e2e.system import FRANKFURT_REGION, OREGON_REGION


@pytest.mark.parametrize("door", ["dns", "accelerator"])
@pytest.mark.parametrize(
    ("city", "region"), [(FRANKFURT, FRANKFURT_REGION), (PORTLAND, OREGON_REGION)]
)
def test_a_browser_is_served_by_the_region_nearest_to_its_city(
    visits: Visits, door: Door, city: str, region: str
) -> None:
    page = visits.open(city, visits.url(door, "/"))

    expect(page.locator("#served-region")).to_have_text(region)


def test_an_uncaught_error_is_a_fault(visits: Visits) -> None:
    page = visits.open(PORTLAND)
    page.evaluate("setTimeout(() => { throw new Error('broken'); })")
    page.evaluate("new Promise((done) => setTimeout(done))")

    assert visits.unexpected_faults() == ["uncaught: broken"]
    visits.expect_faults("broken")


def test_a_script_that_the_policy_refuses_is_a_fault(visits: Visits) -> None:
    def answer(route: Route) -> None:
        policy = {"Content-Security-Policy": "default-src 'none'"}
        route.fulfill(body="<p onclick='x()'>text</p>", content_type="text/html", headers=policy)

    page = visits.open(PORTLAND)
    page.route("**/strict", answer)
    page.goto("https://page.example/strict")

    (fault,) = visits.unexpected_faults()
    assert "Content Security Policy" in fault
    visits.expect_faults("Content Security Policy")


def test_a_dialog_is_a_fault_and_is_closed(visits: Visits) -> None:
    page = visits.open(PORTLAND)
    page.evaluate("alert('stored')")

    assert visits.unexpected_faults() == ["dialog: stored"]
    visits.expect_faults("dialog")
