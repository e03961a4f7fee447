"""Elements are made of text: what is stored can become neither markup nor code."""

from collections.abc import Mapping
from html import unescape

import pytest
from playwright.sync_api import Page

from tests.browser.visits import Visits
from tests.e2e.both_doors.dns_clients import FRANKFURT

HOSTILE = "<img src=x onerror=alert(1)>"
MAKE = """async ({ name, properties, children }) => {
  const { element } = await import("/web/elements.js");
  try {
    return element(name, properties, ...children).outerHTML;
  } catch (refused) {
    return `refused: ${refused.message}`;
  }
}"""


@pytest.fixture
def page(visits: Visits) -> Page:
    return visits.open(FRANKFURT, visits.url("dns"))


def make(page: Page, name: str, properties: Mapping[str, object], *children: str) -> str:
    """The HTML of the element, or `refused: ` with the reason."""
    shown: str = page.evaluate(
        MAKE, {"name": name, "properties": dict(properties), "children": list(children)}
    )
    return shown


def test_text_stays_text_in_a_child_and_in_an_attribute(page: Page) -> None:
    shown = make(page, "p", {"title": HOSTILE}, HOSTILE)

    assert unescape(shown) == f'<p title="{HOSTILE}">{HOSTILE}</p>'
    assert shown.endswith(">&lt;img src=x onerror=alert(1)&gt;</p>")


def test_a_property_that_is_false_is_left_out_and_a_true_one_is_empty(page: Page) -> None:
    properties = {"hidden": True, "disabled": False, "class": None}

    assert make(page, "button", properties) == '<button hidden=""></button>'


def test_an_attribute_that_could_run_code_is_refused(page: Page) -> None:
    for name, properties in (
        ("p", {"onclick": "alert(1)"}),
        ("p", {"ONCLICK": "alert(1)"}),
        ("p", {"style": "color: red"}),
        ("iframe", {"srcdoc": HOSTILE}),
        ("a", {"href": "javascript:alert(1)"}),
        ("a", {"href": " JavaScript:alert(1)"}),
        ("a", {"href": "data:text/html,x"}),
        ("img", {"src": "blob:x"}),
        ("button", {"formaction": "vbscript:x"}),
    ):
        assert make(page, name, properties).startswith("refused: "), (name, properties)


def test_a_web_address_is_taken(page: Page) -> None:
    for address in (
        "https://a.test/x",
        "player?film=1",
        "/map",
        "#main",
        "data:image/svg+xml,x",
        "a/b:c",
        "",
    ):
        assert make(page, "a", {"href": address}) == f'<a href="{address}"></a>'
