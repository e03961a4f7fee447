"""Durations, percentages, shares, numbers, Regions, dials and paths as people write them.

    90  90s  1m30s  2h  250ms      25  25%      0.02  2%      eu-central-1=30,us-west-2=70

For scenarios, options of commands and settings. A ValueError starts with the wrong value and says
what is expected; the caller names the place.
"""

import math
import re
from urllib.parse import urlsplit

from common.command.durations import parse_duration
from common.command.wording import shorten
from muster.formatting import format_duration

_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d+")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]")
"""A name, an IPv4 address, or an IPv6 address in brackets."""
_MAX_SCENARIO_S = 7 * 86400.0
MAX_RATE = 2000.0
"""Probes a second."""
PATH_RULE = "a path of visible ASCII characters, beginning with /"


def parse_scenario_duration(raw: object) -> float:
    """A duration of at most 7 days. Raises ValueError."""
    length_s = parse_duration(raw)
    if length_s > _MAX_SCENARIO_S:
        raise ValueError(f"{_shown(raw)} is not a length of time from 0 to 7 days")
    return length_s


def parse_lifetime(raw: object) -> float:
    """How long a switch or a fault lasts: 1 s or more. Raises ValueError."""
    length_s = parse_scenario_duration(raw)
    if length_s < 1:
        shown = format_duration(length_s)
        raise ValueError(f"{shown} is less than 1 s; leave it out for no end")
    return length_s


def parse_region(raw: object) -> str:
    """A Region's name. Raises ValueError."""
    if not isinstance(raw, str) or not _REGION.fullmatch(raw):
        raise ValueError(f"{_shown(raw)} is not a Region; write it as eu-central-1")
    return raw


def parse_percent(raw: object) -> float:
    """0 to 100, with or without the sign. Raises ValueError."""
    value = _finite_number(raw.strip().removesuffix("%") if isinstance(raw, str) else raw)
    if value is None or not 0 <= value <= 100:
        raise ValueError(f"{_shown(raw)} is not a percentage from 0 to 100")
    return value


def parse_share(raw: object) -> float:
    """0 to 1; a percentage with its sign is a share too. Raises ValueError."""
    if isinstance(raw, str) and raw.strip().endswith("%"):
        return parse_percent(raw) / 100
    value = _finite_number(raw)
    if value is None or not 0 <= value <= 1:
        raise ValueError(f"{_shown(raw)} is not a share from 0 to 1; write 2 % as 0.02 or 2%")
    return value


def parse_count(raw: object) -> float:
    """A finite number from 0 up. Raises ValueError."""
    value = _finite_number(raw)
    if value is None or value < 0:
        raise ValueError(f"{_shown(raw)} is not a number from 0")
    return value


def parse_weight(raw: object) -> int:
    """The weight of a record: a whole number from 0 to 255. Raises ValueError."""
    value = _finite_number(raw)
    if value is None or not 0 <= value <= 255 or value != int(value):
        raise ValueError(f"{_shown(raw)} is not a whole number from 0 to 255")
    return int(value)


def parse_number(raw: object) -> float:
    """A finite number. Raises ValueError."""
    value = _finite_number(raw)
    if value is None:
        raise ValueError(f"{_shown(raw)} is not a number")
    return value


def parse_rate(raw: object) -> float:
    """Requests per second: above 0, at most MAX_RATE. Raises ValueError."""
    value = _finite_number(raw)
    if value is None or not 0 < value <= MAX_RATE:
        raise ValueError(f"{_shown(raw)} is not a number above 0 and at most {MAX_RATE:g}")
    return value


def parse_path(raw: object) -> str:
    """The path of a request, with its query. Raises ValueError."""
    if not isinstance(raw, str) or not is_path(raw):
        raise ValueError(f"{_shown(raw)} is not {PATH_RULE}")
    return raw


def parse_dials(raw: object) -> dict[str, float]:
    """Percents by Region, from a text or a mapping. Raises ValueError."""
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


def is_http_url(text: str, *, with_query: bool = False) -> bool:
    """Whether this is an http:// or https:// address without user, fragment and blanks.

    Without a query too, as botocore takes an endpoint, unless `with_query`.
    """
    try:
        parts = urlsplit(text)
        is_port_valid = parts.port != 0
    except ValueError:  # brackets that don't match, or a port that is no number
        return False
    host = parts.netloc.removesuffix(f":{parts.port}")
    has_more = "#" in text or ("?" in text and not with_query) or re.search(r"\s", text)
    is_host_valid = _HOST.fullmatch(host) is not None
    return parts.scheme in ("http", "https") and is_port_valid and is_host_valid and not has_more


def is_path(text: str) -> bool:
    """Whether this is a path that a request may have, with its query."""
    return re.fullmatch(r"/[!-~]*", text) is not None


def _shown(raw: object) -> str:
    return shorten(repr(raw))


def _finite_number(raw: object) -> float | None:
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        return None
    try:
        value = float(raw)
    except (ValueError, OverflowError):
        return None
    return value if math.isfinite(value) else None
