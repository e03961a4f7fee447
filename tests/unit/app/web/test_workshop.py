"""The workshop page's decisions: what a call sends, what an answer shows, which APIs are listed."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.node_scripts import run_in_node

CALLS = """
import { addTo, factsOf, formatValue, getItem, ping } from "./workshop_calls.js";

const show = (value) => console.log(JSON.stringify(value));
const key = { pk: "user100", sk: "Ashland/Valley" };
const sent = [];
const answers = (answer) => async (url, options = {}) => {
  sent.push([options.method ?? "GET", url, options.body]);
  return { ok: true, status: 200, data: null, region: "us-west-2", ms: 12, error: "", ...answer };
};
"""
REFUSED = """
const ask = answers({ ok: false, status: 404, error: "HTTP 404: no such item",
  data: { error: "no such item", Item: null, Latency: 2 } });
"""


def called(folder: Path, script: str) -> Any:  # noqa: ANN401 - a JSON document
    return run_in_node(folder, CALLS + script)


def test_a_ping_asks_for_no_item_and_has_no_latency_of_a_table(tmp_path: Path) -> None:
    outcome, sent = called(
        tmp_path,
        """const ask = answers({ data: { ping: "ok", region: "us-west-2" } });
        show([await ping("https://a.test", { ask }), sent]);""",
    )

    assert sent == [["GET", "https://a.test/bookmarks/", None]]
    assert (outcome["facts"], outcome["tableMs"], outcome["ms"]) == ([["ping", "ok"]], None, 12)


def test_an_item_is_shown_with_its_keys_first(tmp_path: Path) -> None:
    outcome, sent = called(
        tmp_path,
        """const item = { Bookmark: { N: "7" }, a: { BOOL: true },
          SK: { S: "AshlandValley" }, PK: { S: "user100" } };
        const ask = answers({ data: { Latency: 3, Item: item } });
        show([await getItem("https://a.test", key, { ask }), sent]);""",
    )

    assert sent == [["GET", "https://a.test/bookmarks/get/user100/Ashland%2FValley", None]]
    assert [name for name, _ in outcome["facts"]] == ["PK", "SK", "Bookmark", "a"]
    assert outcome["tableMs"] == 3


@pytest.mark.parametrize(
    ("step", "stored", "change"),
    [
        (1, "5", {"name": "Bookmark", "before": "4", "after": "5"}),
        (-1, "-1", {"name": "Bookmark", "before": "0", "after": "-1"}),
        (1, "1.3", {"name": "Bookmark", "before": "0.3", "after": "1.3"}),
    ],
)
def test_a_change_is_posted_once_and_shows_old_and_new(
    tmp_path: Path, step: int, stored: str, change: dict[str, str]
) -> None:
    outcome, sent = called(
        tmp_path,
        f"""const Attributes = {{ Bookmark: {{ N: "{stored}" }} }};
        const ask = answers({{ data: {{ Attributes, Latency: 4 }} }});
        show([await addTo("https://a.test", key, {step}, {{ ask }}), sent]);""",
    )

    url = "https://a.test/bookmarks/add/user100/Ashland%2FValley"
    assert sent == [["POST", url, {"add": step}]]
    assert outcome["change"] == change


@pytest.mark.parametrize("call", ["getItem(url, key", "addTo(url, key, 1"])
def test_an_error_shows_no_item_and_no_change(tmp_path: Path, call: str) -> None:
    outcome = called(
        tmp_path, f"{REFUSED} const url = 'https://a.test'; show(await {call}, {{ ask }}));"
    )

    assert (outcome["ok"], outcome["error"]) == (False, "HTTP 404: no such item")
    assert outcome["change"] is None
    assert all(name in ("PK", "SK") for name, _ in outcome["facts"])


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ({"S": "<b>"}, "<b>"),
        ({"N": "1.5"}, "1.5"),
        ({"BOOL": False}, "false"),
        ({"NULL": True}, "null"),
        ({"L": [{"S": "#fff"}]}, '[{"S":"#fff"}]'),
        ({"S": "a" * 301}, "a" * 300 + "…"),
        (None, "null"),
    ],
)
def test_values_of_every_type_are_text(tmp_path: Path, typed: object, text: str) -> None:
    assert called(tmp_path, f"show(formatValue({json.dumps(typed)}));") == text


LISTING = """
import { keepRemoved, listApis, readRemoved } from "./workshop_apis.js";

