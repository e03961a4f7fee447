"""Fill in a scenario's parameters.

A parameter has the given value, else its default. A text that is only `${name}` becomes the value
itself; within a longer text, `${name}` becomes the value in words. Errors name the parameter.
"""

from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

from common.command.wording import suggest_name
from muster.drill.scenario.model import PLACEHOLDER, RawValue, Scenario, ScenarioParameter
from muster.errors import InvalidParameter, InvalidScenario
from muster.formatting import format_dial, format_duration

T = TypeVar("T")


class BoundParameters:
    """A scenario's parameters with their values; made by `bind_parameters`."""

    def __init__(
        self, scenario: Scenario, values: Mapping[str, RawValue], given: Collection[str] = ()
    ) -> None:
        """`given`: names of the parameters whose values are not the scenario's own."""
        self._scenario, self._source = scenario.name, scenario.source
        self._given = frozenset(given)
        self._types = {parameter.name: parameter.type for parameter in scenario.parameters}
        self.values = values

    def fill(self, raw: RawValue) -> RawValue:
        """The value with every `${name}` in it replaced, however deep. Raises ValueError."""
        if isinstance(raw, dict):
            filled = {self.fill_text(key): self.fill(value) for key, value in raw.items()}
            if len(filled) < len(raw):
                raise ValueError(f"two of the keys {', '.join(raw)} are the same")
            return filled
        if isinstance(raw, list):
            return [self.fill(value) for value in raw]
        if not isinstance(raw, str):
            return raw
        whole = PLACEHOLDER.fullmatch(raw)
        return self.values[whole[1]] if whole else self.fill_text(raw)

    def fill_text(self, raw: str) -> str:
        """A text with every `${name}` replaced by the value in words."""
        return PLACEHOLDER.sub(lambda match: self.format_value(match[1]), raw)

    def parse(self, raw: RawValue, parser: Callable[[object], T], path: str) -> T:
        """Fill in a value and parse it. Raises InvalidScenario with the path in the document."""
        try:
            return parser(self.fill(raw))
        except ValueError as exc:
            raise InvalidScenario(self._source, path, str(exc)) from exc

    def mistake(self, raw: RawValue, path: str, rule: str) -> InvalidParameter | InvalidScenario:
        """A value of the right type is out of bounds: the mistake of who gave it."""
        whole = PLACEHOLDER.fullmatch(raw) if isinstance(raw, str) else None
        if whole and whole[1] in self._given:
            return InvalidParameter(self._scenario, whole[1], rule)
        return InvalidScenario(self._source, path, rule)

    def format_value(self, name: str) -> str:
        """A parameter's value in words."""
        value, kind = self.values[name], self._types[name]
        if isinstance(value, dict):
            return ", ".join(f"{key}={share:g}" for key, share in value.items())
        if isinstance(value, float) and kind in ("duration", "percent"):
            return format_duration(value) if kind == "duration" else format_dial(value)
        return f"{value:g}" if isinstance(value, float) else str(value)


def describe_unknown_region(region: str, regions: Collection[str]) -> str:
    """`us-west2 is no Region of the stack (...); did you mean us-west-2?`."""
    hint = suggest_name(region, regions)
    return f"{region} is no Region of the stack ({', '.join(regions)}){hint}"


def bind_parameters(
    scenario: Scenario, given: Mapping[str, RawValue], regions: Collection[str]
) -> BoundParameters:
    """`regions`: those of the stack. Raises InvalidParameter."""
    known = {parameter.name: parameter for parameter in scenario.parameters}
    for name in given:
        if name not in known:
            names = f"{', '.join(known) or 'none'}{suggest_name(name, known)}"
            rule = f"there is no such parameter; known are {names}"
            raise InvalidParameter(scenario.name, name, rule)
    values = {
        name: _parse_value(scenario, parameter, given.get(name), regions)
        for name, parameter in known.items()
    }
    return BoundParameters(scenario, values, given.keys())


def _parse_value(
    scenario: Scenario, parameter: ScenarioParameter, given: RawValue, regions: Collection[str]
) -> RawValue:
    raw = parameter.default if given is None else given
    if raw is None:
        rule = f"missing ({parameter.description}); give it as --{parameter.name}"
        raise InvalidParameter(scenario.name, parameter.name, rule)
    if parameter.type == "region" and raw not in regions:
        rule = describe_unknown_region(str(raw), regions)
        raise InvalidParameter(scenario.name, parameter.name, rule)
    try:
        return parameter.parse(raw)
    except ValueError as exc:
        raise InvalidParameter(scenario.name, parameter.name, str(exc)) from exc
