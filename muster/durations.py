"""Lengths of time as people write them: `90`, `30s`, `10m`, `1h30m`, `250ms`.

Pure text to seconds and back.
"""

import math
import re

_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|h|m|s)")
_WHOLE = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|h|m|s))+")
RULE = "a length of time such as 90, 30s, 10m, 1h30m or 250ms"


def seconds(text: str) -> float:
    """Seconds of a text; a bare number is seconds. Raises ValueError with the rule."""
    text = text.strip().lower()
    if re.fullmatch(r"\d+(\.\d+)?", text):
        text += "s"
    if not _WHOLE.fullmatch(text):
        raise ValueError(RULE)
    found = sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))
    if not math.isfinite(found):
        raise ValueError(RULE)
    return found


def words(length_s: float) -> str:
    """A short text of a length in seconds: `0.25 s`, `42 s`, `9:40 min`, `2:05 h`."""
    if length_s < 10:
        return f"{round(length_s, 3):.2g} s"
    if length_s < 99.5:
        return f"{length_s:.0f} s"
    if length_s < 3595:
        whole = round(length_s)
        return f"{whole // 60}:{whole % 60:02} min"
    minutes = round(length_s / 60)
    return f"{minutes // 60}:{minutes % 60:02} h"


def figure(length_s: float) -> str:
    """A measured length with three digits: `0.8 ms`, `479 ms`, `14.1 s`, from 100 s on `words`."""
    if length_s == 0:
        return "0 s"
    if length_s < 0.01:
        return f"{length_s * 1000:.2g} ms"
    if length_s < 0.9995:
        return f"{length_s * 1000:.0f} ms"
    return f"{length_s:.3g} s" if length_s < 99.95 else words(length_s)