const show = (value) => console.log(JSON.stringify(value));
const one = { url: "https://one.test", region: "eu-west-1", byHand: false };
const two = { url: "https://two.test", region: "us-west-2", byHand: true };
const shared = [{ door: "dns", url: "https://api.test" }, { door: "new", url: "https://new.test" }];
"""


def test_removed_regions_and_shared_addresses_can_be_added_again(tmp_path: Path) -> None:
    listed = run_in_node(
        tmp_path,
        f"""{LISTING}
        show(listApis({{ endpoints: [one, two], shared }}, [one.url]));""",
    )

    assert [api["name"] for api in listed["shown"]] == ["us-west-2"]
    assert listed["known"] == [
        {"url": "https://one.test", "name": "eu-west-1"},
        {"url": "https://api.test", "name": "nearest, by DNS"},
        {"url": "https://new.test", "name": "nearest, by new"},
    ]


def test_a_shared_address_that_was_added_is_named_by_its_door(tmp_path: Path) -> None:
    listed = run_in_node(
        tmp_path,
        f"""{LISTING}
        const nearest = {{ url: "https://api.test", region: "us-west-2", byHand: true }};
        show(listApis({{ endpoints: [one, nearest], shared: shared.slice(0, 1) }}, []));""",
    )

    assert [api["name"] for api in listed["shown"]] == ["eu-west-1", "nearest, by DNS"]
    assert [api["shared"] for api in listed["shown"]] == [False, True]
    assert listed["known"] == []


def test_two_apis_of_a_region_have_names_of_their_own(tmp_path: Path) -> None:
    listed = run_in_node(
        tmp_path,
        f"""{LISTING}
        const other = {{ ...one, url: "http://127.0.0.9:8080/live", byHand: true }};
        show(listApis({{ endpoints: [one, other], shared: [] }}, []));""",
    )

    assert [api["name"] for api in listed["shown"]] == ["eu-west-1", "eu-west-1, 127.0.0.9:8080"]


def test_what_was_removed_is_kept_and_damage_counts_as_nothing(tmp_path: Path) -> None:
    shown = run_in_node(
        tmp_path,
        f"""{LISTING}
        const box = {{ text: null, getItem: () => box.text,
          setItem: (_name, text) => {{ box.text = text; }} }};
        keepRemoved(["https://a.test", "https://a.test"], box);
        const kept = readRemoved(box);
        const holding = (text) => ({{ getItem: () => text }});
        const damaged = ["", "{{", "7", "[1]"].map((text) => readRemoved(holding(text)));
        keepRemoved(["x"], {{ setItem() {{ throw new Error("refused"); }} }});
        show([kept, ...damaged, readRemoved(null)]);""",
    )

    assert shown == [["https://a.test"], [], [], [], [], []]


TEXT = """
import { formatMs } from "./milliseconds.js";
import { describeResult, formatAge, formatSinceUpdate, formatTime } from "./workshop_text.js";

const show = (value) => console.log(JSON.stringify(value));
const update = { at: 1000, name: "us-west-2" };
"""


def test_an_answer_soon_after_an_update_says_how_soon(tmp_path: Path) -> None:
    shown = run_in_node(
        tmp_path,
        f"{TEXT} show([1000, 2440, 61000, 61001].map((now) => formatSinceUpdate(update, now))"
        ".concat(formatSinceUpdate(null, 5)));",
    )

    assert shown == [
        "0.0 s after the update by us-west-2",
        "1.4 s after the update by us-west-2",
        "60.0 s after the update by us-west-2",
        "",
        "",
    ]


def test_times_have_units_and_a_dash_where_there_is_none(tmp_path: Path) -> None:
    shown = run_in_node(
        tmp_path,
        f"{TEXT} show([formatMs(null), formatMs(0), formatAge(null), formatAge(1999),"
        " formatAge(600000), formatTime(new Date(2026, 0, 2, 3, 4, 5, 678))]);",
    )

    dash = "\N{EN DASH}"
    assert shown == [dash, "0 ms", dash, "1 s", "10 min", "03:04:05.6"]


def test_an_answer_is_told_in_a_sentence(tmp_path: Path) -> None:
    shown = run_in_node(
        tmp_path,
        f"""{TEXT}
        const api = {{ name: "us-west-2" }};
        const done = {{ ok: true, error: "", ms: 12, change: null,
          facts: [["PK", "u"], ["Bookmark", "3"]] }};
        const change = {{ name: "Bookmark", before: "3", after: "4" }};
        const told = (outcome, since = "") =>
          describeResult({{ api, outcome: {{ ...done, ...outcome }}, since }});
        show([
          told({{ action: "get-item" }}, "1.0 s after"),
          told({{ action: "update", change }}),
          told({{ action: "ping", ok: false, error: "HTTP 503" }}),
        ]);""",
    )

    assert shown == [
        "us-west-2, get-item: Bookmark 3; 12 ms; 1.0 s after",
        "us-west-2, update: Bookmark from 3 to 4; 12 ms",
        "us-west-2, ping: HTTP 503; 12 ms",
    ]
