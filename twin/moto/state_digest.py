"""Digests of moto's state, to find out whether a failed call has changed anything.

A digest covers everything that a backend holds, in its order. Left out are: what moto reads from
its own files at a backend's creation (EC2's images and their snapshots), which is large and never
changes; the states of alarms, which the journal does not have; and ACM's key material, which a
replay generates anew.
"""

import zlib
from collections.abc import Iterator, Mapping
from typing import Any

from moto.core.base_backend import BackendDict, BaseBackend

_IMAGES = {"amis", "snapshots"}
_ALARM_STATES = {
    "history",
    "state_reason",
    "state_reason_data",
    "state_value",
    "state_updated_timestamp",
}
_KEY_MATERIAL = {"cert", "key", "chain"}
_LEFT_OUT = _IMAGES | _ALARM_STATES | _KEY_MATERIAL
"""Names of attributes."""
_PLAIN = (str, int, float, bool, bytes, type(None))

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


def _tokens(value: Any, seen: dict[int, int]) -> Iterator[str]:
    """The value as a flat sequence of texts; an object met again is its number."""
    if isinstance(value, _PLAIN):
        yield repr(value)
    elif id(value) in seen:
        yield f"#{seen[id(value)]}"
    else:
        seen[id(value)] = len(seen)
        yield type(value).__name__
        for member in _members(value, is_root=len(seen) == 1):
            yield from _tokens(member, seen)


def _members(value: Any, *, is_root: bool) -> Iterator[Any]:
    """What an object is made of. Another backend has a digest of its own."""
    if isinstance(value, Mapping):
        for pair in value.items():
            yield from pair
    elif isinstance(value, list | tuple | set | frozenset):
        yield from value
    elif is_root or not isinstance(value, BaseBackend):
        for name, member in getattr(value, "__dict__", {}).items():
            if name not in _LEFT_OUT:
                yield name
                yield member
