"""Which actions listeners and their rules can have; moto takes any redirect, and empty actions.

A forward action names a target group. A redirect's values are parts of the Location header, so that
a control character in one would make a header, or a second response, of its own.
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RedirectActionConfig.html
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from moto.elbv2.exceptions import ELBClientError, ValidationError
from moto.elbv2.models import ELBv2Backend

from twin.moto.patches.patching import replace_method

MAX_PART_LENGTH = 128
_PLACEHOLDERS = "and may contain up to one of each of these placeholders:"
_RULES = {
    "Protocol": (r"HTTP|HTTPS|#\{protocol\}", "must be 'HTTP', 'HTTPS' or '#{protocol}'"),
    "Port": (
        r"[1-9][0-9]{0,4}|#\{port\}",
        "must be a number from 1 to 65535 or '#{port}'",
    ),
    "Host": (
        r"(?:[A-Za-z0-9._*:\[\]-]|#\{host\})+",
        "must be a valid domain name, and may contain the placeholder '#{host}'",
    ),
    "Path": (
        r"/[!-~]*",
        "must be a valid path, should start with a '/', "
        f"{_PLACEHOLDERS} '#{{path}}', '#{{host}}', '#{{port}}'",
    ),
    "Query": (
        r"(?!\?)[!-~]*",
        "must be a valid query, should not start with a '?', "
        f"{_PLACEHOLDERS} '#{{query}}', '#{{path}}', '#{{host}}', '#{{port}}'",
    ),
}
"""Member -> (pattern, what it must be)."""
_UNCHANGED = {
    "Protocol": "#{protocol}",
    "Host": "#{host}",
    "Port": "#{port}",
    "Path": "/#{path}",
}


def patch_listener_actions() -> None:
    """Patch moto's load balancing."""
    replace_method(ELBv2Backend, "_validate_actions", _validate_actions)


def _validate_actions(original: Callable[..., None]) -> Callable[..., None]:
    def validate_actions(self: Any, actions: list[Any]) -> None:
        original(self, actions)
        for action in actions:
            match action.type:
                case "forward":
                    check_forward(action.data)
                case "redirect":
                    check_redirect(action.data.get("RedirectConfig") or {})

    return validate_actions


def check_forward(data: Mapping[str, Any]) -> None:
    """Raise ValidationError for an action that names no target group.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Action.html
    """
    if not (data.get("TargetGroupArn") or (data.get("ForwardConfig") or {}).get("TargetGroups")):
        raise ValidationError("A target group ARN must be specified")


def check_redirect(config: Mapping[str, str]) -> None:
    """Raise ELBClientError for a redirect that AWS refuses."""
    for name, (pattern, rule) in _RULES.items():
        value = config.get(name)
        if value is None:
            continue
        is_port = name == "Port" and value.isdecimal()
        if (
            len(value) > MAX_PART_LENGTH
            or not re.fullmatch(pattern, value)
            or (is_port and int(value) > 65535)
        ):
            raise _InvalidAction(f"The {name} parameter {rule}.")
    if all((config.get(name) or same) == same for name, same in _UNCHANGED.items()):
        raise _InvalidAction("The redirect configuration is not valid because it creates a loop.")


class _InvalidAction(ELBClientError):
    def __init__(self, message: str) -> None:
        super().__init__("InvalidLoadBalancerAction", message)
