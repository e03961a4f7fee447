"""Pages of load balancers, listeners, rules and target groups.

moto has no pages of listeners and target groups. Its marker of the others names the last item of
the page before, and breaks when that one has been deleted.
"""

from collections.abc import Sequence
from typing import Any

from moto.core.responses import ActionResult
from moto.elbv2.exceptions import ListenerOrBalancerMissingError, ValidationError
from moto.elbv2.responses import ELBV2Response

from twin.core.pages import find_page
from twin.moto.patches.patching import set_attribute

ITEMS_PER_PAGE = 50
"""moto's, where a call does not say how many."""


def patch_pages() -> None:
    set_attribute(ELBV2Response, "describe_load_balancers", _describe_load_balancers)
    set_attribute(ELBV2Response, "describe_listeners", _describe_listeners)
    set_attribute(ELBV2Response, "describe_rules", _describe_rules)
    set_attribute(ELBV2Response, "describe_target_groups", _describe_target_groups)


def _describe_load_balancers(self: Any) -> ActionResult:
    arns, names = self._get_param("LoadBalancerArns", []), self._get_param("Names", [])
    found = self.elbv2_backend.describe_load_balancers(arns, names)
    return _take_page(self, "LoadBalancers", list(found))


def _describe_listeners(self: Any) -> ActionResult:
    balancer, arns = self._get_param("LoadBalancerArn"), self._get_param("ListenerArns", [])
    if not (balancer or arns):
        raise ListenerOrBalancerMissingError
    found = self.elbv2_backend.describe_listeners(balancer, arns)
    return _take_page(self, "Listeners", list(found))


def _describe_rules(self: Any) -> ActionResult:
    listener, arns = self._get_param("ListenerArn"), self._get_param("RuleArns")
    return _take_page(self, "Rules", list(self.elbv2_backend.describe_rules(listener, arns)))


def _describe_target_groups(self: Any) -> ActionResult:
    balancer = self._get_param("LoadBalancerArn")
    arns, names = self._get_param("TargetGroupArns", []), self._get_param("Names", [])
    found = self.elbv2_backend.describe_target_groups(balancer, arns, names)
    return _take_page(self, "TargetGroups", list(found))


def _take_page(response: Any, name: str, items: Sequence[Any]) -> ActionResult:
    """The page that a call asks for, and the next marker. Raises ValidationError."""
    marker = response._get_param("Marker") or None
    size = response._get_int_param("PageSize", ITEMS_PER_PAGE)
    try:
        page, next_marker = find_page([str(item.arn) for item in items], marker, size)
    except ValueError as exc:
        raise ValidationError(f"The marker '{marker}' is none of this list") from exc
    return ActionResult({name: items[page], "NextMarker": next_marker})
