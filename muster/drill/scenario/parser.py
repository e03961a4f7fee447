"""Read a scenario's file and check it.

A file must be valid by the published schema (muster/scenarios/scenario.schema.json); what a schema
can't express is checked here: placeholders and parameters fit each other, and marks come in order.
An error names the file, the line, the path in the document and the rule.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Literal, cast

from muster.drill.scenario.model import (
    PLACEHOLDER,
    Activity,
    Mark,
    ParameterType,
    RawValue,
    RollbackStrategy,
    Scenario,
    ScenarioParameter,
    ScenarioRollbacks,
    ScenarioStop,
)
from muster.drill.scenario.schema_errors import first_violation
from muster.drill.scenario.yaml_loader import DocumentPath, find_line, read_yaml
from muster.errors import InvalidScenario
from muster.model import FrontDoor

SCHEMA_FILE = Path(__file__).parents[2] / "scenarios" / "scenario.schema.json"
MAX_BYTES = 256 * 1024
MAX_SHOWN_KEY = 40
"""Characters of a key in an error."""


def load_scenario(path: Path) -> Scenario:
    """Raises InvalidScenario."""
    try:
        data = path.read_bytes()
    except OSError as exc:
        raise InvalidScenario(str(path), "", f"can't be read: {exc.strerror}") from exc
    if len(data) > MAX_BYTES:
        raise InvalidScenario(str(path), "", f"has {len(data)} bytes; at most {MAX_BYTES}")
    return parse_scenario(data, str(path))


def parse_scenario(text: str | bytes, source: str) -> Scenario:
    """`source` is the file's name in errors. Raises InvalidScenario."""
    document = read_yaml(text, source)
    problem = next(_problems(document, source), None)
    if problem is not None:
        path, rule = problem
        raise InvalidScenario(source, _dotted(path), rule, find_line(text, path))
    return _scenario(cast("dict[str, RawValue]", document), source)


@contextmanager
def locate_errors() -> Iterator[None]:
    """Add the line to an InvalidScenario that has only a path in the document."""
    try:
        yield
    except InvalidScenario as exc:
        if exc.line or not exc.at:
            raise
        try:
            text = Path(exc.source).read_bytes()
        except OSError:
            raise exc from None
        line = find_line(text, _undotted(exc.at))
        raise InvalidScenario(exc.source, exc.at, exc.rule, line) from exc


@cache
def load_scenario_schema() -> dict[str, object]:
    """The published JSON schema."""
    schema: dict[str, object] = json.loads(SCHEMA_FILE.read_text())
    return schema


def _problems(document: object, source: str) -> Iterator[tuple[DocumentPath, str]]:
    """(path, rule) of each problem found. A violation of the schema hides the others."""
    violation = first_violation(document, load_scenario_schema())
    if violation is not None:
        yield violation.path, violation.rule
        return
    raw = cast("dict[str, RawValue]", document)
    scenario = _scenario(raw, source)
    yield from _parameter_problems(scenario, raw)
    yield from _mark_problems(scenario.method)


def _dotted(path: DocumentPath) -> str:
    """`method[1].arguments.region`; long keys are cut."""
    text = ""
    for part in (one if isinstance(one, int) else one[:MAX_SHOWN_KEY] for one in path):
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _undotted(dotted: str) -> DocumentPath:
    parts = re.findall(r"[^.[\]]+", dotted)
    return [int(part) if part.isdecimal() else part for part in parts]


def _scenario(raw: dict[str, RawValue], source: str) -> Scenario:
    hypothesis = cast("dict[str, RawValue]", raw["steady-state-hypothesis"])
    return Scenario(
        name=str(raw["name"]),
        title=str(raw["title"]),
        why=" ".join(str(raw["why"]).split()),
        parameters=tuple(_parameters(raw)),
        subject=raw.get("subject"),
        door=cast("FrontDoor | None", raw.get("door")),
        hypothesis_title=str(hypothesis["title"]),
        hypothesis=tuple(_activity(entry) for entry in _entries(hypothesis, "probes")),
        method=tuple(_activity(entry) for entry in _entries(raw, "method")),
        stop_conditions=tuple(_stop(entry) for entry in _entries(raw, "stop-conditions")),
        rollbacks=_rollbacks(raw),
        targets=cast("dict[str, RawValue]", raw.get("targets", {})),
        watch=tuple(str(line) for line in cast("list[RawValue]", raw.get("watch", []))),
        source=source,
    )


