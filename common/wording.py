"""Counts and cut texts in messages for people."""

_MAX_SHOWN = 60
"""Characters of a wrong value in an error."""


def count_of(number: float, one: str, many: str = "") -> str:
    """`1 item`, `1,200 items`; `many` is the plural where it is not made by an s."""
    shown = f"{number:,}" if isinstance(number, int) else f"{number:g}"
    return f"{shown} {one if number == 1 else many or f'{one}s'}"


def shorten(text: str) -> str:
    """The part of a wrong value that an error shows."""
    return text if len(text) <= _MAX_SHOWN else f"{text[: _MAX_SHOWN - 3]}..."
