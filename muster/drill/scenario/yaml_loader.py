"""Load a scenario's YAML document, and find the line of a value in it.

A file holds one document; keys are texts and come once; anchors and `<<` may expand it to
MAX_VALUES. An error names the file, the line, and what to do where PyYAML's message does not help.
"""

from collections.abc import Sequence
from typing import Any

import yaml

from muster.errors import InvalidScenario

MAX_VALUES = 20_000
"""Nobody writes more by hand: anchors have multiplied them."""
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
    """The document's values; `source` is the file's name in errors. Raises InvalidScenario."""
    try:
        raw: object = yaml.load(text, Loader=_Loader)  # noqa: S506 - a subclass of the safe loader
    except yaml.MarkedYAMLError as exc:
        mark = exc.problem_mark
        at = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise InvalidScenario(source, at, f"not YAML: {_with_hint(str(exc.problem))}") from exc
    except RecursionError:
        raise InvalidScenario(source, "", "is nested too deeply") from None
    except yaml.reader.ReaderError as exc:
        rule = f"not YAML: byte {exc.position} is not text; save the file as UTF-8"
        raise InvalidScenario(source, "", rule) from exc
    except (yaml.YAMLError, ValueError) as exc:  # ValueError: an impossible date or number
        raise InvalidScenario(source, "", f"not YAML: {exc}") from exc
    if raw is None:
        raise InvalidScenario(source, "", "is empty; a scenario has a name, a title, a method, ...")
    if _has_too_many_values(raw):
        rule = f"has more than {MAX_VALUES} values, each anchor counted as often as it is used"
        raise InvalidScenario(source, "", rule)
    return raw


def find_line(text: str | bytes, path: DocumentPath) -> int:
    """The line, from 1, of the value at this path, or of its nearest parent that exists.

    `text` is valid for `read_yaml`.
    """
    node = yaml.compose(text, Loader=_Loader)
    line = 0 if node is None else node.start_mark.line
    for part in path:
        child = _child(node, part)
        if child is None:
            break
        line, node = child
    return line + 1


def _child(node: yaml.Node | None, part: str | int) -> tuple[int, yaml.Node] | None:
    """Line and value of a mapping's key or of a list's entry."""
    if isinstance(node, yaml.MappingNode):
        found = ((k.start_mark.line, v) for k, v in node.value if k.value == part)
        return next(found, None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        entry = node.value[part]
        return entry.start_mark.line, entry
    return None


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader, which would let the last of several equal keys win."""

    def compose_mapping_node(self, anchor: dict[Any, yaml.Node]) -> yaml.MappingNode:
        """Refuse keys that are no text, and the second of two equal keys."""
        node = super().compose_mapping_node(anchor)
        seen: set[str] = set()
        for key, _ in node.value:
            problem = _key_problem(key, seen)
            if problem:
                raise yaml.MarkedYAMLError(problem=problem, problem_mark=key.start_mark)
            seen.add(key.value)
        return node


def _key_problem(key: yaml.Node, seen: set[str]) -> str:
    if not isinstance(key, yaml.ScalarNode):
        return "a key is no text, but a list or a mapping"
    if key.tag not in ("tag:yaml.org,2002:str", "tag:yaml.org,2002:merge"):
        return f"key {key.value} is no text; put it in quotes"
    return f"key {key.value!r} comes twice" if key.value in seen else ""


def _with_hint(problem: str) -> str:
    hint = next((hint for message, hint in _HINTS.items() if message in problem), "")
    return f"{problem}; {hint}" if hint else problem


def _has_too_many_values(raw: object) -> bool:
    """Counts a value as often as it can be reached, as anchors make it so."""
    left, count = [raw], 0
    while left and count <= MAX_VALUES:
        value = left.pop()
        count += 1
        if isinstance(value, dict):
            left.extend(value.values())
        elif isinstance(value, list):
            left.extend(value)
    return count > MAX_VALUES
