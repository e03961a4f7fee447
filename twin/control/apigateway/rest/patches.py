"""Patch operations, with which the API `apigateway` changes resources.

    {"op": "replace", "path": "/variables/alias", "value": "live"}

A rule has a path, in which `*` stands for any name, and the operations that are allowed there. A
slash inside a name is written `~1`.
https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from twin.control.apigateway.entries import put, without
from twin.control.apigateway.errors import bad_request, unserved
from twin.control.document_service import Params

R = TypeVar("R")
REPLACE = ("replace",)
ALL = ("add", "replace", "remove")


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """One operation on a path that a rule knows."""

    op: str
    names: tuple[str, ...]
    """What `*` stands for, in order."""
    value: str
    """Empty if none is given."""

    @property
    def flag(self) -> bool:
        """The value of a setting that is on or off; other texts are off."""
        return self.value.lower() == "true"

    def number(self, what: str, least: float, most: float) -> float:
        """The value within its range. Raises CallRefused."""
        try:
            found = float(self.value)
        except ValueError:
            found = float("nan")
        if not least <= found <= most:
            raise bad_request(f"Invalid {what}, must be between {least:g} and {most:.0f}")
        return found


@dataclass(frozen=True, slots=True)
class Rule(Generic[R]):
    """What a path means."""

    path: str
    change: Callable[[R, Patch], R]
    """Raises CallRefused."""
    ops: Sequence[str] = REPLACE


def text(path: str, field: str) -> Rule[Any]:
    """A text."""
    return Rule(path, lambda record, patch: replace(record, **{field: patch.value}))


def entries(
    path: str, field: str, read: Callable[[str, Patch], Any], ops: Sequence[str] = ALL
) -> Rule[Any]:
    """A mapping; `read` takes the entry's name, and gives its value or raises CallRefused."""

    def change(record: Any, patch: Patch) -> Any:  # noqa: ANN401 - of any resource
        name = patch.names[-1]
        old = getattr(record, field)
        if patch.op == "remove":
            return replace(record, **{field: without(old, name)})
        return replace(record, **{field: put(old, name, read(name, patch))})

    return Rule(f"{path}/*", change, ops)


def choice(path: str, field: str, allowed: Sequence[str], what: str) -> Rule[Any]:
    """One of some texts."""

    def change(record: Any, patch: Patch) -> Any:  # noqa: ANN401 - of any resource
        if patch.value not in allowed:
            raise bad_request(f"Invalid {what}. Must be one of: [{', '.join(allowed)}]")
        return replace(record, **{field: patch.value})

    return Rule(path, change)


def unserved_setting(path: str, what: str, values: Sequence[str]) -> Rule[Any]:
    """A setting that stays as it is; a value beside `values`, which ask for nothing, is refused."""

    def change(record: Any, patch: Patch) -> Any:  # noqa: ANN401 - of any resource
        if patch.op != "remove" and patch.value not in values:
            raise unserved(what)
        return record

    return Rule(path, change, ALL)


def apply_patches(record: R, params: Params, rules: Iterable[Rule[Any]]) -> R:
    """The record after all of a call's operations. Raises CallRefused."""
    known = [(rule, rule.path.split("/")) for rule in rules]
    for given in params.get("patchOperations") or ():
        record = _apply(record, given, known)
    return record


def _apply(record: R, given: Any, known: Sequence[tuple[Rule[Any], list[str]]]) -> R:  # noqa: ANN401
    path = str(given.get("path") or "")
    op = str(given.get("op") or "")
    parts = [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")]
    for rule, pattern in known:
        if len(pattern) == len(parts) and all(
            want in ("*", part) for want, part in zip(pattern, parts, strict=True)
        ):
            if op not in rule.ops:
                allowed = ", ".join(rule.ops)
                raise bad_request(f"Invalid patch operation specified. Must be one of: [{allowed}]")
            names = tuple(part for want, part in zip(pattern, parts, strict=True) if want == "*")
            patch = Patch(op=op, names=names, value=str(given.get("value") or ""))
            changed: R = rule.change(record, patch)
            return changed
    raise bad_request(f"Invalid patch path {path}")


ADDRESS_TYPE = choice(
    "/endpointConfiguration/ipAddressType",
    "ip_address_type",
    ("ipv4", "dualstack"),
    "IP address type",
)
"""Of APIs and domain names."""
