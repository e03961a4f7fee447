"""Values that clients send: numbers are finite and bounded, text is stored as it is.

The workshop's pages put stored text into HTML. Nothing here makes text safe for that: it is the
page that shows a text as text.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeGuard

from app.errors import BadRequest
from app.http.bodies import is_whole_number, read_json_object

MAX_THUMB_CHARACTERS = 512
MAX_STEP = 10**9
MAX_DECIMALS = 9
FRACTION_DECIMALS = 6
VERSION_AHEAD_MS = 24 * 60 * 60 * 1000

_DECIMAL = re.compile(r"[+-]?[0-9]{1,10}(\.[0-9]{1,9})?")
_SESSION = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class BookmarkWrite:
    """The body of a player's write."""

    fraction: float
    """Of the film, 0 to 1."""
    version: int
    """Order of the writes of all sessions (ordering.py)."""
    session: str


def parse_bookmark_write(body: bytes, now_ms: int) -> BookmarkWrite:
    """The write in a JSON body. Raises BadRequest."""
    fields = read_json_object(body, required=("bookmark", "version", "session"))
    version, session = fields["version"], fields["session"]
    if not is_whole_number(version) or version < 1:
        raise BadRequest('"version" must be a whole number above 0')
    if version > now_ms + VERSION_AHEAD_MS:
        raise BadRequest('"version" is more than a day ahead of the service\'s clock')
    if not isinstance(session, str) or not _SESSION.fullmatch(session):
        raise BadRequest('"session" must be 1 to 64 characters of A-Z, a-z, 0-9, _ and -')
    fraction = fields["bookmark"]
    if not _is_number(fraction):
        raise BadRequest('"bookmark" must be a number from 0 to 1')
    return BookmarkWrite(
        fraction=check_fraction(fraction, '"bookmark"'), version=version, session=session
    )


def parse_step(body: bytes) -> str:
    """The number to add that a JSON body has, as DynamoDB writes numbers. Raises BadRequest."""
    step = read_json_object(body, required=("add",))["add"]
    if not _is_number(step):
        raise BadRequest('"add" must be a number')
    return _format_step(Decimal(str(step)), '"add"')


def step_from_path(text: str) -> str:
    """The number to add that a path segment has. Raises BadRequest."""
    if not _DECIMAL.fullmatch(text):
        raise BadRequest("the value to add is not a number such as 1, -1 or 0.5")
    return _format_step(Decimal(text), "the value to add")


def fraction_from_path(text: str) -> float:
    """The fraction of a film that a path segment has. Raises BadRequest."""
    if not _DECIMAL.fullmatch(text):
        raise BadRequest("the bookmark is not a number from 0 to 1, such as 0.25")
    return check_fraction(float(text), "the bookmark")


def check_fraction(number: float, name: str) -> float:
    """This number, rounded, if it is from 0 to 1. Raises BadRequest with its `name`."""
    if not 0 <= number <= 1:
        raise BadRequest(f"{name} must be a number from 0 to 1")
    return round(float(number), FRACTION_DECIMALS) or 0.0


def format_fraction(fraction: float) -> str:
    """Without an exponent and trailing zeros, as the workshop's player writes it."""
    return f"{fraction:.{FRACTION_DECIMALS}f}".rstrip("0").rstrip(".")


def check_thumb(text: str) -> str:
    """This text if it is short enough. Raises BadRequest."""
    if len(text) > MAX_THUMB_CHARACTERS:
        raise BadRequest(f"thumb has {len(text)} characters; at most {MAX_THUMB_CHARACTERS}")
    return text


def _format_step(step: Decimal, name: str) -> str:
    exponent = step.as_tuple().exponent  # a letter of what is no finite number
    finite = isinstance(exponent, int) and -exponent <= MAX_DECIMALS
    if not finite or abs(step) > MAX_STEP:
        raise BadRequest(
            f"{name} must be from -{MAX_STEP} to {MAX_STEP}, with at most {MAX_DECIMALS} decimals"
        )
    return f"{step:f}"


def _is_number(value: object) -> TypeGuard[int | float]:
    return is_whole_number(value) or isinstance(value, float)
