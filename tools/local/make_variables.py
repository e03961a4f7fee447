"""Checks the variables of `make up` and `make down`.

`make` calls `python3 -m tools.local.make_variables NAME=VALUE...` before the setup, with any
Python: it needs nothing that the setup installs.
"""

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

AUTO = "auto"
MAX_INSTANCE = 19
MAX_SPEED = 1000.0
EXIT_WRONG_USAGE = 2
"""As of common.command.exit_codes."""


class WrongVariable(ValueError):
    """A variable of `make` has an impossible value."""

    def __init__(self, name: str, value: str, rule: str) -> None:
        super().__init__(f"{name}={value}: must be {rule}")


@dataclass(frozen=True)
class MakeVariables:
    """What was given; None and an empty text: not given."""

    instance: str = ""
    speed: "float | None" = None
    enforce_iam: "bool | None" = None
    during_drill: bool = False
    delete_regions: bool = False
    delete_tables: bool = False


def parse_variables(values: Mapping[str, str]) -> MakeVariables:
    """An empty value is one that was not given. Raises WrongVariable."""
    return MakeVariables(
        instance=_parse_instance(values.get("INSTANCE", "")),
        speed=_parse_speed(values.get("SPEED", "")),
        enforce_iam=_parse_switch("ENFORCE_IAM", values.get("ENFORCE_IAM", "")),
        during_drill=_parse_switch("DURING_DRILL", values.get("DURING_DRILL", "")) or False,
        delete_regions=_parse_switch("DELETE_REGIONS", values.get("DELETE_REGIONS", "")) or False,
        delete_tables=_parse_switch("DELETE_TABLES", values.get("DELETE_TABLES", "")) or False,
    )


def _parse_instance(text: str) -> str:
    is_number = text.isascii() and text.isdecimal() and int(text) <= MAX_INSTANCE
    if text and text != AUTO and not is_number:
        raise WrongVariable("INSTANCE", text, f"0 to {MAX_INSTANCE}, or {AUTO}")
    return text


def _parse_speed(text: str) -> "float | None":
    if not text:
        return None
    try:
        speed = float(text)
    except ValueError:
        speed = math.nan
    if not 0 < speed <= MAX_SPEED:
        rule = f"a number above 0, and at most {MAX_SPEED:g}"
        raise WrongVariable("SPEED", text, rule)
    return speed


def _parse_switch(name: str, text: str) -> "bool | None":
    if text not in ("", "0", "1"):
        raise WrongVariable(name, text, "0 or 1")
    return text == "1" if text else None


def main(arguments: Sequence[str]) -> int:
    """0, or 2 with a line on standard error."""
    pairs = (argument.partition("=") for argument in arguments)
    try:
        parse_variables({name: value for name, _, value in pairs})
    except WrongVariable as exc:
        sys.stderr.write(f"error: {exc}\n")
        return EXIT_WRONG_USAGE
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
