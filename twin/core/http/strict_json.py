"""JSON as its standard has it: Python's parser takes NaN and Infinity as well.

https://www.rfc-editor.org/rfc/rfc8259#section-6
"""

import json
from collections.abc import Callable
from typing import NoReturn


def parse_json(text: str | bytes, *, parse_number: Callable[[str], object] | None = None) -> object:
    """The value of a text. Raises ValueError, also for one that is nested too deeply.

    `parse_number` makes the value of each number.
    """
    try:
        return json.loads(
            text, parse_int=parse_number, parse_float=parse_number, parse_constant=_refuse_constant
        )
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
