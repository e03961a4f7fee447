"""Allowed health-check settings of a target group; moto checks few of them.

https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

_RANGES = (
    ("Health check interval", "interval", 5, 300),
    ("Health check timeout", "timeout", 2, 120),
    ("Healthy threshold count", "healthy", 2, 10),
    ("Unhealthy threshold count", "unhealthy", 2, 10),
)
_MATCHER = re.compile(r"\d{3}(-\d{3})?(,\d{3}(-\d{3})?)*")


def check(values: Mapping[str, Any], refuse: Callable[[str], Exception]) -> None:
    """Raise `refuse(message)` for the first value out of range; None and missing are not given.

    Keys: interval and timeout (seconds), healthy and unhealthy (counts), path, matcher.
    """
    for label, key, least, most in _RANGES:
        value = values.get(key)
        if value is not None and not least <= int(value) <= most:
            raise refuse(f"{label} '{value}' must be in the range {least}-{most} inclusive")
    _check_path(values.get("path"), refuse)
    _check_matcher(values.get("matcher"), refuse)


def check_lambda_interval(interval: int, timeout: int, refuse: Callable[[str], Exception]) -> None:
    """The interval of a `lambda` target group exceeds its time-out."""
    if interval <= timeout:
        raise refuse(
            f"Health check timeout '{timeout}' must be smaller than the interval '{interval}'"
        )


def _check_path(path: str | None, refuse: Callable[[str], Exception]) -> None:
    if path is None:
        return
    if not path.startswith("/"):
        raise refuse(f"Health check path '{path}' must begin with a '/' character")
    if len(path) > 1024:
        raise refuse(f"Health check path must be at most 1024 characters; it has {len(path)}")


def _check_matcher(matcher: str | None, refuse: Callable[[str], Exception]) -> None:
    if matcher is None:
        return
    if not _MATCHER.fullmatch(matcher):
        raise refuse(f"HttpCode '{matcher}' must be like 200 | 200-399 | 200,201")
    for code in re.findall(r"\d{3}", matcher):
        if not 200 <= int(code) <= 499:
            raise refuse(f"HttpCode '{matcher}': {code} is not in the range 200-499")
