"""Which YAML a scenario's file may hold, and the lines of its parts."""

import re

import pytest

from muster.drill.scenario.yaml_loader import find_line, read_yaml
from muster.errors import InvalidScenario

TEXT = """\
name: mine
method:
  - name: first
    arguments: {region: a}

  - name: second
    arguments:
      region: b
"""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: [\n", "line 2, column 1: not YAML"),
        ("a: 1\nb: 2\na: 3\n", "line 3, column 1: not YAML: key 'a' comes twice"),
        ("? [a, b]\n: 1\n", "line 1, column 3: not YAML: a key is no text, but a list"),
        ("? {a: b}\n: 1\n", "a key is no text"),
        ("12: 1\n", "key 12 is no text; put it in quotes"),
        ("on: 1\n", "key on is no text; put it in quotes"),
        ("a:\n\tb: 1\n", "line 2, column 1: not YAML: .*; indent with blanks, not with tabs"),
        ("title: Half: a drill\n", "put a text that holds ': ' in quotes"),
        ("a: {b: ${c}}\n", "put ${parameter} in quotes"),
        ("a: [${c}]\n", "put ${parameter} in quotes"),
        ("a: 1\n---\nb: 1\n", "a file holds one scenario"),
        ("a: !!python/name:os.system x\n", "take the tag away: a scenario needs none"),
        ('a: "b\nc: "d"\n', "see whether a quote above is closed"),
        ("a:\n  - b: 1\n   c: 2\n", "indent it as its neighbours"),
        ("a: *b\n", "an anchor is defined as &name, above its use"),
        ("a: 2026-13-45\n", "mine.yaml: not YAML: month must be in 1..12"),
        (f"a: 1{5000 * '0'}\n", "mine.yaml: not YAML: Exceeds the limit"),
        (f"a: {'[' * 5000}{']' * 5000}", "is nested too deeply"),
        ("", "mine.yaml: is empty; a scenario has a name"),
        ("# nothing\n", "is empty"),
        (b"a: \xfc\n", "byte 3 is not text; save the file as UTF-8"),
    ],
)
def test_the_error_for_invalid_yaml_names_the_line_and_the_remedy(
    text: str | bytes, message: str
) -> None:
    with pytest.raises(InvalidScenario) as error:
        read_yaml(text, "mine.yaml")

    assert str(error.value).startswith("mine.yaml: ")
    assert re.search(re.escape(message).replace(r"\.\*", ".*"), str(error.value))
    assert "\n" not in str(error.value)


def test_anchors_and_merge_keys_are_yaml_too() -> None:
    text = "a: &one {x: 1, y: 2}\nb: {<<: *one, y: 3}\nc: *one\n"

    assert read_yaml(text, "mine.yaml") == {
        "a": {"x": 1, "y": 2},
        "b": {"x": 1, "y": 3},
        "c": {"x": 1, "y": 2},
    }


def test_anchors_can_not_make_a_document_endless() -> None:
    ten = ",".join("x" * 10)
    bomb = f"a: &a [{ten}]\n" + "".join(
        f"{name}: &{name} [{','.join([f'*{of}'] * 10)}]\n"
        for of, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    for text in (bomb, "a: &a [*a]\n", "a: &a {b: *a}\n"):
        with pytest.raises(InvalidScenario, match="has more than 20000 values"):
            read_yaml(text, "mine.yaml")


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ((), 1),
        (("name",), 1),
        (("method",), 2),
        (("method", 0, "arguments", "region"), 4),
        (("method", 1), 6),
        (("method", 1, "arguments"), 7),
        (("method", 1, "arguments", "region"), 8),
        (("method", 1, "arguments", "to"), 7),
        (("method", 5), 2),
        (("name", "x"), 1),
    ],
)
def test_the_line_of_a_path_or_of_its_nearest_parent(
    place: tuple[str | int, ...], line: int
) -> None:
    assert find_line(TEXT, place) == line
