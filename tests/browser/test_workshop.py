"""The exercises of the workshop about global tables, on its page.

The table's behaviour is DynamoDB's:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
"""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.visits import FAILED_REQUESTS, Door, Visits, windows_that_scroll
from tests.browser.workshop_page import MINUS, PATH, Bookmark, WorkshopPage, expect_change
from tests.e2e.both_doors.dns_clients import FRANKFURT, PORTLAND
from tests.e2e.both_doors.dns_system import DnsSystem
from tests.e2e.system import FRANKFURT_REGION, OREGON_REGION
from tests.waiting import eventually

REGIONS = [FRANKFURT_REGION, OREGON_REGION]
RECOVERED_WITHIN_S = 60.0
MS = re.compile(r"^\d+ ms$")


@pytest.fixture
def bookmark(system: DnsSystem) -> Bookmark:
    """The workshop's own, at 0 in both Regions."""
    made = Bookmark(system)
    made.set(FRANKFURT_REGION, 0)
    return made


@pytest.fixture
def workshop(visits: Visits) -> WorkshopPage:
    """The page in Portland, with the stack's Regions listed."""
    opened = WorkshopPage(visits.open(PORTLAND, visits.url("dns", PATH)))
    expect(opened.rows).to_have_count(2)
    return opened


def region_url(system: DnsSystem, region: str) -> str:
    name = system.regional_name(region)
    return f"https://{name}" if system.port == 443 else f"https://{name}:{system.port}"


@pytest.mark.parametrize("door", ["dns", "accelerator"])
@pytest.mark.parametrize("city", [FRANKFURT, PORTLAND])
def test_each_region_pings_reads_and_changes_the_bookmark(
    visits: Visits, bookmark: Bookmark, door: Door, city: str
) -> None:
    workshop = WorkshopPage(visits.open(city, visits.url(door, PATH)))
    expect(workshop.rows).to_have_count(2)

    for region in REGIONS:
        row = workshop.row(region)
        for _ in range(2):
            expect(workshop.press(region, "ping")).to_contain_text("ok")
            expect(row.locator(".total-ms")).to_have_text(MS)

        read = workshop.press(region, "get-item")
        for at, fact in enumerate((("PK", "user100"), ("SK", "AshlandValley"), ("Bookmark", "0"))):
            expect(read.locator("dt").nth(at)).to_have_text(fact[0])
            expect(read.locator("dd").nth(at)).to_have_text(fact[1])
        expect(row.locator(".table-ms")).to_have_text(MS)

        expect_change(workshop.press(region, "+"), 0, 1)
        expect_change(workshop.press(region, MINUS), 1, 0)
        bookmark.wait_until(0)


def test_rows_have_colours_of_their_own(workshop: WorkshopPage) -> None:
    colours = [
        workshop.row(region).evaluate("row => getComputedStyle(row).backgroundColor")
        for region in REGIONS
    ]

    assert len(set(colours)) == 2


def test_an_api_that_is_added_is_still_there_after_a_reload(
    visits: Visits, workshop: WorkshopPage
) -> None:
    url = visits.url("accelerator", "")
    workshop.add(f" {url}/ ")
    expect(workshop.rows).to_have_count(3)
    workshop.page.reload()

    expect(workshop.rows).to_have_count(3)
    name = f"{OREGON_REGION}, {urlsplit(url).netloc}"
    expect(workshop.press(name, "ping")).to_contain_text("ok")


def test_an_api_that_is_removed_stays_away_until_it_is_added_again(
    system: DnsSystem, workshop: WorkshopPage
) -> None:
    workshop.press(OREGON_REGION, "ping")
    workshop.row(OREGON_REGION).get_by_text("Remove").click()
    expect(workshop.rows).to_have_count(1)
    expect(workshop.results).to_have_count(0)
    workshop.page.reload()
    expect(workshop.rows).to_have_count(1)

    workshop.page.get_by_role("button", name=f"Add {OREGON_REGION}").click()
    expect(workshop.rows).to_have_count(2)
    workshop.add(region_url(system, OREGON_REGION))
    expect(
        workshop.page.get_by_role("alert").filter(has_text="in the list already")
    ).to_be_visible()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "the URL is empty"),
        ("javascript:alert(1)", "is no URL"),
        ("ftp://api.example", "no http or https URL"),
        ("https://nowhere.example", "no connection"),
    ],
)
def test_an_api_that_can_t_be_added_is_refused_with_the_reason(
    visits: Visits, workshop: WorkshopPage, url: str, said: str
) -> None:
    visits.expect_faults(FAILED_REQUESTS)
    workshop.add(url)

    expect(workshop.page.locator("#add-error")).to_contain_text(said)
    expect(workshop.page.get_by_label("URL of an API")).to_be_focused()
    expect(workshop.rows).to_have_count(2)


