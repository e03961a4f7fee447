"""The map: reading and writing in each Region, distances, and a Region that dies meanwhile."""

import re

import pytest
from playwright.sync_api import Route, expect

from tests.browser.map_page import MapPage
from tests.browser.visits import FAILED_REQUESTS, Door, Visits, windows_that_scroll
from tests.e2e.both_doors.dns_clients import FRANKFURT, PORTLAND
from tests.e2e.system import FRANKFURT_REGION, OREGON_REGION
from tests.waiting import eventually
from twin.geography import REGIONS, distance_to_region_km, find_city

NO_ENDPOINTS = len(REGIONS) - 2
HOSTILE = "<img src=x onerror=alert(1)>\"'</script><script>alert(2)</script>"


def open_map(
    visits: Visits, city: str = FRANKFURT, door: Door = "dns", **options: object
) -> MapPage:
    shown = MapPage(visits.open(city, visits.url(door, "/map"), **options))
    expect(shown.markers("endpoint")).to_have_count(2)
    return shown


@pytest.mark.parametrize("door", ["dns", "accelerator"])
@pytest.mark.parametrize(
    ("city", "near", "far"),
    [
        (FRANKFURT, FRANKFURT_REGION, OREGON_REGION),
        (PORTLAND, OREGON_REGION, FRANKFURT_REGION),
    ],
)
def test_a_key_is_written_in_one_region_and_read_in_the_other(
    visits: Visits, door: Door, city: str, near: str, far: str
) -> None:
    visits.expect_faults("status of 404")  # a read before the replication
    shown = open_map(visits, city, door)
    expect(shown.page.locator("#served-region")).to_have_text(near)
    expect(shown.markers("no-endpoint")).to_have_count(NO_ENDPOINTS)

    shown.choose(near)
    shown.write(f"map-{door}-{city}", f"from {city}")
    expect(shown.fact("write", "Result")).to_have_text("OK")
    expect(shown.fact("write", "Write Region")).to_contain_text(near)
    shown.expect_time("write")

    shown.choose(far)
    expect(shown.result("write")).to_be_empty()
    eventually(lambda: reads(shown, f"from {city}"))
    expect(shown.fact("read", "Write Region")).to_contain_text(near)
    expect(shown.fact("read", "Read Region")).to_contain_text(far)
    shown.expect_time("read")


def reads(shown: MapPage, value: str) -> bool:
    """Whether the key that was typed has this value by now, in the chosen Region."""
    shown.read_again()
    shown.expect_time("read")
    found = shown.fact("read", "Value")
    return found.count() > 0 and found.inner_text() == value


@pytest.mark.parametrize(
    ("door", "name"), [("dns", "Nearest, by DNS"), ("accelerator", "Nearest, by this address")]
)
def test_a_shared_address_is_answered_by_the_nearest_region(
    visits: Visits, door: Door, name: str
) -> None:
    shown = open_map(visits, PORTLAND, door)
    shown.stand_in(PORTLAND)

    shown.endpoint(name).click()
    shown.write(f"map-nearest-{door}", "value")

    expect(shown.fact("write", "Write Region")).to_contain_text(OREGON_REGION)
    expect(shown.path()).to_have_count(1)


def test_a_region_dies_and_the_page_goes_on(visits: Visits) -> None:
    visits.expect_faults(FAILED_REQUESTS)
    shown = open_map(visits, FRANKFURT)
    shown.choose(OREGON_REGION)
    shown.write("map-death", "before")
    expect(shown.fact("write", "Result")).to_have_text("OK")
    with visits.system.killed(OREGON_REGION):
        shown.read_again()
        expect(shown.result("read").locator(".error")).to_contain_text("no connection")
        shown.expect_time("read")

        shown.choose(FRANKFURT_REGION)
        shown.write("map-death", "meanwhile")
        expect(shown.fact("write", "Write Region")).to_contain_text(FRANKFURT_REGION)

    shown.choose(OREGON_REGION)
    eventually(lambda: reads(shown, "meanwhile"))


def test_a_silent_region_is_given_up_at_the_time_out(visits: Visits) -> None:
    shown = open_map(visits)
    shown.page.clock.install()
    shown.page.route("**/kv/*", lambda _: None)
    shown.choose(OREGON_REGION)

    shown.read("map-silent")
    expect(shown.progress()).to_be_visible()
    shown.page.clock.fast_forward(5_000)

    expect(shown.result("read").locator(".error")).to_have_text("no answer within 5 s")
    expect(shown.fact("read", "Time")).to_have_text("5000 ms")
    expect(shown.progress()).to_be_hidden()
    shown.page.unroute("**/kv/*")
    shown.write("map-silent", "value")
    expect(shown.fact("write", "Result")).to_have_text("OK")


