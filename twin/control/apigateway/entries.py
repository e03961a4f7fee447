"""Mappings that are never changed in place: their copies with and without entries."""

from collections.abc import Mapping
from typing import TypeVar

from twin.control.apigateway.errors import not_found

T = TypeVar("T")


def put(mapping: Mapping[str, T], key: str, value: T) -> dict[str, T]:
    """A copy with the entry."""
    return {**mapping, key: value}


def without(mapping: Mapping[str, T], key: str) -> dict[str, T]:
    """A copy without the entry."""
    return {name: value for name, value in mapping.items() if name != key}


def given_members(**members: object) -> dict[str, object]:
    """Those that are not empty."""
    return {name: value for name, value in members.items() if value}


def get_entry(mapping: Mapping[str, T], key: str, message: str) -> T:
    """Raises CallRefused with the message for an unknown key."""
    if key not in mapping:
        raise not_found(message)
    return mapping[key]
