"""What the pages of the films ask, read, order and remember; run in Node.js."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.node_scripts import run_in_node

PLAY = Path(__file__).with_name("bookmarks_play.js").read_text()


def told(folder: Path, script: str) -> Any:  # noqa: ANN401 - a JSON document
    return run_in_node(folder, PLAY + script)


def test_a_bookmark_is_put_as_an_absolute_place_with_its_version_and_session(
    tmp_path: Path,
) -> None:
    answer = {"film": "0/1", "bookmark": 0.5, "version": 7, "writtenIn": "eu-west-1", "Latency": 3}
    script = f"""
    const result = await bookmarks.putBookmark("https://a.test/live", "0/1",
      {{ bookmark: 0.5, version: 7, session: "s" }}, {{ ask: answering({json.dumps(answer)}) }});
    show([asked, result]);
    """
    asked, result = told(tmp_path, script)

    assert asked == [
        [
            "https://a.test/live/bookmarks/viewers/user10/0%2F1",
            "PUT",
            {"bookmark": 0.5, "version": 7, "session": "s"},
        ]
    ]
    assert result == {
        "ok": True,
        "error": "",
        "ms": 12,
        "tableMs": 3,
        "region": "eu-west-1",
        "conflict": False,
        "written": {"film": "0/1", "bookmark": 0.5, "version": 7, "writtenIn": "eu-west-1"},
    }


def test_an_older_write_is_a_conflict_that_shows_what_the_region_has(tmp_path: Path) -> None:
    answer = {"error": "older", "film": "01", "bookmark": 0.9, "version": 8, "writtenIn": "b"}
    script = f"""
    const ask = answering({json.dumps(answer)}, {{ status: 409, error: "HTTP 409: older" }});
    const {{ ok, conflict, written }} =
      await bookmarks.putBookmark("https://a.test", "01",
        {{ bookmark: 0.5, version: 7, session: "s" }}, {{ ask }});
    show([ok, conflict, written.version]);
    """

    assert told(tmp_path, script) == [False, True, 8]


@pytest.mark.parametrize(
    "call",
    [
        "fetchFilms('https://a.test', O)",
        "fetchWatching('https://a.test', O)",
        "fetchBookmark('https://a.test', '01', O)",
        "putBookmark('https://a.test', '01', {}, O)",
    ],
)
@pytest.mark.parametrize("data", ["null", "{}", "[]", "'text'", "7", "{ films: 1, watching: {} }"])
def test_an_answer_of_something_else_is_an_error_in_words(
    tmp_path: Path, call: str, data: str
) -> None:
    script = f"""
    const O = {{ ask: answering({data}) }};
    const {{ ok, error }} = await bookmarks.{call};
    show([ok, error]);
    """

    assert told(tmp_path, script) == [False, "the answer is not the bookmarks API's"]


def test_films_are_read_tolerantly(tmp_path: Path) -> None:
    script = """
    show(bookmarks.readFilms({ films: [
      { id: "01", title: "A", seconds: 90, colours: ["#123456"] },
      { id: "02", title: 7, seconds: "long", colours: "red" },
      { title: "without id" }, null, "text", { id: "" },
    ] }));
    """

    assert told(tmp_path, script) == [
        {"id": "01", "title": "A", "seconds": 90, "colours": ["#123456"]},
        {"id": "02", "title": "Film 02", "seconds": None, "colours": []},
    ]


def test_an_entry_without_a_place_in_the_film_is_left_out(tmp_path: Path) -> None:
    script = """
    show(bookmarks.readWatching({ watching: [
      { film: "01", bookmark: 0.5, version: 3, writtenIn: "a" },
      { film: "02" }, { film: "03", bookmark: "0.5" }, { film: "04", bookmark: 1.5 },
      { bookmark: 0.5 }, null,
    ] }));
    """

    assert told(tmp_path, script) == [
        {"film": "01", "bookmark": 0.5, "version": 3, "writtenIn": "a"}
    ]


def test_endpoints_are_asked_in_order_until_one_answers(tmp_path: Path) -> None:
    script = """
    const ask = async (url) => ({ ok: url === "b", error: `${url} is down` });
    const { askInOrder } = bookmarks;
    show([await askInOrder(["a", "b", "c"], ask), await askInOrder(["a"], ask)]);
    """

    assert told(tmp_path, script) == [
        {
            "url": "b",
            "result": {"ok": True, "error": "b is down"},
            "failed": [{"url": "a", "error": "a is down"}],
        },
        {"url": None, "result": None, "failed": [{"url": "a", "error": "a is down"}]},
    ]


def test_a_version_is_the_time_but_always_above_every_version_seen(tmp_path: Path) -> None:
    script = """
    const times = [100.7, 90, 101, 500];
    const clock = new bookmarks.VersionClock(() => times.shift());
    const first = [clock.next(), clock.next()];
    clock.saw(300);
    clock.saw(undefined);
    clock.saw(NaN);
    clock.saw(2);
    show([...first, clock.next(), clock.next()]);
    """

    assert told(tmp_path, script) == [100, 101, 301, 500]


def test_choices_and_bookmarks_are_kept(tmp_path: Path) -> None:
    script = """
    const storage = new Storage();
    choices.storeEndpoint(storage, "https://a.test");
    choices.storeSettings(storage, { failureLimit: 5 });
    choices.storeBookmark(storage, "user10", "01", { bookmark: 0.5, version: 3, session: "s" });
    show([choices.storedEndpoint(storage), choices.storedSettings(storage),
          choices.storedBookmark(storage, "user10", "01"),
          choices.storedBookmark(storage, "user10", "02")]);
    """

    assert told(tmp_path, script) == [
        "https://a.test",
        {"failureLimit": 5},
        {"film": "01", "bookmark": 0.5, "version": 3, "writtenIn": ""},
        None,
    ]


def test_storage_that_is_refused_or_damaged_is_as_if_nothing_was_stored(tmp_path: Path) -> None:
    script = """
    const damaged = { getItem: () => "{", setItem: () => { throw new Error("full"); } };
    for (const storage of [damaged, null]) choices.storeEndpoint(storage, "https://a.test");
    show([damaged, null].map((storage) =>
      [choices.storedEndpoint(storage), choices.storedSettings(storage),
       choices.storedBookmark(storage, "u", "1")]));
    """

    assert told(tmp_path, script) == [[None, None, None], [None, None, None]]


def test_the_preferred_endpoint_is_first_if_it_is_there(tmp_path: Path) -> None:
    script = """const first = choices.preferredFirst;
        show([first(['a','b','c'], 'c'), first(['a','b'], 'x')]);"""

    assert told(tmp_path, script) == [["c", "a", "b"], ["a", "b"]]


def test_a_film_goes_into_the_players_address_and_out_of_it(tmp_path: Path) -> None:
    script = """
    const names = ["01", "a&b=c", "\\u00fc #?", "<script>"];
    show([names.map((name) => filmFromQuery(playerAddress(name).slice("player".length)) === name),
          filmFromQuery("?video=07&c=1"), filmFromQuery("")]);
    """

    assert told(tmp_path, script) == [[True] * 4, "07", None]


def test_without_endpoints_the_address_of_the_page_is_one(tmp_path: Path) -> None:
    script = """
    const known = [{ url: "https://a.test", region: "a" }];
    show([usableEndpoints({ endpoints: known, region: "a" }).length,
          usableEndpoints({ endpoints: [], region: "eu-west-1" }).map(({ region }) => region)]);
    """

    assert told(tmp_path, script) == [1, ["eu-west-1"]]


def test_the_choice_is_preferred_then_the_region_that_served_the_page(tmp_path: Path) -> None:
    script = """
    const known = [{ url: "https://a.test", region: "a" }, { url: "https://b.test", region: "b" }];
    show([preferredUrl(known, { chosen: "https://a.test", region: "b" }),
          preferredUrl(known, { chosen: "https://gone.test", region: "b" }),
          preferredUrl(known, { chosen: null, region: "c" })]);
    """

    assert told(tmp_path, script) == ["https://a.test", "https://b.test", None]


def test_figures_are_told_in_words(tmp_path: Path) -> None:
    script = """
    show([behindWords(0.4), behindWords(65), behindWords(-5), behindWords(NaN),
          settingsWords(DEFAULT_SETTINGS),
          settingsWords({ ...DEFAULT_SETTINGS, failback: false })]);
    """
    level, behind, ahead, unknown, words, stays = told(tmp_path, script)

    assert (level, behind) == ("level with the film", "1:05 behind the film")
    assert (ahead, unknown) == ("0:05 ahead of the film", "")
    assert "left after about 1.5 s, one that hangs after about 4.5 s" in words
    assert "does not return by itself" in stays