def test_another_region_stops_the_request_before_it(visits: Visits) -> None:
    shown = open_map(visits)
    shown.page.route(f"https://{OREGON_REGION}*/kv/*", lambda _: None)
    shown.choose(OREGON_REGION)
    shown.read("map-other")
    expect(shown.progress()).to_be_visible()

    shown.choose(FRANKFURT_REGION)

    expect(shown.progress()).to_be_hidden()
    expect(shown.result("read")).to_be_empty()
    expect(shown.page.get_by_label("Key", exact=True)).to_have_value("map-other")


def test_an_unknown_key_is_told_with_the_time(visits: Visits) -> None:
    visits.expect_faults(FAILED_REQUESTS)
    shown = open_map(visits)
    shown.choose(FRANKFURT_REGION)

    shown.read("map-unknown")

    expect(shown.result("read").locator(".error")).to_have_text("HTTP 404: no key 'map-unknown'")
    shown.expect_time("read")


def test_an_empty_field_is_marked_and_nothing_is_sent(visits: Visits) -> None:
    shown = open_map(visits)
    shown.choose(FRANKFURT_REGION)

    shown.page.get_by_role("button", name="Write", exact=True).click()

    expect(shown.result("write")).to_have_text("give a key and a value first")
    expect(shown.page.get_by_label("Key", exact=True)).to_have_attribute("aria-invalid", "true")
    expect(shown.page.get_by_label("Key", exact=True)).to_be_focused()


def test_typing_clears_what_it_makes_untrue(visits: Visits) -> None:
    shown = open_map(visits)
    shown.choose(FRANKFURT_REGION)
    shown.write("map-typing", "one")
    shown.expect_time("write")
    shown.read_again()
    shown.expect_time("read")

    shown.page.get_by_label("Value", exact=True).fill("two")
    expect(shown.result("write")).to_be_empty()
    expect(shown.fact("read", "Value")).to_have_text("one")

    shown.page.get_by_label("Key", exact=True).fill("map-typing-2")
    expect(shown.result("read")).to_be_empty()


def test_stored_text_is_shown_as_text_and_never_runs(visits: Visits) -> None:
    shown = open_map(visits)
    shown.choose(FRANKFURT_REGION)
    key = HOSTILE.replace("/", "")

    shown.write(key, HOSTILE)
    shown.expect_time("write")
    shown.read_again()

    expect(shown.fact("read", "Value")).to_have_text(HOSTILE)
    expect(shown.page.locator("#read-result img, #read-result script")).to_have_count(0)


def test_a_region_that_the_page_does_not_know_is_shown_by_its_code(visits: Visits) -> None:
    def answer(route: Route) -> None:
        route.fulfill(
            json={"key": "k", "value": "v", "writeRegion": "xx-moon-1", "readRegion": "yy-mars-1"},
            headers={"Access-Control-Allow-Origin": "*"},
        )

    shown = open_map(visits)
    shown.page.route("**/kv/*", answer)
    shown.choose(FRANKFURT_REGION)

    shown.read("k")

    expect(shown.fact("read", "Write Region")).to_have_text("xx-moon-1")
    expect(shown.fact("read", "Read Region")).to_have_text("yy-mars-1")


def test_a_click_on_a_marker_opens_its_region_and_a_second_one_closes_it(visits: Visits) -> None:
    shown = open_map(visits)

    shown.marker(OREGON_REGION).click()
    expect(shown.heading()).to_have_text(f"US West (Oregon), {OREGON_REGION}")
    expect(shown.endpoint(OREGON_REGION)).to_have_attribute("aria-pressed", "true")
    shown.marker(OREGON_REGION).click()
    expect(shown.heading()).to_have_text("Choose a Region")

    shown.marker(OREGON_REGION).click()
    shown.marker("sa-east-1").click()
    expect(shown.heading()).to_have_text("Choose a Region")


