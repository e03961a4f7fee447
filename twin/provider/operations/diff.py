"""Differences between a resource's recorded state and its arguments, and which need a replacement.

Pure. Compares as the real provider does: values that AWS chose are no difference, sets have no
order, JSON has no layout, and archives are compared by their hashes (the Pulumi engine does not
record their contents).
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from twin.provider.operations.check import defaulted_names
from twin.provider.schema.resource_type import (
    BLOCK_KINDS,
    LIST_KINDS,
    SET_KINDS,
    Property,
    PropertyKind,
    ResourceType,
)
from twin.provider.values import UNKNOWN, Archive, Asset, Properties, Value, has_unknown, is_empty

PropertyPath: TypeAlias = tuple[str | int, ...]
DifferenceKind: TypeAlias = Literal["add", "delete", "update"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A property, or a part of one, that differs."""

    path: PropertyPath
    kind: DifferenceKind
    replaces: bool = False

    def __str__(self) -> str:
        return format_path(self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceDiff:
    """All differences of a resource, and the order of a replacement."""

    differences: tuple[Difference, ...] = ()
    delete_first: bool = False
    """Whether a replacement has to delete the old resource first, as both have the same name."""

    @property
    def replacing(self) -> tuple[str, ...]:
        """Paths whose change replaces the resource."""
        return tuple(str(found) for found in self.differences if found.replaces)


def compute_diff(
    resource_type: ResourceType,
    *,
    state: Properties,
    news: Properties,
    ignored: Iterable[str] = (),
) -> ResourceDiff:
    """Compare the state with `news`, which complete_arguments() made; both without secrets."""
    paths = [parse_path(path) for path in ignored]
    found = tuple(
        difference
        for difference in find_differences(resource_type.every_property, state, news)
        if not any(_covers(path, difference.path) for path in paths)
    )
    replaced = any(difference.replaces for difference in found)
    return ResourceDiff(
        differences=found, delete_first=replaced and _keeps_name(resource_type, state, news)
    )


def complete_arguments(
    resource_type: ResourceType, news: Properties, *, region: str, default_tags: Properties
) -> Properties:
    """The arguments, and what the provider's configuration adds to them."""
    wanted = dict(news)
    if not resource_type.global_region:
        wanted.setdefault("region", region)
    if resource_type.tagging:
        wanted["tagsAll"] = merge_tags(news, default_tags)
    return wanted


def merge_tags(news: Properties, default_tags: Properties) -> Value:
    """The default tags, overridden by the resource's tags; unknown if those are."""
    tags = news.get("tags") or {}
    return UNKNOWN if tags is UNKNOWN else {**default_tags, **tags}


def _keeps_name(resource_type: ResourceType, state: Properties, news: Properties) -> bool:
    if resource_type.autoname is None:
        return False
    key = resource_type.autoname.property
    return key not in defaulted_names(news) and state.get(key) == news.get(key)


# -- comparison


def find_differences(
    properties: Iterable[Property], old: Properties, new: Properties, at: PropertyPath = ()
) -> Iterator[Difference]:
    """Compare wanted arguments with a state, property by property."""
    for prop in properties:
        if prop.output and prop.name not in new:
            continue
        yield from _compare_property(prop, old.get(prop.name), new.get(prop.name), (*at, prop.name))


def values_match(prop: Property, old: Value, new: Value) -> bool:
    """Whether a wanted value equals that of a state."""
    return next(_compare_property(prop, old, new, ()), None) is None


def _compare_property(
    prop: Property, old: Value, new: Value, at: PropertyPath
) -> Iterator[Difference]:
    if new is None:
        if not (prop.computed or prop.default is not None or _is_empty_property(prop, old)):
            yield Difference(path=at, kind="delete", replaces=prop.replaces)
    elif _is_empty_property(prop, new) and _is_empty_property(prop, old):
        return
    elif old is None and new in (prop.default, prop.removing_value):
        return  # AWS does not return it, and the wanted value is the default, or removes it
    elif old is None or new is UNKNOWN:
        change: DifferenceKind = "add" if old is None else "update"
        yield Difference(path=at, kind=change, replaces=prop.replaces)
    else:
        yield from _compare_values(prop, old, new, at)


def _is_empty_property(prop: Property, value: Value) -> bool:
    """Whether it is absent, or an object of empty fields (`accessLogs: {enabled: false}`)."""
    if prop.kind is PropertyKind.BLOCK and isinstance(value, dict):
        return all(is_empty(inner) for inner in value.values())
    return is_empty(value)


def _compare_values(
    prop: Property, old: Value, new: Value, at: PropertyPath
) -> Iterator[Difference]:
    if prop.kind is PropertyKind.BLOCK and isinstance(old, dict) and isinstance(new, dict):
        yield from _inherit_replaces(prop, find_differences(prop.fields, old, new, at))
    elif prop.kind is PropertyKind.MAP and isinstance(old, dict) and isinstance(new, dict):
        yield from _compare_maps(prop, old, new, at)
    elif prop.kind in LIST_KINDS and isinstance(old, list) and isinstance(new, list):
        compare = _compare_sets if prop.kind in SET_KINDS else _compare_lists
        yield from compare(prop, old, new, at)
    elif not _equal(prop, old, new):
        yield Difference(path=at, kind="update", replaces=prop.replaces)


def _inherit_replaces(prop: Property, found: Iterable[Difference]) -> Iterator[Difference]:
    for one in found:
        yield Difference(path=one.path, kind=one.kind, replaces=one.replaces or prop.replaces)


def _compare_maps(
    prop: Property, old: Properties, new: Properties, at: PropertyPath
) -> Iterator[Difference]:
    for key in sorted(old.keys() | new.keys()):
        if old.get(key) == new.get(key) and key in old and key in new:
            continue
        change: DifferenceKind = "delete" if key not in new else "update" if key in old else "add"
        yield Difference(path=(*at, key), kind=change, replaces=prop.replaces)


def _element(prop: Property) -> Property:
    kind = PropertyKind.BLOCK if prop.kind in BLOCK_KINDS else PropertyKind.STRING
    return Property(name=prop.name, kind=kind, fields=prop.fields, replaces=prop.replaces)


def _compare_lists(
    prop: Property, old: Sequence[Value], new: Sequence[Value], at: PropertyPath
) -> Iterator[Difference]:
    element = _element(prop)
    for i in range(max(len(old), len(new))):
        if i >= len(new):
            yield Difference(path=(*at, i), kind="delete", replaces=prop.replaces)
        elif i >= len(old):
            yield Difference(path=(*at, i), kind="add", replaces=prop.replaces)
        else:
            yield from _inherit_replaces(prop, _compare_property(element, old[i], new[i], (*at, i)))


def _compare_sets(
    prop: Property, old: Sequence[Value], new: Sequence[Value], at: PropertyPath
) -> Iterator[Difference]:
    element = _element(prop)
    unused = dict(enumerate(old))
    unmatched = []
    for i, wanted in enumerate(new):
        match = next(
            (j for j, value in unused.items() if values_match(element, value, wanted)), None
        )
        if match is None:
            unmatched.append(i)
        else:
            del unused[match]
    for i in unmatched:
        # Elements of a set have no position; a changed one is shown as an update if possible.
        change: DifferenceKind = "update" if unused.pop(i, None) is not None else "add"
        yield Difference(path=(*at, i), kind=change, replaces=prop.replaces)
    for j in unused:
        yield Difference(path=(*at, j), kind="delete", replaces=prop.replaces)


def _equal(prop: Property, old: Value, new: Value) -> bool:
    if has_unknown(new):
        return False
    if isinstance(new, Archive | Asset) and isinstance(old, Archive | Asset):
        hashed = bool(old.hash and new.hash)
        return bool(old.hash == new.hash) if hashed else bool(old == new)
    if prop.kind is PropertyKind.JSON:
        return bool(_canonical(old) == _canonical(new))
    return bool(old == new)


def _canonical(value: Value) -> Value:
    try:
        return _unwrap_single_lists(json.loads(value)) if isinstance(value, str) else value
    except ValueError:
        return value


def _unwrap_single_lists(value: Value) -> Value:
    """IAM accepts a list of one in the place of its element, and returns either:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
    """
    if isinstance(value, list):
        items = [_unwrap_single_lists(item) for item in value]
        if len(items) == 1:
            return items[0]
        return sorted(items) if all(isinstance(item, str) for item in items) else items
    if isinstance(value, dict):
        return {key: _unwrap_single_lists(inner) for key, inner in value.items()}
    return value


# -- paths


_STEP = re.compile(r"""\[(?:"((?:[^"\\]|\\.)*)"|(\d+)|\*)\]|\*|([^.\[\]]+)""")


def parse_path(path: str) -> PropertyPath:
    """Parse a Pulumi property path such as `a.b[0]["c.d"].*`; a star becomes the text `*`."""
    steps: list[str | int] = []
    for step in _STEP.finditer(path):
        quoted, index, name = step.groups()
        if quoted is not None:
            steps.append(re.sub(r"\\(.)", r"\1", quoted))
        elif index is not None:
            steps.append(int(index))
        else:
            steps.append(name or "*")
    return tuple(steps)


def format_path(path: PropertyPath) -> str:
    """Format a path as Pulumi does."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif re.fullmatch(r"[A-Za-z_$][\w$]*", step):
            text += f".{step}" if text else step
        else:
            escaped = step.replace("\\", "\\\\").replace('"', '\\"')
            text += f'["{escaped}"]'
    return text


def _covers(ignored: PropertyPath, path: PropertyPath) -> bool:
    """Whether `path` is the ignored path or inside of it."""
    if not ignored or len(ignored) > len(path):
        return False
    return all(want in ("*", have) for want, have in zip(ignored, path, strict=False))
