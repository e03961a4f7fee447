"""Condition elements: the operators, and the context of a request that they compare with. Pure.

A key that the request does not have makes a condition false, a negated one true; `IfExists` makes
both true. With several values in the policy one has to match; with several in the request, the set
operators `ForAllValues` and `ForAnyValue` say how.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

import base64
import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from twin.iam.policy import (
    Statement,
    VariableLookup,
    matches_pattern,
    substitute_variables,
)

_RESOURCE_TAG = "resourcetag/"
_ARN_PARTS = 6

TagReader = Callable[[], Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestContext:
    """Keys of a request; names are not case-sensitive, so all are in lower case here."""

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    read_resource_tags: TagReader | None = None
    """Called only for a policy that names a tag of the resource."""

    def get(self, key: str) -> tuple[str, ...] | None:
        """The values of a key; None when the request has none."""
        name = key.lower()
        rest = name.partition(":")[2]
        if rest.startswith(_RESOURCE_TAG) and self.read_resource_tags is not None:
            tags = {tag.lower(): value for tag, value in self.read_resource_tags().items()}
            value = tags.get(rest.removeprefix(_RESOURCE_TAG))
            return None if value is None else (value,)
        return self.values.get(name) or None

    def variable(self, name: str) -> str | None:
        """The value of a policy variable: of a key with one value."""
        values = self.get(name)
        return values[0] if values and len(values) == 1 else None


Comparison = Callable[[str, str, VariableLookup | None], bool]
"""(value in the policy, value in the request, variables) -> whether they match."""
OrderTest = Callable[[int], bool]
"""Below, at or above 0, as the request's value is to the policy's -> whether they match."""


def conditions_hold(statement: Statement, context: RequestContext) -> bool:
    """Whether all conditions of the statement are true; one that is not known is false."""
    lookup = context.variable if statement.has_variables else None
    return all(
        _condition_holds(operator, key, wanted, context, lookup)
        for operator, operands in statement.conditions.items()
        for key, wanted in operands.items()
    )


def _condition_holds(
    operator: str,
    key: str,
    wanted: tuple[str, ...],
    context: RequestContext,
    lookup: VariableLookup | None,
) -> bool:
    quantifier, _, plain = operator.rpartition(":")
    plain, quantifier = plain.lower(), quantifier.lower()
    present = context.get(key)
    if plain == "null":
        return (present is None) == ([value.lower() for value in wanted] == ["true"])
    if_exists = plain.endswith("ifexists")
    plain = plain.removesuffix("ifexists")
    known = _OPERATORS.get(plain)
    if known is None or quantifier not in ("", "forallvalues", "foranyvalue"):
        return False
    if present is None:
        return if_exists or quantifier == "forallvalues" or (known.negated and not quantifier)

    def matches(value: str) -> bool:
        return any(known.compare(one, value, lookup) for one in wanted) != known.negated

    if quantifier == "forallvalues" or (known.negated and not quantifier):
        return all(map(matches, present))
    return any(map(matches, present))


@dataclass(frozen=True, slots=True)
class _Operator:
    compare: Comparison
    negated: bool = False


def _equal(wanted: str, value: str, lookup: VariableLookup | None) -> bool:
    return substitute_variables(wanted, lookup) == value


def _equal_ignoring_case(wanted: str, value: str, lookup: VariableLookup | None) -> bool:
    found = substitute_variables(wanted, lookup)
    return found is not None and found.lower() == value.lower()


def _like(wanted: str, value: str, lookup: VariableLookup | None) -> bool:
    return matches_pattern(wanted, value, lookup)


def _arn_like(wanted: str, value: str, lookup: VariableLookup | None) -> bool:
    """Each of the six parts has to match; a wildcard does not reach over a colon of the first five.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
    """
    patterns, parts = wanted.split(":", _ARN_PARTS - 1), value.split(":", _ARN_PARTS - 1)
    if len(patterns) != _ARN_PARTS or len(parts) != _ARN_PARTS:
        return wanted == "*"
    return all(map(matches_pattern, patterns, parts, [lookup] * _ARN_PARTS))


def _same_bytes(wanted: str, value: str, _: VariableLookup | None) -> bool:
    try:
        return base64.b64decode(wanted, validate=True) == base64.b64decode(value, validate=True)
    except ValueError:  # Not base64, or not even ASCII.
        return False


def _in_network(wanted: str, value: str, _: VariableLookup | None) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(wanted, strict=False)
    except ValueError:
        return False


def _numeric(holds: OrderTest) -> Comparison:
    def comparison(wanted: str, value: str, _: VariableLookup | None) -> bool:
        try:
            number, limit = Decimal(value), Decimal(wanted)
            return holds((number > limit) - (number < limit))
        except InvalidOperation:
            return False

    return comparison


def _date(holds: OrderTest) -> Comparison:
    def comparison(wanted: str, value: str, _: VariableLookup | None) -> bool:
        try:
            date, limit = parse_date(value), parse_date(wanted)
            return holds((date > limit) - (date < limit))
        except (ValueError, OverflowError, OSError):
            return False

    return comparison


def parse_date(text: str) -> datetime:
    """A date of ISO 8601, or seconds since 1970. Raises ValueError, OverflowError, OSError."""
    if text.lstrip("-").replace(".", "", 1).isdigit():
        return datetime.fromtimestamp(float(text), UTC)
    parsed = datetime.fromisoformat(text)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


_ORDERS: dict[str, OrderTest] = {
    "equals": lambda order: order == 0,
    "lessthan": lambda order: order < 0,
    "lessthanequals": lambda order: order <= 0,
    "greaterthan": lambda order: order > 0,
    "greaterthanequals": lambda order: order >= 0,
}


def _ordered(name: str, compare: Callable[[OrderTest], Comparison]) -> dict[str, _Operator]:
    """The operators of numbers or dates."""
    operators = {name + suffix: _Operator(compare(holds)) for suffix, holds in _ORDERS.items()}
    operators[f"{name}notequals"] = _Operator(operators[f"{name}equals"].compare, negated=True)
    return operators


_OPERATORS: dict[str, _Operator] = {
    "stringequals": _Operator(_equal),
    "stringnotequals": _Operator(_equal, negated=True),
    "stringequalsignorecase": _Operator(_equal_ignoring_case),
    "stringnotequalsignorecase": _Operator(_equal_ignoring_case, negated=True),
    "stringlike": _Operator(_like),
    "stringnotlike": _Operator(_like, negated=True),
    "bool": _Operator(_equal_ignoring_case),
    "binaryequals": _Operator(_same_bytes),
    "ipaddress": _Operator(_in_network),
    "notipaddress": _Operator(_in_network, negated=True),
    "arnequals": _Operator(_arn_like),
    "arnlike": _Operator(_arn_like),
    "arnnotequals": _Operator(_arn_like, negated=True),
    "arnnotlike": _Operator(_arn_like, negated=True),
    **_ordered("numeric", _numeric),
    **_ordered("date", _date),
}
