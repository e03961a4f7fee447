"""Allowed values of load balancer and Lambda target group attributes; moto knows only their names.

https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html
"""

from collections.abc import Callable, Mapping

_RANGES = {
    "client_keep_alive.seconds": (60, 604800),
    "idle_timeout.timeout_seconds": (1, 4000),
}
_CHOICES = {
    "routing.http.desync_mitigation_mode": ("monitor", "defensive", "strictest"),
    "routing.http.xff_header_processing.mode": ("append", "preserve", "remove"),
}
_BOOLEANS = ("true", "false")


def check(attributes: Mapping[str, str], refuse: Callable[[str], Exception]) -> None:
    """Raise `refuse(message)` for the first value that is not allowed."""
    for key, value in attributes.items():
        if key in _RANGES and not _in_range(value, *_RANGES[key]):
            least, most = _RANGES[key]
            raise refuse(f"Attribute '{key}': '{value}' is not a number from {least} to {most}")
        choices = _CHOICES.get(key) or (_BOOLEANS if key.endswith(".enabled") else ())
        if choices and value not in choices:
            raise refuse(f"Attribute '{key}': '{value}' is none of {', '.join(choices)}")


def _in_range(value: str, least: int, most: int) -> bool:
    return value.isascii() and value.isdigit() and least <= int(value) <= most
