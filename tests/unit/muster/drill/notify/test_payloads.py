"""The two forms of a webhook's body."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from muster.drill.journal.events import RollbackGaveUp
from muster.drill.notify.notices import make_notice
from muster.drill.notify.payloads import make_payload
from tests.unit.muster.drill.notify.builders import END, NOTICE, NUMBERS, OPENED, line_of

PAGE = Path(__file__).resolve().parents[5] / "docs/drills/notifications.md"


def test_the_generic_form_has_every_field_at_each_moment() -> None:
    begin, end = make_payload(NOTICE, "json"), make_payload(END, "json")

    assert begin.keys() == end.keys()
    assert (begin["kind"], begin["at"]) == ("begin", "2026-11-21T10:02:07.250Z")
    assert {name: begin[name] for name in ("run", "scenario", "region", "target", "by")} == {
        "run": "run",
        "scenario": "evacuate",
        "region": "us-west-2",
        "target": "a test",
        "by": "ann",
    }
    assert (begin["status"], begin["exit_code"], begin["numbers"]) == (None, None, None)
    assert (end["status"], end["exit_code"], end["numbers"]) == ("met", 0, NUMBERS)
    json.dumps(end)


def test_the_text_says_what_where_and_by_whom() -> None:
    assert make_payload(END, "json")["text"].splitlines() == [
        "Muster: drill ended: targets met (evacuate of us-west-2)",
        "RTO 12.7 s, at most 60 s",
        "RTO 12.7 s, RPO 410 ms, 4,810 requests, 133 failed",
        "run on a test, by ann",
    ]


def test_the_text_says_what_to_do_when_a_person_is_needed() -> None:
    notice = make_notice(line_of(RollbackGaveUp(why="no dial")), OPENED)
    assert notice is not None

    text = make_payload(notice, "json")["text"]

    assert f"To do: on desk: muster drill rollback {OPENED.run}" in text.splitlines()


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ({**NUMBERS, "trusted": False}, "133 failed, the numbers are in doubt"),
        ({**NUMBERS, "rto_s": None}, "\nRPO 410 ms, 4,810 requests"),
    ],
)
def test_numbers_that_are_in_doubt_or_missing_are_not_told_as_good(
    numbers: Mapping[str, object], words: str
) -> None:
    assert words in make_payload(replace(END, numbers=numbers), "json")["text"]


def test_slacks_form_is_a_text_whose_control_characters_are_escaped() -> None:
    """https://docs.slack.dev/messaging/formatting-message-text"""
    payload = make_payload(replace(NOTICE, why="a <b> & c"), "slack")

    assert payload == {
        "text": "*Muster: drill begins (evacuate of us-west-2)*\n"
        "a &lt;b&gt; &amp; c\nrun on a test, by ann"
    }


def test_every_field_of_the_generic_form_is_on_the_page() -> None:
    page = PAGE.read_text()

    assert [name for name in make_payload(NOTICE, "json") if f"| `{name}` |" not in page] == []
