"""Replaces methods of moto's classes, once each, keeping the original within reach."""

from collections.abc import Callable
from typing import Any


def replace_method(cls: type, name: str, make: Callable[[Any], Any]) -> None:
    """Put `make(original)` in the place of the method or property `name`.

    Done again, it starts from moto's own once more, so that corrections never pile up.
    """
    originals: dict[str, Any] = cls.__dict__.get("_twin_originals", {})
    if "_twin_originals" not in cls.__dict__:
        set_attribute(cls, "_twin_originals", originals)
    original = originals.setdefault(name, cls.__dict__[name])
    set_attribute(cls, name, make(original))


def set_attribute(target: object, name: str, value: object) -> None:
    """Set an attribute that the target's author did not foresee."""
    setattr(target, name, value)
