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

from muster.drill import document, rules, values
from muster.drill.document import Place
from muster.errors import ScenarioWrong

SCHEMA = Path(__file__).parents[1] / "scenarios" / "scenario.schema.json"
PLACEHOLDER = re.compile(r"\$\{([A-Za-z][A-Za-z0-9_-]*)\}")
MAX_BYTES = 256 * 1024
MOST_OF_KEY = 40
"""Characters of a key that are told."""

Raw = str | float | bool | dict[str, "Raw"] | list["Raw"] | None
"""A value of the document; strings may hold `${parameter}`."""

ParameterType = Literal["region", "percent", "duration", "number", "text", "dials"]
_TYPES: dict[ParameterType, Callable[[object], Any]] = {
    "region": values.region,
    "percent": values.percent,
    "duration": values.seconds,
    "number": values.number,
    "text": str,
    "dials": values.dials,
}
Strategy = Literal["always", "deviated"]
Mark = Literal["away", "alone", "back"]
"""What a step means to the measurement: the cause; the other Regions alone; the cause's end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """Something that whoever runs the scenario may choose."""

    name: str
    type: ParameterType
    description: str
    default: Raw = None
    """None: it must be given."""
    choices: tuple[str, ...] = ()

    def value(self, raw: object) -> Raw:
        """What was written, read as its type says. Raises ValueError."""
        if self.choices and str(raw) not in self.choices:
            raise ValueError(f"{raw!r} is not one of {', '.join(self.choices)}")
        value: Raw = _TYPES[self.type](raw)
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """One entry of the method or of the hypothesis, before parameters are filled in."""

    type: Literal["action", "probe"]
    name: str
    func: str
    arguments: Mapping[str, Raw] = field(default_factory=dict)
    tolerance: tuple[Raw, Raw] = (None, None)
    """Of a probe: lowest and highest value that is in order; None: no bound."""
    within: Raw = None
    pause_before: Raw = 0.0
    pause_after: Raw = 0.0
    marks: Mark | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A condition that ends the drill and rolls back."""

    measure: str
    above: Raw = None
    below: Raw = None
    lasting: Raw = 0.0
    arguments: Mapping[str, Raw] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollbacks:
    """When and how fast what was found is put back."""

    strategy: Strategy = "always"
    """`always`: at the end of every run. `deviated`: only when it was stopped or missed."""
    step: Raw = 100.0
    pause: Raw = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A scenario as written."""

    name: str
    title: str
    why: str
    parameters: tuple[Parameter, ...]
    subject: Raw
    """The Region that the drill is about; None for none."""
    hypothesis_title: str
    hypothesis: tuple[Activity, ...]
    method: tuple[Activity, ...]
    stop_conditions: tuple[Stop, ...]
    rollbacks: Rollbacks
    targets: Mapping[str, Raw]
    """`rto`, `rpo` (durations), `rpo-items`, `failed-share`: at most."""
    watch: tuple[str, ...]
    """What a person should look at meanwhile."""
    source: str
    """The file that it was read from."""


def load(path: Path) -> Scenario:
    """Read a scenario's file. Raises ScenarioWrong."""
    try:
        data = path.read_bytes()
    except OSError as exc:
        raise ScenarioWrong(str(path), "", f"can't be read: {exc.strerror}") from exc
    if len(data) > MAX_BYTES:
        raise ScenarioWrong(str(path), "", f"has {len(data)} bytes; at most {MAX_BYTES}")
    return parse(data, str(path))


def parse(text: str | bytes, source: str) -> Scenario:
    """Read a scenario's text; `source` is named in errors. Raises ScenarioWrong."""
    raw = document.read(text, source)
    problem = next(_problems(raw, source), None)
    if problem is not None:
        place, rule = problem
        raise ScenarioWrong(source, _dotted(place), rule, document.line(text, place))
    return _scenario(cast("dict[str, Raw]", raw), source)


@contextmanager
def located() -> Iterator[None]:
    """Give an error that knows its place in a scenario's file the line as well."""
    try:
        yield
    except ScenarioWrong as exc:
        if exc.line or not exc.at:
            raise
        try:
            text = Path(exc.source).read_bytes()
        except OSError:
            raise exc from None
        line = document.line(text, _place(exc.at))
        raise ScenarioWrong(exc.source, exc.at, exc.rule, line) from exc


