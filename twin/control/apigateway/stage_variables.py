"""Stage variables, of both APIs.

https://docs.aws.amazon.com/apigateway/latest/developerguide/stage-variables.html
"""

import re
from collections.abc import Mapping

from twin.control.apigateway.errors import bad_request

_NAME = re.compile(r"\w{1,64}", re.ASCII)
_VALUE = re.compile(r"[A-Za-z0-9._~:/?#&=, -]{0,512}")


def merge_variables(old: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """The variables with the given ones; an empty value removes one. Raises CallRefused."""
    for name, value in given.items():
        if not _NAME.fullmatch(name):
            raise bad_request(
                f"Invalid stage variable name: {name}. Please use names with only alphanumeric "
                "characters and underscores, of at most 64 characters."
            )
        if not _VALUE.fullmatch(value):
            raise bad_request(
                f"Invalid stage variable value: {value[:100]}. Please use values with "
                "alphanumeric characters and the symbols ' ', '-', '.', '_', '~', ':', '/', '?', "
                "'#', '&', '=', and ',', of at most 512 characters."
            )
    return {name: value for name, value in {**old, **given}.items() if value}
