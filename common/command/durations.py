"""Lengths of time as people write them: `90`, `90s`, `1m30s`, `2h`, `250ms`."""

import math
import re

DURATION_RULE = "a length of time such as 90, 30s, 10m, 1h30m or 250ms"
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|h|m|s)")
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|h|m|s))+")
_BARE_SECONDS = re.compile(r"\d+(\.\d+)?")


def parse_duration(raw: object) -> float:
    """Seconds of a text or a number; a bare number is seconds.

    Raises ValueError, which starts with the wrong value.
    """
    length_s = _parse_text(raw.strip().lower()) if isinstance(raw, str) else _to_seconds(raw)
    if length_s is None or not 0 <= length_s < math.inf:
        raise ValueError(f"{raw!r:.60} is not {DURATION_RULE}")
    return length_s


def _parse_text(text: str) -> float | None:
    if _BARE_SECONDS.fullmatch(text):
        text += "s"
    if not _DURATION.fullmatch(text):
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))


def _to_seconds(raw: object) -> float | None:
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        return None
    try:
        return float(raw)
    except OverflowError:
        return None