def test_the_distances_of_a_city_are_sorted_and_right(visits: Visits) -> None:
    shown = open_map(visits)
    city = find_city("Singapore")

    shown.stand_in(city.name)

    rows = shown.distances()
    kilometres = [int(km) for _, km, _ in rows]
    assert rows[0][0] == "ap-southeast-1"
    expect(shown.page.locator("#visitor-facts")).to_contain_text("Asia Pacific (Singapore)")
    assert kilometres == sorted(kilometres)
    assert len(rows) == len(REGIONS)
    for region, km, miles in rows:
        expected = distance_to_region_km(city, region)
        assert int(km) == pytest.approx(expected, rel=0.01, abs=1)
        assert int(miles) == pytest.approx(expected * 0.621371, rel=0.01, abs=1)
    underlined = shown.page.locator("#distances .has-endpoint").all_inner_texts()
    assert sorted(underlined) == [FRANKFURT_REGION, OREGON_REGION]


def test_the_path_leads_from_the_visitor_to_the_chosen_region(visits: Visits) -> None:
    shown = open_map(visits)
    shown.choose(OREGON_REGION)
    expect(shown.path()).to_have_count(0)

    shown.stand_in("Frankfurt")
    expect(shown.path()).to_have_count(1)
    expect(shown.heading()).to_contain_text(OREGON_REGION)

    shown.stand_in("Tokyo")  # the path leaves the map at the 180th meridian
    expect(shown.path()).to_have_count(2)
    shown.page.get_by_role("button", name="Close").click()
    expect(shown.path()).to_have_count(0)


def test_the_browser_s_place_is_asked_for_by_a_button_alone(visits: Visits) -> None:
    place = {"latitude": 48.1371, "longitude": 11.5754}
    shown = open_map(visits, geolocation=place, permissions=["geolocation"])
    expect(shown.page.locator(".marker.visitor")).to_have_count(0)

    shown.page.get_by_role("button", name="Use my location").click()

    expect(shown.page.locator("#visitor-facts")).to_contain_text("48.13710")
    expect(shown.page.locator("#visitor-facts")).to_contain_text("11.57540")
    expect(shown.page.locator(".marker.visitor")).to_have_count(1)


def test_a_refused_place_is_told_and_a_city_can_be_chosen(visits: Visits) -> None:
    shown = open_map(visits, permissions=[])

    shown.page.get_by_role("button", name="Use my location").click()
    expect(shown.page.locator("#place-status")).to_contain_text("choose a city")

    shown.stand_in("Tokyo")
    expect(shown.heading()).to_have_text("Tokyo")
    expect(shown.page.locator("#place-status")).to_be_empty()


def test_an_endpoint_that_is_added_by_hand_stays_until_it_is_removed(visits: Visits) -> None:
    shown = open_map(visits)
    url = visits.url("accelerator", "")
    added = shown.page.get_by_role("button", name=re.compile("^Remove"))

    shown.page.get_by_label("Add an endpoint").fill(f"{url}/")
    shown.page.get_by_role("button", name="Add", exact=True).click()
    expect(shown.page.locator("#add-status")).to_contain_text("Added Europe (Frankfurt)")
    shown.page.reload()
    expect(added).to_have_count(1)

    added.click()
    expect(added).to_have_count(0)
    shown.page.reload()
    expect(shown.markers("endpoint")).to_have_count(2)
    expect(added).to_have_count(0)


def test_a_wrong_endpoint_is_refused_with_the_reason(visits: Visits) -> None:
    visits.expect_faults(FAILED_REQUESTS)
    shown = open_map(visits)
    field = shown.page.get_by_label("Add an endpoint")

    for url, reason in (("", "the URL is empty"), ("nowhere.test", "no connection")):
        field.fill(url)
        shown.page.get_by_role("button", name="Add", exact=True).click()
        expect(shown.page.locator("#add-status")).to_contain_text(reason)
        expect(field).to_be_focused()


def test_everything_can_be_done_by_keyboard(visits: Visits) -> None:
    shown = open_map(visits)
    keyboard = shown.page.keyboard

    shown.endpoint(FRANKFURT_REGION).focus()
    keyboard.press("Enter")
    expect(shown.heading()).to_contain_text(FRANKFURT_REGION)
    expect(shown.endpoint(FRANKFURT_REGION)).to_be_focused()
    shown.page.get_by_label("Key", exact=True).focus()
    keyboard.type("map-keys")
    keyboard.press("Tab")
    keyboard.press("Tab")
    keyboard.type("typed")
    keyboard.press("Enter")
    expect(shown.fact("write", "Result")).to_have_text("OK")


def test_the_page_is_never_wider_than_its_window(visits: Visits) -> None:
    shown = open_map(visits)
    shown.stand_in("Tokyo")
    shown.choose(OREGON_REGION)

    assert windows_that_scroll(shown.page, 360, 390, 768, 1440, 2200) == []
