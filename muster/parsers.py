"""Durations, percentages, shares and dials as people write them: `90s`, `25%`, `0.02`.

Decides how they are read and shown. Every error is a ValueError that says what was expected; the
caller names the place.
"""

import math
import re

from muster.formatting import DURATION_RULE, format_duration, parse_duration_text

_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d+")
_MAX_S = 7 * 86400.0
_MOST_SHOWN = 60
"""Characters of a wrong value."""


def parse_duration(raw: object) -> float:
    """`90s`, `1m30s`, `2h`, or a number of seconds; at most 7 days. Raises ValueError."""
    try:
        value = parse_duration_text(raw) if isinstance(raw, str) else parse_number(raw)
    except ValueError:
        raise ValueError(f"{_shown(raw)} is not {DURATION_RULE}") from None
    if not 0 <= value <= _MAX_S:
        raise ValueError(f"{_shown(raw)} is no length of time between 0 and 7 days")
    return value


def parse_lifetime(raw: object) -> float:
    """The same, of something that ends by itself: 1 s or more. Raises ValueError."""
    value = parse_duration(raw)
    if value < 1:
        raise ValueError(f"{format_duration(value)} is less than 1 s; without it there is no end")
    return value


def parse_region(raw: object) -> str:
    """A Region's name. Raises ValueError."""
    if not isinstance(raw, str) or not _REGION.fullmatch(raw):
        raise ValueError(f"{_shown(raw)} is no Region; write it as eu-central-1")
    return raw


def parse_percent(raw: object) -> float:
    """`25`, `25%` or a number, 0 to 100. Raises ValueError."""
    text = raw.strip().removesuffix("%") if isinstance(raw, str) else raw
    value = _plain_number(text)
    if value is None or not 0 <= value <= 100:
        raise ValueError(f"{_shown(raw)} is no percentage between 0 and 100")
    return value


def parse_share(raw: object) -> float:
    """`0.02`, `2%` or a number, 0 to 1. Raises ValueError."""
    if isinstance(raw, str) and raw.strip().endswith("%"):
        return parse_percent(raw) / 100
    value = _plain_number(raw)
    if value is None or not 0 <= value <= 1:
        raise ValueError(f"{_shown(raw)} is no share between 0 and 1; write 2 % as 0.02 or 2%")
    return value


def parse_count(raw: object) -> float:
    """A number from 0. Raises ValueError."""
    value = parse_number(raw)
    if value < 0:
        raise ValueError(f"{_shown(raw)} is below 0")
    return value


def parse_number(raw: object) -> float:
    """A finite number. Raises ValueError."""
    value = _plain_number(raw)
    if value is None:
        raise ValueError(f"{_shown(raw)} is no number")
    return value


def parse_dials(raw: object) -> dict[str, float]:
    """`eu-central-1=30,us-west-2=70`, or a mapping of Regions to percents. Raises ValueError."""
    if isinstance(raw, dict):
        pairs = [(str(name), value) for name, value in raw.items()]
    else:
        parts = [part.partition("=") for part in str(raw).split(",")]
        if not all(sign for _, sign, _ in parts):
            raise ValueError(
                f"{_shown(raw)} names no dials; write them as REGION=PERCENT,REGION=PERCENT"
            )
        pairs = [(name.strip(), value) for name, _, value in parts]
    if len(dict(pairs)) != len(pairs):
        raise ValueError(f"{_shown(raw)} names a Region twice")
    return {parse_region(name): parse_percent(value) for name, value in pairs}


def format_dial(value: float) -> str:
    """`25 %`, `0.1 %`."""
    return f"{value:.4g} %"


def shorten(text: str) -> str:
    """As much of a wrong value as an error tells."""
    return text if len(text) <= _MOST_SHOWN else f"{text[: _MOST_SHOWN - 3]}..."


def _shown(raw: object) -> str:
    return shorten(repr(raw))


def _plain_number(raw: object) -> float | None:
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        return None
    try:
        value = float(raw)
    except (ValueError, OverflowError):
        return None
    return value if math.isfinite(value) else None
