"""A scenario's file as a YAML document, and the lines on which its parts stand.

Decides what YAML a scenario may use: one document, keys that are texts and come once, anchors and
`<<` within bounds. Knows nothing of what a scenario says. Errors name the file, the line, and what
to do where YAML's own words don't tell.
"""

from collections.abc import Sequence
from typing import Any

import yaml

from muster.errors import InvalidScenario

MOST_VALUES = 20_000
"""A document that its anchors make larger is none that a person wrote."""
DocumentPath = Sequence[str | int]
"""Keys and indices from the top."""

_HINTS = {
    "found character '\\t'": "indent with blanks, not with tabs",
    "mapping values are not allowed here": "put a text that holds ': ' in quotes, or mend the"
    " indentation",
    "but got '{'": "between { } and [ ], put ${parameter} in quotes",
    "but found another document": "a file holds one scenario",
    "expected <block end>": "indent it as its neighbours, and see whether a quote above is closed",
    "could not determine a constructor for the tag": "take the tag away: a scenario needs none",
    "found undefined alias": "an anchor is defined as &name, above its use",
}


def read_yaml(text: str | bytes, source: str) -> object:
    """The document's values; `source` is named in errors. Raises ScenarioWrong."""
    try:
        raw: object = yaml.load(text, Loader=_Loader)  # noqa: S506 - a subclass of the safe loader
    except yaml.MarkedYAMLError as exc:
        mark = exc.problem_mark
        at = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise InvalidScenario(source, at, f"not YAML: {_hinted(str(exc.problem))}") from exc
    except RecursionError:
        raise InvalidScenario(source, "", "is nested too deeply") from None
    except yaml.reader.ReaderError as exc:
        rule = f"not YAML: what stands at byte {exc.position} is no text; save the file as UTF-8"
        raise InvalidScenario(source, "", rule) from exc
    except (yaml.YAMLError, ValueError) as exc:  # ValueError: a date or a number that is none
        raise InvalidScenario(source, "", f"not YAML: {exc}") from exc
    if raw is None:
        raise InvalidScenario(source, "", "is empty; a scenario has a name, a title, a method, ...")
    if _is_huge(raw):
        rule = f"has more than {MOST_VALUES} values, each anchor counted as often as it is used"
        raise InvalidScenario(source, "", rule)
    return raw


def find_line(text: str | bytes, place: DocumentPath) -> int:
    """The line, from 1, on which the value at this place begins; where there is none, its parent's.

    `text` is one that `read` has taken.
    """
    node = yaml.compose(text, Loader=_Loader)
    at = 0 if node is None else node.start_mark.line
    for part in place:
        below = _below(node, part)
        if below is None:
            break
        at, node = below
    return at + 1


def _below(node: yaml.Node | None, part: str | int) -> tuple[int, yaml.Node] | None:
    """The line of a mapping's key or of a list's entry, and what stands there."""
    if isinstance(node, yaml.MappingNode):
        found = ((k.start_mark.line, v) for k, v in node.value if k.value == part)
        return next(found, None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        entry = node.value[part]
        return entry.start_mark.line, entry
    return None


class _Loader(yaml.SafeLoader):
    """The safe loader; a key that comes twice is an error, and not the last one's victory."""

    def compose_mapping_node(self, anchor: dict[Any, yaml.Node]) -> yaml.MappingNode:
        """Refuse keys that are no text, and the second of two equal ones."""
        node = super().compose_mapping_node(anchor)
        seen: set[str] = set()
        for key, _ in node.value:
            problem = _problem(key, seen)
            if problem:
                raise yaml.MarkedYAMLError(problem=problem, problem_mark=key.start_mark)
            seen.add(key.value)
        return node


def _problem(key: yaml.Node, seen: set[str]) -> str:
    if not isinstance(key, yaml.ScalarNode):
        return "a key is no text, but a list or a mapping"
    if key.tag not in ("tag:yaml.org,2002:str", "tag:yaml.org,2002:merge"):
        return f"key {key.value} is no text; put it in quotes"
    return f"key {key.value!r} comes twice" if key.value in seen else ""


def _hinted(problem: str) -> str:
    hint = next((words for said, words in _HINTS.items() if said in problem), "")
    return f"{problem}; {hint}" if hint else problem


def _is_huge(raw: object) -> bool:
    """Whether there are too many values, each counted as often as it can be reached."""
    left, seen = [raw], 0
    while left and seen <= MOST_VALUES:
        value = left.pop()
        seen += 1
        if isinstance(value, dict):
            left.extend(value.values())
        elif isinstance(value, list):
            left.extend(value)
    return seen > MOST_VALUES
