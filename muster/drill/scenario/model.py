"""A scenario: what to practise and why, as data that anyone can write.

Decides how a YAML document becomes a frozen Scenario, and which rules it must keep: the published
schema (muster/scenarios/scenario.schema.json), and the few that a schema can't say. The words are
Chaos Toolkit's where it has one. Parameters stay unfilled (`${region}`): filling them in is
`bind`'s work. Every error names the file, the line, the place in the document, and the rule.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast

from muster.drill.scenario.schema_errors import first_violation
from muster.drill.scenario.yaml_loader import DocumentPath, find_line, read_yaml
from muster.errors import InvalidScenario
from muster.parsers import parse_dials, parse_duration, parse_number, parse_percent, parse_region

SCHEMA = Path(__file__).parents[2] / "scenarios" / "scenario.schema.json"
PLACEHOLDER = re.compile(r"\$\{([A-Za-z][A-Za-z0-9_-]*)\}")
MAX_BYTES = 256 * 1024
MOST_OF_KEY = 40
"""Characters of a key that are told."""

RawValue = str | float | bool | dict[str, "RawValue"] | list["RawValue"] | None
"""A value of the document; strings may hold `${parameter}`."""

ParameterType = Literal["region", "percent", "duration", "number", "text", "dials"]
_TYPES: dict[ParameterType, Callable[[object], Any]] = {
    "region": parse_region,
    "percent": parse_percent,
    "duration": parse_duration,
    "number": parse_number,
    "text": str,
    "dials": parse_dials,
}
RollbackStrategy = Literal["always", "deviated"]
Mark = Literal["away", "alone", "back"]
"""What a step means to the measurement: the cause; the other Regions alone; the cause's end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioParameter:
    """Something that whoever runs the scenario may choose."""

    name: str
    type: ParameterType
    description: str
    default: RawValue = None
    """None: it must be given."""
    choices: tuple[str, ...] = ()

    def value(self, raw: object) -> RawValue:
        """What was written, read as its type says. Raises ValueError."""
        if self.choices and str(raw) not in self.choices:
            raise ValueError(f"{raw!r} is not one of {', '.join(self.choices)}")
        value: RawValue = _TYPES[self.type](raw)
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """One entry of the method or of the hypothesis, before parameters are filled in."""

    type: Literal["action", "probe"]
    name: str
    func: str
    arguments: Mapping[str, RawValue] = field(default_factory=dict)
    tolerance: tuple[RawValue, RawValue] = (None, None)
    """Of a probe: lowest and highest value that is in order; None: no bound."""
    within: RawValue = None
    pause_before: RawValue = 0.0
    pause_after: RawValue = 0.0
    marks: Mark | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioStop:
    """A condition that ends the drill and rolls back."""

    measure: str
    above: RawValue = None
    below: RawValue = None
    lasting: RawValue = 0.0
    arguments: Mapping[str, RawValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioRollbacks:
    """When and how fast what was found is put back."""

    strategy: RollbackStrategy = "always"
    """`always`: at the end of every run. `deviated`: only when it was stopped or missed."""
    step: RawValue = 100.0
    pause: RawValue = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A scenario as written."""

    name: str
    title: str
    why: str
    parameters: tuple[ScenarioParameter, ...]
    subject: RawValue
    """The Region that the drill is about; None for none."""
    hypothesis_title: str
    hypothesis: tuple[Activity, ...]
    method: tuple[Activity, ...]
    stop_conditions: tuple[ScenarioStop, ...]
    rollbacks: ScenarioRollbacks
    targets: Mapping[str, RawValue]
    """`rto`, `rpo` (durations), `rpo-items`, `failed-share`: at most."""
    watch: tuple[str, ...]
    """What a person should look at meanwhile."""
    source: str
    """The file that it was read from."""


def load_scenario(path: Path) -> Scenario:
    """Read a scenario's file. Raises ScenarioWrong."""
    try:
        data = path.read_bytes()
    except OSError as exc:
        raise InvalidScenario(str(path), "", f"can't be read: {exc.strerror}") from exc
    if len(data) > MAX_BYTES:
        raise InvalidScenario(str(path), "", f"has {len(data)} bytes; at most {MAX_BYTES}")
    return parse_scenario(data, str(path))


def parse_scenario(text: str | bytes, source: str) -> Scenario:
    """Read a scenario's text; `source` is named in errors. Raises ScenarioWrong."""
    raw = read_yaml(text, source)
    problem = next(_problems(raw, source), None)
    if problem is not None:
        place, rule = problem
        raise InvalidScenario(source, _dotted(place), rule, find_line(text, place))
    return _scenario(cast("dict[str, RawValue]", raw), source)


@contextmanager
def locate_errors() -> Iterator[None]:
    """Give an error that knows its place in a scenario's file the line as well."""
    try:
        yield
    except InvalidScenario as exc:
        if exc.line or not exc.at:
            raise
        try:
            text = Path(exc.source).read_bytes()
        except OSError:
            raise exc from None
        line = find_line(text, _place(exc.at))
        raise InvalidScenario(exc.source, exc.at, exc.rule, line) from exc


@cache
def load_schema() -> dict[str, object]:
    """The published JSON schema."""
    loaded: dict[str, object] = json.loads(SCHEMA.read_text())
    return loaded


def _problems(raw: object, source: str) -> Iterator[tuple[DocumentPath, str]]:
    """(place, rule) of what is wrong, as far as it can be told: the rest hangs on the schema."""
    broken = first_violation(raw, load_schema())
    if broken is not None:
        yield broken.place, broken.words
        return
    written = cast("dict[str, RawValue]", raw)
    scenario = _scenario(written, source)
    yield from _parameter_problems(scenario, written)
    yield from _mark_problems(scenario.method)


def _dotted(place: DocumentPath) -> str:
    """`method[1].arguments.region`; a key of whatever length is told in short."""
    text = ""
    for part in (one if isinstance(one, int) else one[:MOST_OF_KEY] for one in place):
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _place(dotted: str) -> DocumentPath:
    """What `_dotted` has made a text of."""
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
        yield ScenarioParameter(
            name=name,
            type=cast("ParameterType", entry["type"]),
            description=str(entry["description"]),
            default=entry.get("default"),
            choices=tuple(str(one) for one in cast("list[RawValue]", entry.get("choices", []))),
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
    for place, text in _texts({k: v for k, v in raw.items() if k != "parameters"}, ()):
        for name in PLACEHOLDER.findall(text):
            used.add(name)
            if name not in known:
                rule = f"${{{name}}} is no parameter; known are {', '.join(sorted(known))}"
                yield place, rule if known else f"${{{name}}} is no parameter; there are none"
    for name in sorted(known - used):
        yield ("parameters", name), f"is used nowhere; write ${{{name}}} where it belongs"


def _default_problems(parameter: ScenarioParameter) -> Iterator[tuple[DocumentPath, str]]:
    if parameter.default is None:
        return
    try:
        parameter.value(parameter.default)
    except ValueError as exc:
        yield ("parameters", parameter.name, "default"), str(exc)


def _mark_problems(method: Iterable[Activity]) -> Iterator[tuple[DocumentPath, str]]:
    """Each mark once at most, and nothing ends before it has begun."""
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


def _texts(raw: RawValue, place: tuple[str | int, ...]) -> Iterator[tuple[DocumentPath, str]]:
    if isinstance(raw, str):
        yield place, raw
    elif isinstance(raw, dict):
        for key, value in raw.items():
            yield (*place, key), key
            yield from _texts(value, (*place, key))
    elif isinstance(raw, list):
        for index, value in enumerate(raw):
            yield from _texts(value, (*place, index))
