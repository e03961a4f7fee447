"""The player: bookmarks in every Region, and a Region that dies in the middle of a film."""

import re
from functools import partial

import pytest
from playwright.sync_api import expect

from tests.browser.film_pages import (
    Player,
    expect_active,
    expect_failed_requests,
    open_player,
    region_button,
    stored_fraction,
)
from tests.browser.visits import Door, Visits
from tests.e2e.both_doors.dns_clients import FRANKFURT, PORTLAND
from tests.e2e.both_doors.dns_system import DnsSystem
from tests.e2e.system import FRANKFURT_REGION, OREGON_REGION
from tests.waiting import eventually

TIMEOUT_S = 1.5
"""The pages' default time-out of a request."""
WRITE_S = 0.5
"""From one write to the next."""
LATE_S = 1.0
"""How late a timer of the browser may be on a busy machine."""


@pytest.mark.parametrize("door", ["dns", "accelerator"])
@pytest.mark.parametrize(
    ("city", "region"), [(FRANKFURT, FRANKFURT_REGION), (PORTLAND, OREGON_REGION)]
)
def test_a_film_starts_and_every_region_has_its_bookmark(
    visits: Visits, system: DnsSystem, door: Door, city: str, region: str
) -> None:
    player = open_player(visits, door, city, "01")
    page = player.page

    expect_active(page, region)
    player.wait_until_played(3)
    expect(page.locator("#write-ms")).to_have_text(re.compile(r"\d+ ms"))
    expect(page.locator("#write-note")).to_contain_text(f"in {region}")
    for card in page.locator("#cards .card").all():
        expect(card.locator(".time")).to_have_text(re.compile(r"\d+:\d\d"))
        expect(card.locator(".behind")).to_have_text(re.compile("level|behind"))
    player.pause()
    eventually(partial(is_stored, system, player, "01"))


def is_stored(system: DnsSystem, player: Player, film: str) -> bool:
    """Whether both Regions have the place at which the film stands."""
    fractions = {stored_fraction(system, r, film) for r in (FRANKFURT_REGION, OREGON_REGION)}
    place = player.seconds() / player.duration()
    return len(fractions) == 1 and abs(fractions.pop() - place) < 0.001


def test_a_film_resumes_at_its_bookmark_from_either_region(visits: Visits) -> None:
    left_at = 0.0
    for city, region in ((PORTLAND, OREGON_REGION), (FRANKFURT, FRANKFURT_REGION)) * 2:
        player = open_player(visits, "dns", city, "02", active=region)
        if left_at:
            assert abs(resumed_at(player) - left_at) <= 1
        player.wait_until_played(3)
        left_at = player.pause()
        eventually(partial(is_stored, visits.system, player, "02"))


def test_a_film_that_is_closed_in_the_middle_resumes_within_a_second(visits: Visits) -> None:
    player = open_player(visits, "dns", PORTLAND, "03", active=OREGON_REGION)
    player.wait_until_played(4)
    left_at = player.seconds()

    player.page.close()

    again = open_player(visits, "dns", FRANKFURT, "03", active=FRANKFURT_REGION)
    assert abs(resumed_at(again) - left_at) <= 1 + LATE_S


def resumed_at(player: Player) -> int:
    """The second of the film at which the player says that it resumed."""
    said = player.page.locator("#status")
    expect(said).to_contain_text("Resumed at")
    minutes, seconds = re.findall(r"at (\d+):(\d\d)", said.inner_text())[0]
    return int(minutes) * 60 + int(seconds)


def test_a_throttled_region_is_left_while_the_film_plays_and_its_table_gets_the_bookmarks(
    visits: Visits, system: DnsSystem
) -> None:
    expect_failed_requests(visits)
    player = open_player(visits, "dns", PORTLAND, "04", active=OREGON_REGION)
    page = player.page
    player.wait_until_played(2)

    with system.throttled(OREGON_REGION):
        before = player.seconds()
        expect_active(page, FRANKFURT_REGION)
        expect(region_button(page, OREGON_REGION)).to_contain_text("down")
        player.expect_log(f"{OREGON_REGION} failed 3 times in a row")
        player.wait_until_played(3)
        assert player.seconds() > before
        expect(page.locator("#write-note")).to_contain_text(FRANKFURT_REGION)
        player.pause()
        eventually(partial(is_stored, system, player, "04"))

    page.get_by_role("button", name="Play (space)").click()
    region_button(page, OREGON_REGION).click()
    expect_active(page, OREGON_REGION)
    expect(page.locator("#write-note")).to_contain_text(f"in {OREGON_REGION}")
    player.pause()
    eventually(partial(is_stored, system, player, "04"))


