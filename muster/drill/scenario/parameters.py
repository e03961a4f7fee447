"""Filling in a scenario's parameters.

Decides which value each parameter has (given, else its default), and what `${name}` becomes: the
value itself where it stands alone, its text where it stands in a text. Errors name the parameter.
"""

from collections.abc import Callable, Mapping
from typing import TypeVar

from muster.drill.scenario.model import PLACEHOLDER, RawValue, Scenario, ScenarioParameter
from muster.errors import InvalidParameter, InvalidScenario
from muster.formatting import format_duration
from muster.parsers import format_dial

T = TypeVar("T")


class BoundParameters:
    """A scenario's parameters with values."""

    def __init__(self, scenario: Scenario, values: Mapping[str, RawValue]) -> None:
        """Made by `bind`."""
        self._source = scenario.source
        self._types = {parameter.name: parameter.type for parameter in scenario.parameters}
        self.values = values

    def fill(self, raw: RawValue) -> RawValue:
        """The value with every `${name}` replaced, however deep. Raises ValueError."""
        if isinstance(raw, dict):
            filled = {self.text(key): self.fill(value) for key, value in raw.items()}
            if len(filled) < len(raw):
                raise ValueError(f"two of the keys {', '.join(raw)} are the same")
            return filled
        if isinstance(raw, list):
            return [self.fill(value) for value in raw]
        if not isinstance(raw, str):
            return raw
        whole = PLACEHOLDER.fullmatch(raw)
        return self.values[whole[1]] if whole else self.text(raw)

    def text(self, raw: str) -> str:
        """A text with every `${name}` replaced by words."""
        return PLACEHOLDER.sub(lambda match: self.shown(match[1]), raw)

    def read(self, raw: RawValue, kind: Callable[[object], T], place: str) -> T:
        """The filled-in value, read as `kind` does. Raises ScenarioWrong naming the place."""
        try:
            return kind(self.fill(raw))
        except ValueError as exc:
            raise InvalidScenario(self._source, place, str(exc)) from exc

    def shown(self, name: str) -> str:
        """A parameter's value in words."""
        value, kind = self.values[name], self._types[name]
        if isinstance(value, dict):
            return ", ".join(f"{key}={share:g}" for key, share in value.items())
        if isinstance(value, float) and kind in ("duration", "percent"):
            return format_duration(value) if kind == "duration" else format_dial(value)
        return f"{value:g}" if isinstance(value, float) else str(value)


def bind_parameters(scenario: Scenario, given: Mapping[str, RawValue]) -> BoundParameters:
    """Give each parameter its value. Raises ParameterWrong."""
    known = {parameter.name: parameter for parameter in scenario.parameters}
    for name in given:
        if name not in known:
            why = f"there is no such parameter; known are {', '.join(known) or 'none'}"
            raise InvalidParameter(scenario.name, name, why)
    values = {name: _value(scenario, one, given.get(name)) for name, one in known.items()}
    return BoundParameters(scenario, values)


def _value(scenario: Scenario, parameter: ScenarioParameter, given: RawValue) -> RawValue:
    raw = parameter.default if given is None else given
    if raw is None:
        why = f"missing ({parameter.description}); give it as --{parameter.name}"
        raise InvalidParameter(scenario.name, parameter.name, why)
    try:
        return parameter.value(raw)
    except ValueError as exc:
        raise InvalidParameter(scenario.name, parameter.name, str(exc)) from exc
