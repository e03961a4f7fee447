"""The modules that every page shares, run in Node.js: requests, and the list of endpoints."""

from pathlib import Path
from typing import Any

import pytest

from tests.node_scripts import run_in_node

FAKES = """
import { request, urlOf } from "./request.js";

const clock = [0, 40.4, 99];
const now = () => clock.shift();
const answers = (status, body, region = "eu-west-1") => async () =>
  new Response(body, { status, headers: region ? { "X-Served-Region": region } : {} });
const never = (_url, { signal }) =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));
const show = (value) => console.log(JSON.stringify(value));
"""


def requested(folder: Path, call: str) -> Any:  # noqa: ANN401 - a JSON document
    return run_in_node(folder, f"{FAKES}\nshow(await request('https://a.test/x', {call}));")


def test_an_answer_has_its_data_its_region_and_the_time_until_its_headers(tmp_path: Path) -> None:
    shown = requested(tmp_path, """{ send: answers(200, '{"value":"v"}'), now }""")

    assert shown == {
        "ok": True,
        "status": 200,
        "data": {"value": "v"},
        "region": "eu-west-1",
        "ms": 40,
        "error": "",
        "timedOut": False,
        "aborted": False,
    }


def test_an_error_of_the_service_is_told_in_its_own_words(tmp_path: Path) -> None:
    shown = requested(tmp_path, """{ send: answers(404, '{"error":"no key"}'), now }""")

    assert (shown["ok"], shown["status"], shown["error"]) == (False, 404, "HTTP 404: no key")
    assert (shown["region"], shown["ms"]) == ("eu-west-1", 40)


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (502, "<html>", "HTTP 502: the answer is not JSON"),
        (200, "<html>", "HTTP 200: the answer is not JSON"),
        (500, "", "HTTP 500"),
        (403, '{"message":"Forbidden"}', "HTTP 403: Forbidden"),
        (500, '{"error":{"a":1}}', "HTTP 500"),
    ],
)
def test_what_is_no_answer_of_the_service_is_an_error_too(
    tmp_path: Path, status: int, body: str, error: str
) -> None:
    shown = requested(tmp_path, f"{{ send: answers({status}, '{body}'), now }}")

    assert (shown["ok"], shown["error"]) == (False, error)


def test_a_silent_region_is_given_up_at_the_time_out(tmp_path: Path) -> None:
    shown = requested(tmp_path, "{ send: never, now, timeoutMs: 20 }")

    assert (shown["ok"], shown["status"], shown["timedOut"]) == (False, 0, True)
    assert (shown["error"], shown["ms"]) == ("no answer within 0.02 s", 40)


def test_a_body_that_never_ends_is_given_up_at_the_time_out(tmp_path: Path) -> None:
    send = """(url, { signal }) => answers(200, new ReadableStream({
        start: (stream) => signal.addEventListener("abort", () => stream.error(new Error("cut"))),
    }))()"""

    shown = requested(tmp_path, f"{{ send: {send}, now, timeoutMs: 20 }}")

    assert (shown["ok"], shown["timedOut"]) == (False, True)


def test_a_refused_connection_is_an_error_with_its_time(tmp_path: Path) -> None:
    send = "async () => { throw new TypeError('Failed to fetch'); }"

    shown = requested(tmp_path, f"{{ send: {send}, now }}")

    assert (shown["ok"], shown["status"], shown["ms"]) == (False, 0, 40)
    assert shown["error"].startswith("no connection (Failed to fetch)")


def test_a_request_that_the_page_stops_is_stopped(tmp_path: Path) -> None:
    shown = requested(tmp_path, "{ send: never, now, signal: AbortSignal.timeout(5) }")

    assert (shown["aborted"], shown["timedOut"], shown["error"]) == (True, False, "stopped")


def test_a_body_is_sent_as_json(tmp_path: Path) -> None:
    send = "async (url, sent) => new Response(JSON.stringify({ url, ...sent, signal: 0 }))"

    shown = requested(tmp_path, f"{{ method: 'POST', body: {{ value: '' }}, send: {send}, now }}")

    assert shown["data"]["method"] == "POST"
    assert shown["data"]["body"] == '{"value":""}'
    assert shown["data"]["headers"]["Content-Type"] == "application/json"
    assert shown["data"]["credentials"] == "omit"


def test_each_segment_of_a_url_is_encoded(tmp_path: Path) -> None:
    urls = '["a/b", "...", "x", "%", "ä ?#"].map((key) => urlOf("https://a.test/", "kv", key))'

    shown = run_in_node(tmp_path, f"{FAKES}\nshow({urls});")

    assert [url.removeprefix("https://a.test/kv/") for url in shown] == [
        "a%2Fb",
        "...",
        "x",
        "%25",
        "%C3%A4%20%3F%23",
    ]


@pytest.mark.parametrize("segment", [".", ".."])
def test_a_segment_that_a_browser_takes_as_a_step_is_refused(tmp_path: Path, segment: str) -> None:
    script = f"""
    try {{ show(urlOf("https://a.test", "kv", "{segment}")); }}
    catch (refused) {{ show(refused.message); }}
    """

    assert run_in_node(tmp_path, FAKES + script) == f'"{segment}" cannot be part of a URL'


