"""The filters of EC2's descriptions, with AWS's limits and its two wildcards.

moto takes values for regular expressions, or for patterns of file names: some of them never end,
and a long one takes minutes to be compiled.
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html
"""

import re
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from moto.ec2 import utils
from moto.ec2.exceptions import FilterNotImplementedError
from moto.ec2.models import security_groups, tags

from twin.moto.patches.patching import set_attribute

MAX_FILTERS, MAX_VALUES, MAX_VALUE_LENGTH = 50, 200, 255
TOO_MANY = (
    "The request uses too many filters or too many filter values. The maximum number of filters in "
    f"a request is {MAX_FILTERS}. The maximum number of filter values is {MAX_VALUES}. The maximum "
    f"length of a filter value is {MAX_VALUE_LENGTH} characters."
)


def patch_ec2_filters() -> None:
    """Let moto's EC2 match by AWS's rules wherever it matches by a pattern."""
    set_attribute(security_groups, "aws_api_matches", matches_filter)
    set_attribute(utils, "fnmatch", SimpleNamespace(fnmatch=_matches_value))
    for module in (utils, security_groups):
        set_attribute(module, "tag_filter_matches", _matches_tags)
    set_attribute(utils, "passes_igw_filter_dict", _passes_gateway)
    set_attribute(tags, "simple_aws_filter_to_re", str)
    set_attribute(tags, "re", SimpleNamespace(compile=_FilterPattern))


def exceeds_limits(parameters: Mapping[str, Any]) -> bool:
    """Whether a call has more filters, values or characters than AWS takes.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
    """
    filters = parameters.get("Filters")
    if not isinstance(filters, list):
        return False
    values = [value for one in filters for value in one.get("Values") or ()]
    return (
        len(filters) > MAX_FILTERS
        or len(values) > MAX_VALUES
        or any(len(value) > MAX_VALUE_LENGTH for value in values)
    )


_GATEWAY_FILTERS: Mapping[str, Callable[[Any], str | None]] = {
    "attachment.state": lambda gateway: gateway.attachment_state,
    "attachment.vpc-id": lambda gateway: gateway.vpc.id if gateway.vpc else None,
    "internet-gateway-id": lambda gateway: gateway.id,
    "owner-id": lambda gateway: gateway.owner_id,
}


def _passes_gateway(gateway: Any, filters: Mapping[str, Sequence[str]]) -> bool:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInternetGateways.html"""
    return all(_passes_one(gateway, name, patterns) for name, patterns in filters.items())


def _passes_one(gateway: Any, name: str, patterns: Sequence[str]) -> bool:
    if utils.is_tag_filter(name):
        return _matches_tags(gateway, name, patterns)
    if name not in _GATEWAY_FILTERS:
        raise FilterNotImplementedError(name, "DescribeInternetGateways")
    value = _GATEWAY_FILTERS[name](gateway)
    return value is not None and any(matches_filter(pattern, value) for pattern in patterns)


class _FilterPattern:
    """What moto takes for a compiled regular expression."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern

    def match(self, value: str) -> bool | None:
        """True for a match, else None, as moto asks."""
        return matches_filter(self._pattern, value) or None


def _matches_tags(resource: Any, name: str, patterns: Sequence[str]) -> bool:
    found = resource.get_tags()
    if name == "tag-key":
        texts = [tag["key"] for tag in found]
    elif name == "tag-value":
        texts = [tag["value"] for tag in found]
    else:
        key = name.removeprefix("tag:")
        texts = [tag["value"] for tag in found if tag["key"] == key]
    return any(matches_filter(pattern, text) for pattern in patterns for text in texts)


def _matches_value(value: object, pattern: str) -> bool:
    return matches_filter(pattern, value)


_WILDCARD = re.compile(r"[*?\\]")
_FILTER_PART = re.compile(r"\\[*?\\]|.", re.DOTALL)


def matches_filter(pattern: str, value: object) -> bool:
    """Whether a value matches a filter's, in a time that grows with the pattern's length.

    A star matches any characters, a question mark one or none; a backslash makes them plain.
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html
    """
    text = str(value)
    if not _WILDCARD.search(pattern):
        return pattern == text
    every = (1 << (len(text) + 1)) - 1
    positions: dict[str, int] = {}
    """Character -> bits of its places in the text."""
    for place, character in enumerate(text):
        positions[character] = positions.get(character, 0) | 1 << place
    reached = 1
    """Bit n: the pattern so far matches the first n characters."""
    for part in _FILTER_PART.findall(pattern):
        if part == "*":
            first = reached & -reached
            reached = every & -first if reached else 0
        elif part == "?":
            reached |= reached << 1 & every
        else:
            reached = (reached & positions.get(part[-1], 0)) << 1
    return bool(reached >> len(text) & 1)
