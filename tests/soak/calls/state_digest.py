"""Digests of moto's state, to find out whether a failed call or a restart has changed anything.

A digest covers everything that a backend holds, lists and mappings in their order. Left out are
the states of alarms, which the journal does not have, and key material and tokens, which a replay
generates anew.
"""

import datetime
import ipaddress
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

from moto.core.base_backend import BackendDict, BaseBackend

_ALARM_STATES = {
    "history",
    "state_reason",
    "state_reason_data",
    "state_value",
    "state_updated_timestamp",
    "state_transitioned_timestamp",
}
_KEY_MATERIAL = {"key", "session_token"}
_DERIVED = {"load_balancer_arns"}
"""Of a target group: DescribeTargetGroups computes them anew, and nothing else reads them."""
_LEFT_OUT = _ALARM_STATES | _KEY_MATERIAL | _DERIVED
"""Names of attributes."""
_CONSTANTS = {"Zone"}
"""Classes of moto's constants: each user's is equal, and may be a copy."""
_PLAIN = (
    str,
    int,
    float,
    bool,
    bytes,
    type(None),
    datetime.datetime,
    ipaddress.IPv4Network,
    ipaddress.IPv4Address,
    ipaddress.IPv6Network,
    ipaddress.IPv6Address,
)

Digests = Mapping[tuple[str, str], int]
"""(service, Region) -> digest of the backend."""


def digest_state(account: str) -> Digests:
    instances: list[Any] = BackendDict.__dict__["_instances"]  # typed by the service otherwise
    return {
        (backends.service_name, region): zlib.crc32("\0".join(_tokens(backend, {})).encode())
        for backends in instances
        if account in backends
        for region, backend in backends[account].items()
    }


def digests_differ(before: Digests, after: Digests) -> bool:
    """True when a backend of both has changed. moto creates a backend at the first call that needs
    it, reads included, so one that is only in either is as it was created."""
    return any(after[key] != digest for key, digest in before.items() if key in after)


def _tokens(value: object, seen: dict[int, tuple[int, Any]]) -> Iterator[str]:
    """The value as a flat sequence of texts; an object met again is its number.

    `seen` maps an object's id to its number and to itself: no other object may get its id.
    """
    if isinstance(value, _PLAIN):
        yield repr(value)
    elif type(value).__name__ in _CONSTANTS:
        yield repr(vars(value))
    elif id(value) in seen:
        yield f"#{seen[id(value)][0]}"
    else:
        seen[id(value)] = len(seen), value
        yield type(value).__name__
        for member in _members(value, is_root=len(seen) == 1):
            yield from _tokens(member, seen)


def _members(value: object, *, is_root: bool) -> Iterator[Any]:
    """What an object is made of. Another backend has a digest of its own."""
    if isinstance(value, Mapping):
        for pair in value.items():
            yield from pair
    elif isinstance(value, set | frozenset):
        yield from sorted(value, key=repr)
    elif isinstance(value, list | tuple):
        yield from value
    elif is_root or not isinstance(value, BaseBackend):
        for name, member in getattr(value, "__dict__", {}).items():
            if name not in _LEFT_OUT:
                yield name
                yield member
