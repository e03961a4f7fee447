"""Counts in messages: `1 item`, and no source that writes them otherwise; names that are meant."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.command.wording import count_of, shorten, suggest_name
from tests.source_files import find_sources

ROOT = Path(__file__).resolve().parents[4]
SOURCES = [
    path for folder in ("muster", "twin/cli", "tools", "infra") for path in find_sources(folder)
]
COUNTED = r"\s+(items|requests|operations|writes|guards|days|runs|drills|resources|processes)\b"
"""What messages count, after a number that is not the total of `1 of 20`."""


@pytest.mark.parametrize(
    ("number", "words"),
    [(0, "0 items"), (1, "1 item"), (2, "2 items"), (1200, "1,200 items"), (1.0, "1 item")],
)
def test_a_count_has_its_noun_in_the_right_number(number: float, words: str) -> None:
    assert count_of(number, "item") == words


def test_a_plural_may_have_a_form_of_its_own() -> None:
    assert count_of(1, "entry", "entries") == "1 entry"
    assert count_of(2, "entry", "entries") == "2 entries"


def test_a_long_value_is_cut() -> None:
    assert shorten("x" * 60) == "x" * 60
    assert shorten("x" * 61) == "x" * 57 + "..."


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("evacaute", "; did you mean evacuate?"),
        ("EVACUATE", "; did you mean evacuate?"),
        ("us-west-3", "; did you mean us-west-2?"),
        ("us-east-1", ""),  # a Region of its own, and no slip of the keyboard
        ("meteor", ""),
    ],
)
def test_a_mistyped_name_is_told_the_one_that_is_meant(written: str, words: str) -> None:
    assert suggest_name(written, ("evacuate", "us-west-2")) == words


def test_the_same_letters_in_another_order_are_meant() -> None:
    assert suggest_name("psas", ("auto", "fail", "pass")) == "; did you mean pass?"


def test_messages_leave_the_plural_to_this_module() -> None:
    found = {
        f"{source.relative_to(ROOT)}: {text}" for source in SOURCES for text in own_plurals(source)
    }

    assert found == set()


def own_plurals(source: Path) -> Iterator[str]:
    """Counts in f-strings, but of constants and of totals."""
    for node in ast.walk(ast.parse(source.read_text())):
        if not isinstance(node, ast.JoinedStr):
            continue
        parts = [None, *node.values]
        for before, value, after in zip(parts, node.values, node.values[1:], strict=False):
            if not isinstance(value, ast.FormattedValue) or not isinstance(after, ast.Constant):
                continue
            is_total = isinstance(before, ast.Constant) and str(before.value).endswith(" of ")
            name = ast.unparse(value.value)
            if re.match(COUNTED, str(after.value)) and not is_total and not name.isupper():
                yield f"{{{name}}}{after.value!s}"
