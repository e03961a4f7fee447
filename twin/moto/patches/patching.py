"""Replaces methods of moto's classes; the replacement can call the original."""

from collections.abc import Callable
from typing import Any


def replace_method(cls: type, name: str, make: Callable[[Any], Any]) -> None:
    """Replace the method or property `name` by `make(original)`.

    A repeated call wraps moto's original again, not the earlier replacement.
    """
    originals: dict[str, Any] = cls.__dict__.get("_twin_originals", {})
    if "_twin_originals" not in cls.__dict__:
        set_attribute(cls, "_twin_originals", originals)
    original = originals.setdefault(name, cls.__dict__[name])
    set_attribute(cls, name, make(original))


def set_attribute(target: object, name: str, value: object) -> None:
    """Set an attribute that the target's type does not declare."""
    setattr(target, name, value)