def test_a_change_reaches_the_other_region_and_its_age_is_shown(
    workshop: WorkshopPage, bookmark: Bookmark
) -> None:
    workshop.press(OREGON_REGION, "+")
    expect(workshop.row(OREGON_REGION).locator(".age")).to_have_text(re.compile(r"^\d+ s$"))

    read = workshop.press(FRANKFURT_REGION, "get-item")
    expect(read.locator(".since")).to_have_text(
        re.compile(rf"^\d+\.\d s after the update by {OREGON_REGION}$")
    )
    eventually(lambda: workshop.shown_bookmark(FRANKFURT_REGION) == 1)
    bookmark.wait_until(1)


def test_of_two_changes_within_the_lag_the_later_one_wins(
    system: DnsSystem, workshop: WorkshopPage, bookmark: Bookmark
) -> None:
    """The earlier one is undone: Oregon had not seen it.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
    """
    with system.replication_paused(OREGON_REGION):
        expect_change(workshop.press(FRANKFURT_REGION, "+"), 0, 1)
        expect_change(workshop.press(OREGON_REGION, MINUS), 0, -1)
        assert workshop.shown_bookmark(FRANKFURT_REGION) == 1

    bookmark.wait_until(-1)
    assert [workshop.shown_bookmark(region) for region in REGIONS] == [-1, -1]


def test_a_change_after_the_lag_conflicts_with_nothing(
    workshop: WorkshopPage, bookmark: Bookmark
) -> None:
    workshop.press(FRANKFURT_REGION, "+")
    bookmark.wait_until(1)

    expect_change(workshop.press(OREGON_REGION, MINUS), 1, 0)
    bookmark.wait_until(0)


def test_a_dead_region_fails_in_its_column_and_the_other_goes_on(
    visits: Visits, system: DnsSystem, workshop: WorkshopPage, bookmark: Bookmark
) -> None:
    visits.expect_faults(FAILED_REQUESTS)
    workshop.press(FRANKFURT_REGION, "ping")
    with system.killed(FRANKFURT_REGION):
        failed = workshop.press(FRANKFURT_REGION, "get-item")
        expect(failed.locator(".error")).to_have_text(re.compile(r"no connection|no answer|HTTP 5"))
        expect(workshop.page.locator("#progress")).to_be_hidden()
        expect_change(workshop.press(OREGON_REGION, "+"), 0, 1)
    bookmark.wait_until(1)
    eventually(lambda: workshop.shown_bookmark(FRANKFURT_REGION) == 1, RECOVERED_WITHIN_S)


def test_an_error_of_the_service_has_its_status(visits: Visits, workshop: WorkshopPage) -> None:
    visits.expect_faults(FAILED_REQUESTS)
    workshop.page.get_by_label("Film (SK)").fill("unknown / film")

    for button in ("get-item", "+"):
        result = workshop.press(OREGON_REGION, button)
        expect(result.locator(".error")).to_contain_text("HTTP 404: ")


def test_clear_empties_the_results(workshop: WorkshopPage) -> None:
    workshop.press(OREGON_REGION, "ping")
    workshop.page.get_by_role("button", name="Clear").click()

    expect(workshop.results).to_have_count(0)
    expect(workshop.page.get_by_text("Nothing was asked yet")).to_be_visible()


def test_the_page_is_used_by_keyboard_and_told_to_a_screen_reader(
    visits: Visits, workshop: WorkshopPage, bookmark: Bookmark
) -> None:
    keyboard = workshop.page.keyboard
    workshop.page.get_by_role("button", name=f"ping {FRANKFURT_REGION}").focus()
    keyboard.press("Tab")
    keyboard.press("Enter")
    expect(workshop.page.get_by_role("status")).to_contain_text("get-item: Bookmark 0")
    for _ in range(2):
        keyboard.press("Tab")
    keyboard.press("Space")

    expect(workshop.page.get_by_role("status")).to_contain_text("update: Bookmark from 0 to 1")
    expect(
        workshop.page.get_by_role("button", name=f"add 1 to the bookmark in {FRANKFURT_REGION}")
    ).to_be_focused()
    workshop.page.get_by_label("URL of an API").fill(visits.url("accelerator", ""))
    keyboard.press("Enter")
    expect(workshop.rows).to_have_count(3)


def test_the_page_fits_its_window_with_errors_too(visits: Visits, workshop: WorkshopPage) -> None:
    visits.expect_faults(FAILED_REQUESTS)
    workshop.page.get_by_label("Film (SK)").fill("unknown-" * 12)
    for region in REGIONS:
        workshop.press(region, "get-item")
        workshop.press(region, "+")

    assert windows_that_scroll(workshop.page, 390, 768, 1440) == []
