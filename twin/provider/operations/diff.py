"""What differs between a resource and its arguments, and whether that needs a new resource.

Pure. Compares the recorded state with the wanted arguments, as the real provider does: what AWS
chose by itself is no difference, order is none in a set, layout is none in a policy, and archives
are told apart by their hashes (the engine drops their contents).
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
    """One place that differs."""

    path: PropertyPath
    sort: DifferenceKind
    replaces: bool = False

    def __str__(self) -> str:
        """The path as Pulumi writes it."""
        return format_path(self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceDiff:
    """All that differs."""

    differences: tuple[Difference, ...] = ()
    delete_first: bool = False
    """The new one would collide with the old one's fixed name."""

    @property
    def replacing(self) -> tuple[str, ...]:
        """Paths that need a new resource."""
        return tuple(str(found) for found in self.differences if found.replaces)


def compute_diff(
    kind: ResourceType, *, state: Properties, news: Properties, ignored: Iterable[str] = ()
) -> ResourceDiff:
    """Compare; both without secrets. `news` must be complete (complete())."""
    paths = [parse_path(path) for path in ignored]
    conditional = kind.replacing(state, news) if kind.replacing else frozenset()
    found = tuple(
        Difference(
            path=one.path,
            sort=one.sort,
            replaces=one.replaces or one.path[0] in conditional,
        )
        for one in find_differences(kind.every_property, state, news)
        if not any(_covers(path, one.path) for path in paths)
    )
    replaced = any(one.replaces for one in found)
    return ResourceDiff(differences=found, delete_first=replaced and _name_stays(kind, state, news))


def complete_arguments(
    kind: ResourceType, news: Properties, *, region: str, default_tags: Properties
) -> Properties:
    """The arguments with what the provider's configuration adds to them."""
    wanted = dict(news)
    if not kind.global_region:
        wanted.setdefault("region", region)
    if kind.tagging:
        wanted["tagsAll"] = merge_tags(news, default_tags)
    return wanted


def merge_tags(news: Properties, default_tags: Properties) -> Value:
    """The resource's tags over the provider's; unknown if one of them is."""
    tags = news.get("tags") or {}
    return UNKNOWN if tags is UNKNOWN else {**default_tags, **tags}


def _name_stays(kind: ResourceType, state: Properties, news: Properties) -> bool:
    if kind.autoname is None:
        return False
    key = kind.autoname.property
    return key not in defaulted_names(news) and state.get(key) == news.get(key)


# -- comparison


def find_differences(
    properties: Iterable[Property], old: Properties, new: Properties, at: PropertyPath = ()
) -> Iterator[Difference]:
    """Where wanted arguments differ from a state."""
    for prop in properties:
        if prop.output and prop.name not in new:
            continue
        yield from _of_property(prop, old.get(prop.name), new.get(prop.name), (*at, prop.name))


def values_match(prop: Property, old: Value, new: Value) -> bool:
    """Whether a wanted value is what a state has."""
    return next(_of_property(prop, old, new, ()), None) is None


def _of_property(prop: Property, old: Value, new: Value, at: PropertyPath) -> Iterator[Difference]:
    if new is None:
        if not (prop.computed or prop.default is not None or _nothing(prop, old)):
            yield Difference(path=at, sort="delete", replaces=prop.replaces)
    elif _nothing(prop, new) and _nothing(prop, old):
        return
    elif old is None and new == prop.default:
        return  # AWS does not tell it: it is as it is when nothing is said
    elif old is None or new is UNKNOWN:
        sort: DifferenceKind = "add" if old is None else "update"
        yield Difference(path=at, sort=sort, replaces=prop.replaces)
    else:
        yield from _of_values(prop, old, new, at)


def _nothing(prop: Property, value: Value) -> bool:
    """Whether there is none, or an object that says nothing (`accessLogs: {enabled: false}`)."""
    if prop.kind is PropertyKind.BLOCK and isinstance(value, dict):
        return all(is_empty(inner) for inner in value.values())
    return is_empty(value)


