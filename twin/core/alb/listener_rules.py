"""A listener's rules: which action a request gets, and the responses of fixed and redirect actions.

Rules apply by priority, then the default action. The random draw between weighted target groups is
a parameter.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-listeners.html
"""

import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from twin.core.alb.response import error_response, reason_phrase
from twin.core.http.messages import HttpResponse, can_be_sent
from twin.topology.model import (
    ListenerAction,
    LoadBalancerListener,
    RuleCondition,
    WeightedTargetGroup,
)

MAX_LOCATION_LENGTH = 8 * 1024
"""Bytes; the real service answers a longer Location with 507."""
_VARIABLE = re.compile(r"#\{(protocol|host|port|path|query)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFacts:
    """The properties of a request that rules can match."""

    method: str
    path: str
    """Not decoded, without the query."""
    query: str
    host: str
    """The Host header, with its port if it has one."""
    headers: Sequence[tuple[str, str]]
    """Names in lower case."""
    client: str
    """The connection's source address; X-Forwarded-For is ignored."""
    port: int
    """The listener's port."""
    protocol: Literal["http", "https"] = "http"


def choose_action(listener: LoadBalancerListener, facts: RequestFacts) -> ListenerAction:
    """The action of the first rule whose conditions all match, else the default action."""
    for rule in listener.rules:
        if all(condition_matches(condition, facts) for condition in rule.conditions):
            return rule.action
    return listener.default_action


def condition_matches(condition: RuleCondition, facts: RequestFacts) -> bool:
    """Whether any of the condition's values matches; False for an unknown field.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html
    """
    matcher = _MATCHERS.get(condition.field)
    return matcher is not None and matcher(condition, facts)


def _path_matches(condition: RuleCondition, facts: RequestFacts) -> bool:
    return any(_matches_pattern(value, facts.path) for value in condition.values)


def _host_matches(condition: RuleCondition, facts: RequestFacts) -> bool:
    host = _without_port(facts.host).lower()
    return any(_matches_pattern(value.lower(), host) for value in condition.values)


def _method_matches(condition: RuleCondition, facts: RequestFacts) -> bool:
    return facts.method in condition.values


def _source_matches(condition: RuleCondition, facts: RequestFacts) -> bool:
    address = ipaddress.ip_address(facts.client)
    networks = map(_network, condition.values)
    return any(network is not None and address in network for network in networks)


def _header_matches(condition: RuleCondition, facts: RequestFacts) -> bool:
    wanted = condition.name.lower()
    found = [value.lower() for name, value in facts.headers if name == wanted]
    return any(
        _matches_pattern(pattern.lower(), text) for pattern in condition.values for text in found
    )


def _query_matches(condition: RuleCondition, facts: RequestFacts) -> bool:
    """`key=value` matches that key, `value` and `=value` match any key; case is ignored."""
    parts = (part.partition("=") for part in facts.query.lower().split("&") if part)
    pairs = [(key, value) for key, _, value in parts]
    for wanted in condition.values:
        key, _, value = wanted.lower().rpartition("=")
        if any(
            (not key or _matches_pattern(key, k)) and _matches_pattern(value, v) for k, v in pairs
        ):
            return True
    return False


_MATCHERS: Mapping[str, Callable[[RuleCondition, RequestFacts], bool]] = {
    "path-pattern": _path_matches,
    "host-header": _host_matches,
    "http-request-method": _method_matches,
    "http-header": _header_matches,
    "query-string": _query_matches,
    "source-ip": _source_matches,
}


def _without_port(host: str) -> str:
    bare, colon, port = host.rpartition(":")
    return bare if colon and port.isdigit() else host


def _matches_pattern(pattern: str, text: str) -> bool:
    """Match a pattern in which `*` is any text and `?` any one character."""
    return _pattern_expression(pattern).fullmatch(text) is not None


@lru_cache(maxsize=1024)
def _pattern_expression(pattern: str) -> re.Pattern[str]:
    """Atomic groups keep each literal where it is first found: no text takes exponential time."""
    first, *others = (re.escape(part).replace(r"\?", ".") for part in pattern.split("*"))
    if not others:
        return re.compile(first, re.DOTALL)
    *middle, last = others
    found = "".join(f"(?>.*?{part})" for part in middle)
    return re.compile(f"{first}{found}.*{last}", re.DOTALL)


@lru_cache(maxsize=1024)
def _network(cidr: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """None for a malformed CIDR block: such a rule must not match all requests."""
    try:
        return ipaddress.ip_network(cidr, strict=False)
    except ValueError:
        return None


# -- actions


def draw_target_group(
    groups: Sequence[WeightedTargetGroup], draw: float
) -> WeightedTargetGroup | None:
    """Choose a target group by weight, with a draw in [0, 1); None when all weights are 0.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-listeners.html#forward-actions
    """
    if len(groups) == 1:
        return groups[0]
    point = draw * sum(group.weight for group in groups)
    for group in groups:
        point -= group.weight
        if point < 0:
            return group
    return None


def fixed_response(action: ListenerAction) -> HttpResponse:
    """The response of a fixed-response action."""
    status = int(action.status_code or "200")
    kind = action.content_type or "text/plain"
    headers = (("Content-Type", kind),) if action.message_body else ()
    return HttpResponse(
        status=status,
        reason=reason_phrase(status),
        headers=headers,
        body=action.message_body.encode(),
    )


def redirect_response(action: ListenerAction, facts: RequestFacts) -> HttpResponse:
    """The response of a redirect action; parts it does not name are the request's.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-listeners.html#redirect-actions
    """
    requested = {
        "protocol": facts.protocol,
        "host": _without_port(facts.host),
        "port": str(facts.port),
        "path": facts.path.removeprefix("/"),
        "query": facts.query,
    }

    def part(name: str, default: str) -> str:
        template = action.redirect.get(name) or default
        return _VARIABLE.sub(lambda variable: requested[variable[1]], template)

    protocol = part("Protocol", "#{protocol}").lower()
    query = part("Query", "#{query}")
    location = (
        f"{protocol}://{part('Host', '#{host}')}:{part('Port', '#{port}')}"
        f"{part('Path', '/#{path}')}{'?' if query else ''}{query}"
    )
    if len(location) > MAX_LOCATION_LENGTH:
        return error_response(507)
    if not can_be_sent("Location", location):  # an action that was made before they were checked
        return error_response(500)
    code = action.status_code or action.redirect.get("StatusCode", "HTTP_302")
    page = error_response(int(code.removeprefix("HTTP_")))
    return HttpResponse(
        status=page.status,
        reason=page.reason,
        headers=(*page.headers, ("Location", location)),
        body=page.body,
    )
