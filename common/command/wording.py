"""Counts, cut texts and the name that is meant, in messages for people."""

import difflib
from collections.abc import Iterable

_MAX_SHOWN = 60
"""Characters of a wrong value in an error."""
_SIMILAR = 0.8
"""Ratio of difflib: `evacaute` is similar to `evacuate`, the Region us-east-1 not to us-west-2."""


def count_of(number: float, one: str, many: str = "") -> str:
    """`1 item`, `1,200 items`; `many` is the plural where it is not made by an s."""
    shown = f"{number:,}" if isinstance(number, int) else f"{number:g}"
    return f"{shown} {one if number == 1 else many or f'{one}s'}"


def shorten(text: str) -> str:
    """The part of a wrong value that an error shows."""
    return text if len(text) <= _MAX_SHOWN else f"{text[: _MAX_SHOWN - 3]}..."


def find_similar_name(written: str, known: Iterable[str]) -> str | None:
    """The known name that is meant, whatever the case; None without a similar one.

    The same letters in another order are similar: `psas` is `pass`.
    """
    names = {name.casefold(): name for name in sorted(known)}
    text = written.casefold()
    close = [name for name in names if sorted(name) == sorted(text)]
    close += difflib.get_close_matches(text, names, n=1, cutoff=_SIMILAR)
    return names[close[0]] if close else None


def suggest_name(written: str, known: Iterable[str]) -> str:
    """`; did you mean evacuate?`; empty without a similar name."""
    meant = find_similar_name(written, known)
    return f"; did you mean {meant}?" if meant else ""
