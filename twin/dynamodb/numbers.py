"""Numbers of DynamoDB: decimal text of up to 38 significant digits, and arithmetic on it.

A number is kept as its one normal text, without exponent, sign of plus or superfluous zeros, so
that equal numbers are equal texts. Its magnitude is zero or between 1E-130 and 9.9...E+125.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
"""

import re
from decimal import Context, Decimal

from twin.core.tables.table_engine import TableApiError
from twin.dynamodb.errors import InvalidValueError, validation_error

MAX_DIGITS = 38
MAX_EXPONENT, MIN_EXPONENT = 125, -130

_NORMAL_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,37}")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE]([+-]?[0-9]+))?")
_EXPONENT_CHARACTERS = 100
"""What is longer is not even read."""
_CONVERTIBLE_EXPONENTS = range(-(2**63), 2**63)
_READABLE_EXPONENTS = range(-(10**7), 10**7)
"""Far from both limits, and within them of Decimal; a request is not long enough to reach back."""
_EXACT = Context(prec=2 * MAX_DIGITS + MAX_EXPONENT - MIN_EXPONENT)
"""Enough digits for the exact sum of any two numbers."""


def normalise_number(text: str) -> str:
    """The number's one normal text. Raises TableApiError."""
    if _NORMAL_INTEGER.fullmatch(text):
        return text
    number = _read_number(text)
    _check_magnitude(number.adjusted())
    digits = "".join(map(str, number.as_tuple().digits)).strip("0")
    if len(digits) > MAX_DIGITS:
        raise validation_error(
            f"Attempting to store more than {MAX_DIGITS} significant digits in a Number"
        )
    return _format_number(number)


def _read_number(text: str) -> Decimal:
    match = _NUMBER.fullmatch(text)
    if match is None or len(match[1] or "") > _EXPONENT_CHARACTERS:
        raise _not_numeric(text)
    exponent = int(match[1] or 0)
    if exponent not in _CONVERTIBLE_EXPONENTS:
        raise _not_numeric(text)
    if exponent not in _READABLE_EXPONENTS:
        _check_magnitude(exponent)
    return Decimal(text)


def add_numbers(augend: str, addend: str) -> str:
    """The exact sum. Raises TableApiError if a number cannot hold it."""
    return _normalise_result(_EXACT.add(Decimal(augend), Decimal(addend)))


def subtract_numbers(minuend: str, subtrahend: str) -> str:
    """The exact difference. Raises TableApiError if a number cannot hold it."""
    return _normalise_result(_EXACT.subtract(Decimal(minuend), Decimal(subtrahend)))


def _normalise_result(number: Decimal) -> str:
    if number:
        _check_magnitude(number.adjusted())
        # The service calls too many digits an overflow when they come from arithmetic.
        if len(_EXACT.normalize(number).as_tuple().digits) > MAX_DIGITS:
            raise _overflow()
    return _format_number(number)


def _check_magnitude(exponent: int) -> None:
    if exponent > MAX_EXPONENT:
        raise _overflow()
    if exponent < MIN_EXPONENT:
        raise validation_error(
            "Number underflow. Attempting to store a number with magnitude smaller than supported "
            "range"
        )


def _format_number(number: Decimal) -> str:
    return format(_EXACT.normalize(number), "f") if number else "0"


def _not_numeric(text: str) -> TableApiError:
    message = "The parameter cannot be converted to a numeric value"
    full_message = f"{message}: {text}"
    return InvalidValueError(full_message, full_message if text else message)


def _overflow() -> TableApiError:
    return validation_error(
        "Number overflow. Attempting to store a number with magnitude larger than supported range"
    )
