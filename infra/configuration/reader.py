"""Reads typed values from a flat mapping of configuration, and collects the problems.

Pulumi passes every value as text: numbers and booleans as such, lists and objects as JSON. For an
invalid value a problem is recorded and a default is returned, so that one preview shows all
problems. Rules that concern several keys are not here.
"""

import json
from collections.abc import Mapping, Sequence

from infra.configuration.errors import ConfigurationProblem


class ConfigurationReader:
    """Reads keys of one namespace, and keeps the problems."""

    def __init__(self, values: Mapping[str, str], namespace: str) -> None:
        """`values`: by full key, `namespace:name`."""
        self._values = values
        self._namespace = namespace
        self._read_names: set[str] = set()
        self._secret_names: set[str] = set()
        self.problems: list[ConfigurationProblem] = []

    def refuse(self, name: str, rule: str) -> None:
        """Record that a key's value breaks a rule."""
        key = f"{self._namespace}:{name}"
        value = "" if name in self._secret_names else self._values.get(key, "")
        self.problems.append(ConfigurationProblem(key, value, rule))

    def has_problem(self, name: str) -> bool:
        key = f"{self._namespace}:{name}"
        return any(problem.key == key for problem in self.problems)

    def text(self, name: str, default: str | None = None) -> str:
        """A string; a key without a default must be set."""
        text = self._value(name)
        if text is not None and (text or default is not None):
            return text
        if default is None:
            self.refuse(name, "must be set")
        return default or ""

    def secret(self, name: str) -> str:
        """A string that no problem shows; empty if the key is not set."""
        self._secret_names.add(name)
        return self.text(name, "")

    def choice(self, name: str, choices: Sequence[str], default: str | None = None) -> str:
        """One of `choices`; after a problem, the default or the first."""
        text = self.text(name, default)
        if text in choices:
            return text
        if text:
            self.refuse(name, f"must be one of {', '.join(choices)}")
        return default or choices[0]

    def flag(self, name: str, *, default: bool) -> bool:
        text = self.choice(name, ("true", "false"), str(default).lower())
        return text == "true"

    def integer(self, name: str, between: tuple[int, int], default: int) -> int:
        """A whole number, between two inclusive bounds."""
        lowest, highest = between
        text = self._value(name)
        try:
            number = default if text is None else int(text)
        except ValueError:
            number = lowest - 1
        if not lowest <= number <= highest:
            self.refuse(name, f"must be a whole number from {lowest} to {highest}")
            return default
        return number

    def texts(self, name: str, default: Sequence[str] = ()) -> tuple[str, ...]:
        """A list of strings; the default if the key is not set."""
        found = self._json(name, list(default))
        if not isinstance(found, list) or not all(isinstance(text, str) for text in found):
            self.refuse(name, "must be a list of strings")
            return ()
        return tuple(found)

    def table(self, name: str) -> dict[str, object]:
        """An object; empty if the key is not set."""
        found = self._json(name, {})
        if not isinstance(found, dict):
            self.refuse(name, "must be an object")
            return {}
        return found

    def text_table(self, name: str) -> dict[str, str]:
        """An object whose values are strings."""
        found = self.table(name)
        for key, value in found.items():
            if not isinstance(value, str):
                self.refuse(name, f"{key} must be a string")
        return {key: value for key, value in found.items() if isinstance(value, str)}

    def refuse_unread_keys(self) -> None:
        """Refuse every key of the namespace that was not read: most likely it is misspelt."""
        prefix = f"{self._namespace}:"
        names = {key.removeprefix(prefix) for key in self._values if key.startswith(prefix)}
        for name in sorted(names - self._read_names):
            self.refuse(name, f"no such key; there are {', '.join(sorted(self._read_names))}")

    def _value(self, name: str) -> str | None:
        self._read_names.add(name)
        return self._values.get(f"{self._namespace}:{name}")

    def _json(self, name: str, default: object) -> object:
        text = self._value(name)
        if not text:
            return default
        try:
            found: object = json.loads(text)
        except ValueError:
            self.refuse(name, "must be JSON")
            return default
        return default if found is None else found