@cache
def schema() -> dict[str, object]:
    """The published JSON schema."""
    loaded: dict[str, object] = json.loads(SCHEMA.read_text())
    return loaded


def _problems(raw: object, source: str) -> Iterator[tuple[Place, str]]:
    """(place, rule) of what is wrong, as far as it can be told: the rest hangs on the schema."""
    broken = rules.first(raw, schema())
    if broken is not None:
        yield broken.place, broken.words
        return
    written = cast("dict[str, Raw]", raw)
    scenario = _scenario(written, source)
    yield from _parameter_problems(scenario, written)
    yield from _mark_problems(scenario.method)


def _dotted(place: Place) -> str:
    """`method[1].arguments.region`; a key of whatever length is told in short."""
    text = ""
    for part in (one if isinstance(one, int) else one[:MOST_OF_KEY] for one in place):
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _place(dotted: str) -> Place:
    """What `_dotted` has made a text of."""
    parts = re.findall(r"[^.[\]]+", dotted)
    return [int(part) if part.isdecimal() else part for part in parts]


def _scenario(raw: dict[str, Raw], source: str) -> Scenario:
    hypothesis = cast("dict[str, Raw]", raw["steady-state-hypothesis"])
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
        targets=cast("dict[str, Raw]", raw.get("targets", {})),
        watch=tuple(str(line) for line in cast("list[Raw]", raw.get("watch", []))),
        source=source,
    )


def _entries(raw: dict[str, Raw], key: str) -> list[dict[str, Raw]]:
    return cast("list[dict[str, Raw]]", raw.get(key, []))


def _parameters(raw: dict[str, Raw]) -> Iterator[Parameter]:
    entries = cast("dict[str, dict[str, Raw]]", raw.get("parameters", {}))
    for name, entry in entries.items():
        yield Parameter(
            name=name,
            type=cast("ParameterType", entry["type"]),
            description=str(entry["description"]),
            default=entry.get("default"),
            choices=tuple(str(one) for one in cast("list[Raw]", entry.get("choices", []))),
        )


def _activity(raw: dict[str, Raw]) -> Activity:
    pauses = cast("dict[str, Raw]", raw.get("pauses", {}))
    low, high = cast("list[Raw]", raw.get("tolerance", [None, None]))
    return Activity(
        type=cast("Literal['action', 'probe']", raw.get("type", "probe")),
        name=str(raw["name"]),
        func=str(raw["func"]),
        arguments=cast("dict[str, Raw]", raw.get("arguments", {})),
        tolerance=(low, high),
        within=raw.get("within"),
        pause_before=pauses.get("before", 0.0),
        pause_after=pauses.get("after", 0.0),
        marks=cast("Mark | None", raw.get("marks")),
    )


def _stop(raw: dict[str, Raw]) -> Stop:
    return Stop(
        measure=str(raw["measure"]),
        above=raw.get("above"),
        below=raw.get("below"),
        lasting=raw.get("for", 0.0),
        arguments=cast("dict[str, Raw]", raw.get("arguments", {})),
    )


def _rollbacks(raw: dict[str, Raw]) -> Rollbacks:
    entry = cast("dict[str, Raw]", raw.get("rollbacks", {}))
    return Rollbacks(
        strategy=cast("Strategy", entry.get("strategy", "always")),
        step=entry.get("step", 100.0),
        pause=entry.get("pause", 0.0),
    )


def _parameter_problems(scenario: Scenario, raw: Mapping[str, Raw]) -> Iterator[tuple[Place, str]]:
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


def _default_problems(parameter: Parameter) -> Iterator[tuple[Place, str]]:
    if parameter.default is None:
        return
    try:
        parameter.value(parameter.default)
    except ValueError as exc:
        yield ("parameters", parameter.name, "default"), str(exc)


def _mark_problems(method: Iterable[Activity]) -> Iterator[tuple[Place, str]]:
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


def _texts(raw: Raw, place: tuple[str | int, ...]) -> Iterator[tuple[Place, str]]:
    if isinstance(raw, str):
        yield place, raw
    elif isinstance(raw, dict):
        for key, value in raw.items():
            yield (*place, key), key
            yield from _texts(value, (*place, key))
    elif isinstance(raw, list):
        for index, value in enumerate(raw):
            yield from _texts(value, (*place, index))