def _of_values(prop: Property, old: Value, new: Value, at: PropertyPath) -> Iterator[Difference]:
    if prop.kind is PropertyKind.BLOCK and isinstance(old, dict) and isinstance(new, dict):
        yield from _inherit(prop, find_differences(prop.fields, old, new, at))
    elif prop.kind is PropertyKind.MAP and isinstance(old, dict) and isinstance(new, dict):
        yield from _of_maps(prop, old, new, at)
    elif prop.kind in LIST_KINDS and isinstance(old, list) and isinstance(new, list):
        compare = _of_sets if prop.kind in SET_KINDS else _of_lists
        yield from compare(prop, old, new, at)
    elif not _equal(prop, old, new):
        yield Difference(path=at, sort="update", replaces=prop.replaces)


def _inherit(prop: Property, found: Iterable[Difference]) -> Iterator[Difference]:
    for one in found:
        yield Difference(path=one.path, sort=one.sort, replaces=one.replaces or prop.replaces)


def _of_maps(
    prop: Property, old: Properties, new: Properties, at: PropertyPath
) -> Iterator[Difference]:
    for key in sorted(old.keys() | new.keys()):
        if old.get(key) == new.get(key) and key in old and key in new:
            continue
        sort: DifferenceKind = "delete" if key not in new else "update" if key in old else "add"
        yield Difference(path=(*at, key), sort=sort, replaces=prop.replaces)


def _element(prop: Property) -> Property:
    kind = PropertyKind.BLOCK if prop.kind in BLOCK_KINDS else PropertyKind.TEXT
    return Property(name=prop.name, kind=kind, fields=prop.fields, replaces=prop.replaces)


def _of_lists(
    prop: Property, old: Sequence[Value], new: Sequence[Value], at: PropertyPath
) -> Iterator[Difference]:
    element = _element(prop)
    for i in range(max(len(old), len(new))):
        if i >= len(new):
            yield Difference(path=(*at, i), sort="delete", replaces=prop.replaces)
        elif i >= len(old):
            yield Difference(path=(*at, i), sort="add", replaces=prop.replaces)
        else:
            yield from _inherit(prop, _of_property(element, old[i], new[i], (*at, i)))


def _of_sets(
    prop: Property, old: Sequence[Value], new: Sequence[Value], at: PropertyPath
) -> Iterator[Difference]:
    element = _element(prop)
    left = dict(enumerate(old))
    unmatched = []
    for i, wanted in enumerate(new):
        match = next((j for j, value in left.items() if values_match(element, value, wanted)), None)
        if match is None:
            unmatched.append(i)
        else:
            del left[match]
    for i in unmatched:
        # A set's elements have no place; one that changed shows as an update where it can.
        sort: DifferenceKind = "update" if left.pop(i, None) is not None else "add"
        yield Difference(path=(*at, i), sort=sort, replaces=prop.replaces)
    for j in left:
        yield Difference(path=(*at, j), sort="delete", replaces=prop.replaces)


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
        return _unwrap(json.loads(value)) if isinstance(value, str) else value
    except ValueError:
        return value


def _unwrap(value: Value) -> Value:
    """IAM takes a list of one for its element, and gives back either:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
    """
    if isinstance(value, list):
        items = [_unwrap(item) for item in value]
        if len(items) == 1:
            return items[0]
        return sorted(items) if all(isinstance(item, str) for item in items) else items
    if isinstance(value, dict):
        return {key: _unwrap(inner) for key, inner in value.items()}
    return value


# -- paths


_STEP = re.compile(r"""\[(?:"((?:[^"\\]|\\.)*)"|(\d+)|\*)\]|\*|([^.\[\]]+)""")


def parse_path(path: str) -> PropertyPath:
    """A Pulumi property path: `a.b[0]["c.d"].*`; a star is the text `*`."""
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
    """The path as Pulumi writes it."""
    shown = ""
    for step in path:
        if isinstance(step, int):
            shown += f"[{step}]"
        elif re.fullmatch(r"[A-Za-z_$][\w$]*", step):
            shown += f".{step}" if shown else step
        else:
            escaped = step.replace("\\", "\\\\").replace('"', '\\"')
            shown += f'["{escaped}"]'
    return shown


def _covers(ignored: PropertyPath, path: PropertyPath) -> bool:
    """Whether a path is the ignored one or lies below it."""
    if not ignored or len(ignored) > len(path):
        return False
    return all(want in ("*", have) for want, have in zip(ignored, path, strict=False))
