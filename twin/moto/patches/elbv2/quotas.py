"""Quotas of listeners and rules, without which one call could hold up a load balancer.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from moto.elbv2.exceptions import ELBClientError, ValidationError
from moto.elbv2.models import ELBv2Backend

from twin.moto.patches.patching import replace_method

MAX_CONDITION_VALUES = 5
MAX_LISTENERS = 50
MAX_RULES = 100
"""Of a load balancer, without the default ones."""
_CONFIGURATIONS = (
    "HostHeaderConfig",
    "HttpHeaderConfig",
    "HttpRequestMethodConfig",
    "PathPatternConfig",
    "QueryStringConfig",
    "SourceIpConfig",
)


def patch_elbv2_quotas() -> None:
    """Patch moto's load balancing."""
    replace_method(ELBv2Backend, "_validate_conditions", _validate_conditions)


def _validate_conditions(original: Callable[..., None]) -> Callable[..., None]:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html"""

    def validate_conditions(self: Any, conditions: list[Mapping[str, Any]]) -> None:
        if count_values(conditions) > MAX_CONDITION_VALUES:
            raise ValidationError(f"A rule can only have '{MAX_CONDITION_VALUES}' condition values")
        original(self, conditions)

    return validate_conditions


def count_values(conditions: Iterable[Mapping[str, Any]]) -> int:
    """The values of all conditions of a rule."""
    holders = [
        holder
        for condition in conditions
        for holder in (condition, *(condition.get(name) or {} for name in _CONFIGURATIONS))
    ]
    return sum(len(holder.get("Values") or ()) for holder in holders)


def check_quota(balancer: Any, *, listeners: int = 0, rules: int = 0) -> None:
    """Raise ELBClientError unless the load balancer may have so many more."""
    if len(balancer.listeners) + listeners > MAX_LISTENERS:
        raise ELBClientError(
            "TooManyListeners",
            f"The maximum number of listeners has been reached on load balancer '{balancer.arn}'",
        )
    present = sum(
        not rule.is_default
        for listener in balancer.listeners.values()
        for rule in listener.rules.values()
    )
    if present + rules > MAX_RULES:
        raise ELBClientError(
            "TooManyRules",
            f"The maximum number of rules has been reached on load balancer '{balancer.arn}'",
        )
