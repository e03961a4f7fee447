"""The film without a video file, its look, its picture and its texts, run in Node.js."""

import urllib.parse
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.node_scripts import run_in_node

PLAY = Path(__file__).with_name("film_play.js").read_text()


def played(folder: Path, script: str) -> Any:  # noqa: ANN401 - a JSON document
    return run_in_node(folder, f"{PLAY}\n{script}\nshow([film.currentTime, film.paused, events]);")


def test_a_film_is_loaded_and_waits_at_the_start(tmp_path: Path) -> None:
    assert played(tmp_path, "") == [0, True, ["loadeddata"]]


def test_a_film_runs_with_the_clock_while_it_plays(tmp_path: Path) -> None:
    script = "film.play(); pass(2500); film.pause(); pass(9000);"

    assert played(tmp_path, script) == [
        2.5,
        True,
        ["loadeddata", "play", "timeupdate", "timeupdate", "pause"],
    ]


def test_playing_a_film_that_plays_and_pausing_one_that_pauses_does_nothing(tmp_path: Path) -> None:
    script = "film.pause(); film.play(); film.play(); pass(1000); film.pause(); film.pause();"

    time, _, events = played(tmp_path, script)
    assert (time, events.count("play"), events.count("pause")) == (1, 1, 1)


def test_a_film_jumps_while_it_plays(tmp_path: Path) -> None:
    time, paused, events = played(
        tmp_path, "film.play(); pass(500); film.currentTime = 50; pass(250);"
    )

    assert (time, paused) == (50.25, False)
    assert "seeked" in events


@pytest.mark.parametrize(("jump", "arrives"), [("-5", 0), ("1000", 100)])
def test_a_jump_ends_within_the_film(tmp_path: Path, jump: str, arrives: float) -> None:
    assert played(tmp_path, f"film.currentTime = {jump};")[0] == arrives


@pytest.mark.parametrize("assignment", ["currentTime = NaN", "volume = 2", "volume = NaN"])
def test_a_value_that_is_none_is_an_error_and_changes_nothing(
    tmp_path: Path, assignment: str
) -> None:
    script = f"try {{ film.{assignment}; }} catch (error) {{ events.push(error.name); }}"

    time, _, events = played(tmp_path, script)
    assert time == 0
    assert events[-1] in ("TypeError", "RangeError")


def test_a_film_ends_once_and_plays_again_from_the_start(tmp_path: Path) -> None:
    time, paused, events = played(
        tmp_path, "film.play(); pass(100250); pass(250); film.play(); pass(1000);"
    )

    assert (time, paused, events.count("ended")) == (1, False, 1)


def test_sound_has_a_volume_and_can_be_off(tmp_path: Path) -> None:
    script = "film.volume = 0.2; film.muted = true; show([film.volume, film.muted, film.duration]);"

    assert run_in_node(tmp_path, PLAY + script) == [0.2, True, 100]


def test_the_picture_is_drawn_from_the_time_alone(tmp_path: Path) -> None:
    script = """
    const draw = () => {
      const calls = [];
      const context = new Proxy({}, {
        get: (_, name) => (...given) => {
          calls.push([name, given]);
          return { addColorStop: (...stop) => calls.push(["stop", stop]) };
        },
        set: (_, name, value) => calls.push([name, typeof value === "object" ? "" : value]) > 0,
      });
      film.draw(context, 320, 180);
      return JSON.stringify(calls);
    };
    film.currentTime = 7;
    const first = draw();
    film.currentTime = 60;
    const later = draw();
    film.currentTime = 7;
    const wrong = /NaN|undefined/.test(first + later);
    show([first === draw(), first === later, first.includes("0:07"), wrong]);
    """

    assert run_in_node(tmp_path, PLAY + script) == [True, False, True, False]


TEXTS = """
import { formatTime, speakTime } from "./film_times.js";
import { formatMs } from "./milliseconds.js";
import { filmSeconds, lengthFromId, makeLook, wrapTitle } from "./film_look.js";
import { thumbnailAddress } from "./thumbnails.js";
import { actionOfKey } from "./film_controls.js";
import { noteOf } from "./film_sound.js";
const show = (value) => console.log(JSON.stringify(value));
"""


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        ("0", "0:00"),
        ("59.99", "0:59"),
        ("60", "1:00"),
        ("3599", "59:59"),
        ("3600", "1:00:00"),
        ("36061", "10:01:01"),
        ("NaN", "-:--"),
        ("Infinity", "-:--"),
        ("-1", "-:--"),
        ("undefined", "-:--"),
    ],
)
def test_a_time_is_shown_with_hours_and_never_as_nan(
    tmp_path: Path, seconds: str, text: str
) -> None:
    assert run_in_node(tmp_path, f"{TEXTS} show(formatTime({seconds}));") == text