ENDPOINTS = """
import { addEndpoint, loadEndpoints, parseUrl, removeEndpoint } from "./endpoints.js";

class Storage {
  constructor(text = null) { this.text = text; }
  getItem() { return this.text; }
  setItem(_name, text) { this.text = text; }
}
const show = (value) => console.log(JSON.stringify(value));
const said = { ok: true, data: { region: "eu-west-1", services: ["items"], shared: [],
  regions: [{ region: "eu-west-1", url: "https://one.test" }] }, region: "eu-west-1", error: "" };
const ask = async (url) => url.endsWith("/endpoints") ? said
  : url.startsWith("https://dead") ? { region: "", status: 0, error: "no connection" }
  : url.startsWith("https://other") ? { region: "", status: 200, error: "" }
  : { region: "us-west-2", status: 200, error: "" };
const failure = async (promise) => promise.then(() => "none", (error) => error.message);
"""


def test_the_list_has_the_stack_s_endpoints_and_those_added_by_hand(tmp_path: Path) -> None:
    script = """
    const storage = new Storage();
    await addEndpoint(" two.test/live/ ", { ask, storage });
    await addEndpoint("https://one.test", { ask, storage });
    show((await loadEndpoints({ ask, storage })).endpoints);
    """

    assert run_in_node(tmp_path, ENDPOINTS + script) == [
        {"url": "https://one.test", "region": "eu-west-1", "byHand": False},
        {"url": "https://two.test/live", "region": "us-west-2", "byHand": True},
    ]


def test_an_endpoint_that_was_added_can_be_removed(tmp_path: Path) -> None:
    script = """
    const storage = new Storage();
    await addEndpoint("https://two.test", { ask, storage });
    removeEndpoint("https://two.test", { storage });
    show([storage.text, (await loadEndpoints({ ask, storage })).endpoints.length]);
    """

    assert run_in_node(tmp_path, ENDPOINTS + script) == ["[]", 1]


@pytest.mark.parametrize(
    "stored",
    ["", "{", "null", "7", '[null, 1, {"url": 1}, {"url": "javascript:1", "region": "x"}]'],
)
def test_a_damaged_list_counts_as_empty(tmp_path: Path, stored: str) -> None:
    script = f"show((await loadEndpoints({{ ask, storage: new Storage(`{stored}`) }})).endpoints);"

    assert len(run_in_node(tmp_path, ENDPOINTS + script)) == 1


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("", "the URL is empty"),
        ("https://", "is no URL"),
        ("ftp://a.test", "is no http or https URL"),
        ("https://user:secret@a.test", "without a user"),
        ("https://dead.test", "https://dead.test: no connection"),
        ("https://other.test", "not an endpoint of this service"),
    ],
)
def test_an_endpoint_that_can_t_be_added_is_refused_with_the_reason(
    tmp_path: Path, url: str, error: str
) -> None:
    script = f"""
    const storage = new Storage();
    show([await failure(addEndpoint("{url}", {{ ask, storage }})), storage.text]);
    """

    message, stored = run_in_node(tmp_path, ENDPOINTS + script)

    assert error in message
    assert stored is None


def test_a_stack_that_does_not_answer_leaves_what_was_added_and_says_why(tmp_path: Path) -> None:
    script = """
    const storage = new Storage('[{"url": "https://two.test", "region": "us-west-2"}]');
    const silent = async () => ({ ok: false, data: null, region: "", error: "no answer" });
    show(await loadEndpoints({ ask: silent, storage }));
    """

    assert run_in_node(tmp_path, ENDPOINTS + script) == {
        "endpoints": [{"url": "https://two.test", "region": "us-west-2", "byHand": True}],
        "shared": [],
        "region": "",
        "services": [],
        "error": "no answer",
    }


STORAGE = """
import { browserStorage, readStored, writeStored } from "./storage.js";

const show = (value) => console.log(JSON.stringify(value));
const box = { getItem: (name) => box[name] ?? null,
  setItem: (name, text) => { box[name] = text; } };
const damaged = { getItem: () => "{", setItem: () => { throw new Error("full"); } };
"""


def test_what_a_page_stores_is_there_again(tmp_path: Path) -> None:
    script = """show([writeStored(box, "a", { url: "b" }), readStored(box, "a"),
                   readStored(box, "c")]);"""

    assert run_in_node(tmp_path, STORAGE + script) == [True, {"url": "b"}, None]


def test_a_page_without_a_sound_storage_goes_on_and_is_told(tmp_path: Path) -> None:
    script = """show([damaged, null].map((storage) =>
      [writeStored(storage, "a", 1), readStored(storage, "a")]));"""

    assert run_in_node(tmp_path, STORAGE + script) == [[False, None], [False, None]]


def test_a_browser_that_refuses_its_storage_has_none(tmp_path: Path) -> None:
    script = """Object.defineProperty(globalThis, "localStorage",
      { get() { throw new Error("refused"); } });
    show(browserStorage());"""

    assert run_in_node(tmp_path, STORAGE + script) is None
