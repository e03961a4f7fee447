"""Elements are made of text: what is stored can become neither markup nor code."""

import json
from collections.abc import Mapping
from html import unescape

import pytest

from tests.browser.visits import Visits
from tests.e2e.dns_clients import FRANKFURT

HOSTILE = "<img src=x onerror=alert(1)>"
MAKE = """async ({ name, properties, children }) => {
  const { element } = await import("/web/elements.js");
  try {
    return element(name, properties, ...children).outerHTML;
  } catch (refused) {
    return `refused: ${refused.message}`;
  }
}"""


def make(visits: Visits, name: str, properties: Mapping[str, object], *children: str) -> str:
    page = visits.open(FRANKFURT, visits.url("dns"))
    shown: str = page.evaluate(
        MAKE, {"name": name, "properties": dict(properties), "children": list(children)}
    )
    return shown


def test_text_stays_text_in_a_child_and_in_an_attribute(visits: Visits) -> None:
    shown = make(visits, "p", {"title": HOSTILE}, HOSTILE)

    assert unescape(shown) == f'<p title="{HOSTILE}">{HOSTILE}</p>'
    assert shown.endswith(">&lt;img src=x onerror=alert(1)&gt;</p>")


def test_a_property_that_is_false_is_left_out_and_a_true_one_is_empty(visits: Visits) -> None:
    properties = {"hidden": True, "disabled": False, "class": None}

    assert make(visits, "button", properties) == '<button hidden=""></button>'


@pytest.mark.parametrize(
    ("name", "properties"),
    [
        ("p", {"onclick": "alert(1)"}),
        ("p", {"ONCLICK": "alert(1)"}),
        ("p", {"style": "color: red"}),
        ("iframe", {"srcdoc": HOSTILE}),
        ("a", {"href": "javascript:alert(1)"}),
        ("a", {"href": " JavaScript:alert(1)"}),
        ("a", {"href": "data:text/html,x"}),
        ("img", {"src": "blob:x"}),
        ("button", {"formaction": "vbscript:x"}),
    ],
    ids=json.dumps,
)
def test_an_attribute_that_could_run_code_is_refused(
    visits: Visits, name: str, properties: Mapping[str, object]
) -> None:
    assert make(visits, name, properties).startswith("refused: ")


@pytest.mark.parametrize(
    "address",
    ["https://a.test/x", "player?film=1", "/map", "#main", "data:image/svg+xml,x", "a/b:c", ""],
)
def test_a_web_address_is_taken(visits: Visits, address: str) -> None:
    assert make(visits, "a", {"href": address}) == f'<a href="{address}"></a>'
