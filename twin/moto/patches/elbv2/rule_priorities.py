"""Corrections of moto's SetRulePriorities: rules of one call may change places.

moto judges each new priority by the old ones of the others, so it refuses to swap two rules; and it
gives the default rule a number.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from moto.elbv2.exceptions import DuplicatePriorityError, ELBClientError, PriorityInUseError
from moto.elbv2.models import ELBv2Backend

from twin.moto.patches.patching import replace_method


def patch_rule_priorities() -> None:
    """Patch moto's load balancing."""
    replace_method(ELBv2Backend, "set_rule_priorities", _set_rule_priorities)


def _set_rule_priorities(_original: Callable[..., Any]) -> Callable[..., Any]:
    """ "You can reorder the rules as long as there are no priority conflicts in the new order."

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SetRulePriorities.html
    """

    def set_rule_priorities(self: Any, rule_priorities: list[dict[str, Any]]) -> list[Any]:
        wanted = {one["RuleArn"]: one["Priority"] for one in rule_priorities}
        _check_distinct(one["Priority"] for one in rule_priorities)
        rules = {rule.arn: rule for rule in self.describe_rules(None, wanted)}
        for arn in dict.fromkeys(rule.listener_arn for rule in rules.values()):
            (listener,) = self.describe_listeners(None, [arn])
            _check_order(listener.rules.values(), wanted)
        for arn, priority in wanted.items():
            rules[arn].priority = priority
        return [rules[arn] for arn in wanted]

    return set_rule_priorities


def _check_distinct(priorities: Iterable[Any]) -> None:
    seen: set[Any] = set()
    for priority in priorities:
        if priority in seen:
            raise DuplicatePriorityError(priority)
        seen.add(priority)


def _check_order(rules: Iterable[Any], wanted: Mapping[str, Any]) -> None:
    """Raise ELBClientError unless each rule of a listener has a priority of its own."""
    taken: set[Any] = set()
    for rule in rules:
        if rule.is_default and rule.arn in wanted:
            raise ELBClientError(
                "OperationNotPermitted", f"Default rule '{rule.arn}' cannot have a priority"
            )
        priority = wanted.get(rule.arn, rule.priority)
        if priority in taken:
            raise PriorityInUseError()
        taken.add(priority)