def test_a_time_is_spoken_in_words(tmp_path: Path) -> None:
    script = "show([0, 1, 62, 3600, NaN].map(speakTime).concat(formatMs(12.6), formatMs(null)));"

    assert run_in_node(tmp_path, TEXTS + script) == [
        "0 seconds",
        "1 second",
        "1 minute 2 seconds",
        "1 hour",
        "unknown",
        "13 ms",
        "\u2013",
    ]


def test_a_film_has_the_length_of_its_data_else_one_from_its_id(tmp_path: Path) -> None:
    script = """
    const ids = Array.from({ length: 500 }, (_, index) => String(index));
    const own = ids.map(lengthFromId);
    show([filmSeconds("01", 312), filmSeconds("01", NaN) === lengthFromId("01"),
          filmSeconds("01", 0) > 1,
          Math.min(...own) >= 60, Math.max(...own) <= 600, new Set(own).size > 200]);
    """

    assert run_in_node(tmp_path, TEXTS + script) == [312, True, True, True, True, True]


HOSTILE_TITLES = [
    "Night Train",
    "</text></svg><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "&amp; ]]> <!-- ",
    "\x00\x01\x1f \ufffe \udc00 \U0001f6a2",
    "",
    "x" * 5000,
    " \u202e \u2028 ",
]


@pytest.mark.parametrize("title", HOSTILE_TITLES)
def test_a_thumbnail_is_valid_svg_whatever_the_title_is(tmp_path: Path, title: str) -> None:
    given = "".join(f"\\u{ord(char):04x}" if ord(char) < 0x10000 else char for char in title)
    film = f'{{ id: "01", title: "{given}", colours: ["#1b4965", "red\\"/><script/>"] }}'
    address = run_in_node(tmp_path, f"{TEXTS} show(thumbnailAddress({film}));")

    kind, _, encoded = address.partition(",")
    root = ElementTree.fromstring(urllib.parse.unquote(encoded, errors="strict"))  # noqa: S314
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert kind == "data:image/svg+xml"
    assert tags <= {
        *("svg", "linearGradient", "stop", "rect", "circle", "polygon", "g", "text"),
    }
    assert len(list(root.iter("{http://www.w3.org/2000/svg}text"))) <= 3


def test_films_look_different_and_each_always_the_same(tmp_path: Path) -> None:
    script = """
    const look = (id, colours) => JSON.stringify(makeLook(String(id), colours));
    const looks = Array.from({ length: 12 }, (_, index) => look(index));
    show([new Set(looks).size, looks[3] === look(3), makeLook("3", ["#123456"]).skyTop,
          noteOf("01", 3) === noteOf("01", 3), noteOf("01", 3) > 100]);
    """

    assert run_in_node(tmp_path, TEXTS + script) == [12, True, "#123456", True, True]


def test_a_long_title_is_wrapped_and_cut(tmp_path: Path) -> None:
    script = """
    show([wrapTitle('The Long Way Round the Cape'), wrapTitle('a '.repeat(90)), wrapTitle('')]);
    """

    wrapped, cut, empty = run_in_node(tmp_path, TEXTS + script)
    assert wrapped == ["The Long Way", "Round the Cape"]
    assert len(cut) == 3
    assert cut[2].endswith("…")
    assert empty == []


@pytest.mark.parametrize(
    ("key", "focused", "action"),
    [
        ("' '", "page", "toggle"),
        ("' '", "button", None),
        ("'K'", "button", "toggle"),
        ("'ArrowLeft'", "seek", "back"),
        ("'ArrowUp'", "seek", None),
        ("'ArrowUp'", "page", "louder"),
        ("'ArrowUp'", "volume", None),
        ("'m'", "field", None),
        ("'f'", "page", "fullscreen"),
        ("'toString'", "page", None),
    ],
)
def test_a_key_acts_unless_the_focused_control_uses_it(
    tmp_path: Path, key: str, focused: str, action: str | None
) -> None:
    script = f"show(actionOfKey({{ key: {key} }}, '{focused}'));"

    assert run_in_node(tmp_path, TEXTS + script) == action


def test_a_key_with_a_modifier_is_the_browsers(tmp_path: Path) -> None:
    script = "show(actionOfKey({ key: 'f', ctrlKey: true }, 'page'));"

    assert run_in_node(tmp_path, TEXTS + script) is None