def _entries(raw: dict[str, RawValue], key: str) -> list[dict[str, RawValue]]:
    return cast("list[dict[str, RawValue]]", raw.get(key, []))


def _parameters(raw: dict[str, RawValue]) -> Iterator[ScenarioParameter]:
    entries = cast("dict[str, dict[str, RawValue]]", raw.get("parameters", {}))
    for name, entry in entries.items():
        choices = cast("list[RawValue]", entry.get("choices", []))
        yield ScenarioParameter(
            name=name,
            type=cast("ParameterType", entry["type"]),
            description=str(entry["description"]),
            default=entry.get("default"),
            choices=tuple(str(choice) for choice in choices),
        )


def _activity(raw: dict[str, RawValue]) -> Activity:
    pauses = cast("dict[str, RawValue]", raw.get("pauses", {}))
    low, high = cast("list[RawValue]", raw.get("tolerance", [None, None]))
    return Activity(
        type=cast("Literal['action', 'probe']", raw.get("type", "probe")),
        name=str(raw["name"]),
        func=str(raw["func"]),
        arguments=cast("dict[str, RawValue]", raw.get("arguments", {})),
        tolerance=(low, high),
        within=raw.get("within"),
        pause_before=pauses.get("before", 0.0),
        pause_after=pauses.get("after", 0.0),
        marks=cast("Mark | None", raw.get("marks")),
    )


def _stop(raw: dict[str, RawValue]) -> ScenarioStop:
    return ScenarioStop(
        measure=str(raw["measure"]),
        above=raw.get("above"),
        below=raw.get("below"),
        lasting=raw.get("for", 0.0),
        arguments=cast("dict[str, RawValue]", raw.get("arguments", {})),
    )


def _rollbacks(raw: dict[str, RawValue]) -> ScenarioRollbacks:
    entry = cast("dict[str, RawValue]", raw.get("rollbacks", {}))
    return ScenarioRollbacks(
        strategy=cast("RollbackStrategy", entry.get("strategy", "always")),
        step=entry.get("step", 100.0),
        pause=entry.get("pause", 0.0),
    )


def _parameter_problems(
    scenario: Scenario, raw: Mapping[str, RawValue]
) -> Iterator[tuple[DocumentPath, str]]:
    """Every `${name}` is a parameter, every parameter is used, every default fits its type."""
    for parameter in scenario.parameters:
        yield from _default_problems(parameter)
    known = {parameter.name for parameter in scenario.parameters}
    used = set()
    for path, text in _texts({k: v for k, v in raw.items() if k != "parameters"}, ()):
        for name in PLACEHOLDER.findall(text):
            used.add(name)
            if name not in known:
                rule = f"${{{name}}} is no parameter; known are {', '.join(sorted(known))}"
                yield path, rule if known else f"${{{name}}} is no parameter; there are none"
    for name in sorted(known - used):
        yield ("parameters", name), f"is used nowhere; write ${{{name}}} where it belongs"


def _default_problems(parameter: ScenarioParameter) -> Iterator[tuple[DocumentPath, str]]:
    if parameter.default is None:
        return
    try:
        parameter.parse(parameter.default)
    except ValueError as exc:
        yield ("parameters", parameter.name, "default"), str(exc)


def _mark_problems(method: Iterable[Activity]) -> Iterator[tuple[DocumentPath, str]]:
    """Each mark comes at most once, and the cause begins before it ends."""
    seen: set[Mark] = set()
    for index, activity in enumerate(method):
        mark = activity.marks
        if mark in seen:
            yield ("method", index, "marks"), f"{mark} is marked above already"
        elif mark in ("alone", "back") and "away" not in seen:
            yield ("method", index, "marks"), f"{mark} needs a step above it that marks away"
        elif mark == "alone" and "back" in seen:
            yield ("method", index, "marks"), "alone can't come after back: the cause is over"
        if mark is not None:
            seen.add(mark)


def _texts(raw: RawValue, path: tuple[str | int, ...]) -> Iterator[tuple[DocumentPath, str]]:
    """All keys and text values, with their paths."""
    if isinstance(raw, str):
        yield path, raw
    elif isinstance(raw, dict):
        for key, value in raw.items():
            yield (*path, key), key
            yield from _texts(value, (*path, key))
    elif isinstance(raw, list):
        for index, value in enumerate(raw):
            yield from _texts(value, (*path, index))