def test_the_player_returns_to_a_region_that_is_well_again(
    visits: Visits, system: DnsSystem
) -> None:
    expect_failed_requests(visits)
    player = open_player(visits, "dns", PORTLAND, "05", active=OREGON_REGION)
    page = player.page
    page.get_by_text("Failover settings").click()
    hold = page.get_by_label("Earliest return, in seconds")
    hold.fill("1")
    hold.press("Tab")

    with system.throttled(OREGON_REGION):
        expect_active(page, FRANKFURT_REGION)

    player.expect_log(f"{OREGON_REGION} answers again")
    expect_active(page, OREGON_REGION)
    assert player.lines("moved")[0].startswith(f"{OREGON_REGION} answers again")


def test_a_killed_region_costs_at_most_the_timeout_and_one_write_of_film(
    visits: Visits, system: DnsSystem
) -> None:
    """The viewer closes the player at once after the kill, or when the player has moved."""
    expect_failed_requests(visits)
    for wait_for_the_move in (False, True):
        player = open_player(visits, "dns", PORTLAND, "06", active=OREGON_REGION)
        player.wait_until_played(2)
        with system.killed(OREGON_REGION):
            if wait_for_the_move:
                expect_active(player.page, FRANKFURT_REGION)
            else:
                player.wait_until_played(TIMEOUT_S + WRITE_S)
            left_at, duration = player.seconds(), player.duration()
            player.page.close()
            stored = stored_fraction(system, FRANKFURT_REGION, "06") * duration

            assert left_at - stored <= TIMEOUT_S + WRITE_S + LATE_S


def test_a_film_plays_on_without_any_region_and_its_bookmark_is_written_afterwards(
    visits: Visits, system: DnsSystem
) -> None:
    expect_failed_requests(visits)
    player = open_player(visits, "dns", PORTLAND, "07", active=OREGON_REGION)
    page = player.page
    player.wait_until_played(1)

    page.route("**/bookmarks/**", lambda route: route.abort())

    player.expect_log("No Region takes the bookmark")
    player.wait_until_played(3)
    page.unroute("**/bookmarks/**")
    player.expect_log("has the bookmark again")
    player.pause()
    eventually(partial(is_stored, system, player, "07"))


def test_a_film_starts_without_any_region(visits: Visits) -> None:
    expect_failed_requests(visits)
    page = visits.open(PORTLAND)
    page.route("**/bookmarks/**", lambda route: route.abort())

    page.goto(visits.url("dns", "/player?film=08"))

    expect(page.locator("#status")).to_contain_text("No Region answers")
    Player(page).wait_until_played(2)
    assert "NaN" not in page.locator("main").inner_text()


def test_an_unknown_film_is_said_to_be_unknown(visits: Visits) -> None:
    page = visits.open(PORTLAND, visits.url("dns", "/player?film=99"))

    expect(page.locator("#status")).to_have_text('There is no film "99".')


def test_the_player_is_used_with_the_keyboard(visits: Visits) -> None:
    player = open_player(visits, "dns", PORTLAND, "09")
    page = player.page
    keys = page.keyboard

    keys.press("Space")
    expect(page.get_by_role("button", name="Play (space)")).to_be_visible()
    keys.press("Home")
    assert player.seconds() == 0
    keys.press("ArrowRight")
    keys.press("ArrowRight")
    keys.press("ArrowLeft")
    assert player.seconds() == 10
    expect(page.locator("#elapsed")).to_have_text(re.compile(r"^0:10 / \d+:\d\d$"))
    expect(page.locator("#seek")).to_have_attribute("aria-valuetext", re.compile("^10 seconds of"))
    keys.press("m")
    expect(page.get_by_role("button", name="Sound off (m)")).to_be_visible()
    keys.press("f")
    expect(page.get_by_role("button", name="Leave full screen (f)")).to_be_visible()
    keys.press("f")
    expect(page.get_by_role("button", name="Full screen (f)")).to_be_visible()
    page.get_by_role("button", name="Stop and go to the start").focus()
    keys.press("Space")
    assert player.seconds() == 0
