"""AWS calls without what differs from run to run, so that two recordings can be compared.

Left out are reads, ids that AWS draws, tokens of a request, code, the order of lists, and
parameters that are empty.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

_READS = ("Describe", "List", "Get", "BatchGet", "Head")
_DROPPED = frozenset({"ClientToken", "IdempotencyToken"})
"""SDKs add these to a request."""
_TOKENS = frozenset({"CallerReference"})
_CODE = frozenset({"ZipFile"})
_IDS = (
    (re.compile(r"\b(vpc|subnet|igw|rtb|rtbassoc|sg|sgr|acl)-[0-9a-f]{8,17}\b"), r"\1-ID"),
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"), "UUID"),
    (re.compile(r"/[0-9a-f]{16}\b"), "/ID"),
    (re.compile(r"(?<=/listener/)[0-9a-f]{8}\b"), "ID"),
    (re.compile(r"(?<=/endpoint-group/)[0-9a-f]{12}\b"), "ID"),
    (re.compile(r"^[A-Z0-9]{13,32}$"), "ZONE"),
)
_GLOBAL = frozenset({"iam", "route53"})
"""Services that are signed for us-east-1; with an endpoint of one's own, for any Region."""
_SERVICES = {"elbv2": "elasticloadbalancing", "cloudwatch": "monitoring"}
"""boto's name -> signing name, where they differ."""


class NormalizedCall(NamedTuple):
    """One call that changes something."""

    service: str
    region: str
    operation: str
    parameters: str
    """JSON."""


def normalize_calls(
    calls: Iterable[tuple[str, str, str, Mapping[str, Any]]],
) -> list[NormalizedCall]:
    """The changing ones among (service, Region, operation, parameters), sorted."""
    return sorted(
        NormalizedCall(
            _SERVICES.get(service, service),
            "" if service in _GLOBAL else region,
            operation,
            json.dumps(_normalize(parameters), sort_keys=True),
        )
        for service, region, operation, parameters in calls
        if not operation.startswith(_READS)
    )


def _normalize(value: Any) -> Any:  # noqa: ANN401 - any parameter
    match value:
        case Mapping():
            return _normalize_members(value)
        case list() | tuple():
            items = [_normalize(item) for item in value]
            return sorted(items, key=lambda item: json.dumps(item, sort_keys=True))
        case str():
            return _normalize_text(value)
        case bytes():
            return value.hex()
        case float() if value.is_integer():
            return int(value)
        case _:
            return value


def _normalize_members(value: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for name, member in value.items():
        if name in _DROPPED:
            continue
        if name in _TOKENS:
            found[name] = "TOKEN"
        elif name in _CODE:
            found[name] = "CODE"
        elif member not in (None, "", [], {}, ()):
            found[name] = _normalize(member)
    return found


def _normalize_text(text: str) -> Any:  # noqa: ANN401 - JSON inside of a text
    if text.startswith("{"):
        return _normalize(json.loads(text))
    for pattern, replacement in _IDS:
        text = pattern.sub(replacement, text)
    return text
