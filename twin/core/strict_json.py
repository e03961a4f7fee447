"""JSON as its standard has it: Python's parser takes NaN and Infinity as well.

https://www.rfc-editor.org/rfc/rfc8259#section-6
"""

import json
from typing import NoReturn


def parse_json(text: str | bytes) -> object:
    """The value of a text. Raises ValueError, also for one that is nested too deeply."""
    try:
        return json.loads(text, parse_constant=refuse_constant)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def refuse_constant(name: str) -> NoReturn:
    """For `parse_constant` of json.loads."""
    raise ValueError(f"{name} is no JSON")
