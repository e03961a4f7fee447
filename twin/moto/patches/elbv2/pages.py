"""Pages of load balancers and rules: a marker names the first item of its page, and where it was.

moto's marker names the last item of the page before, and breaks when that one has been deleted.
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any

from moto.core.responses import ActionResult
from moto.elbv2.exceptions import ValidationError
from moto.elbv2.responses import ELBV2Response

from twin.core.pages import find_start
from twin.moto.patches.patching import set_attribute

ITEMS_PER_PAGE = 50
"""moto's, where a call does not say how many."""


def patch_pages() -> None:
    set_attribute(ELBV2Response, "describe_load_balancers", _describe_load_balancers)
    set_attribute(ELBV2Response, "describe_rules", _describe_rules)


def _describe_load_balancers(self: Any) -> ActionResult:
    arns, names = self._get_param("LoadBalancerArns", []), self._get_param("Names", [])
    found = list(self.elbv2_backend.describe_load_balancers(arns, names))
    page, marker = _take_page(self, found, lambda balancer: str(balancer.arn))
    return ActionResult({"LoadBalancers": page, "NextMarker": marker})


def _describe_rules(self: Any) -> ActionResult:
    listener, arns = self._get_param("ListenerArn"), self._get_param("RuleArns")
    found = list(self.elbv2_backend.describe_rules(listener, arns))
    page, marker = _take_page(self, found, lambda rule: str(rule.arn))
    return ActionResult({"Rules": page, "NextMarker": marker})


def _take_page(
    response: Any, items: Sequence[Any], key: Callable[[Any], str]
) -> tuple[Sequence[Any], str | None]:
    """The page that a call asks for, and the next marker. Raises ValidationError."""
    keys = [key(item) for item in items]
    start = _find_start(keys, response._get_param("Marker"))
    end = start + response._get_int_param("PageSize", ITEMS_PER_PAGE)
    if end >= len(items):
        return items[start:], None
    return items[start:end], base64.b64encode(f"{end} {keys[end]}".encode()).decode()


def _find_start(keys: Sequence[str], marker: str | None) -> int:
    if not marker:
        return 0
    try:
        position, key = base64.b64decode(marker, validate=True).decode("ascii").split(" ")
        return find_start(keys, key, max(0, int(position)))
    except (binascii.Error, ValueError) as exc:
        raise ValidationError(f"The marker '{marker}' is none of this list") from exc
