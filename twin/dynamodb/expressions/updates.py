"""Updates of items: what SET, REMOVE, ADD and DELETE do.

All values are read from the item as it was, and indexes of lists are the old ones: REMOVE of an
element moves those after it, and SET beyond the end of a list appends to it. The updated item
shares with the old one what does not change.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
"""

from collections.abc import Iterable, Sequence

import msgspec

from twin.core.tables.table_engine import TableApiError
from twin.dynamodb.attribute_values import Item, Value, check_levels, sorted_set, value_type
from twin.dynamodb.errors import INVALID_PARAMETER, validation_error
from twin.dynamodb.expressions.operands import check_argument_count, wrong_operand_type
from twin.dynamodb.expressions.parser import parse_update_syntax
from twin.dynamodb.expressions.paths import Path, check_distinct_paths, format_path, value_at
from twin.dynamodb.expressions.placeholders import Placeholders
from twin.dynamodb.expressions.projections import project, projection_of
from twin.dynamodb.expressions.syntax import (
    ActionSyntax,
    ArithmeticSyntax,
    CallSyntax,
    OperandSyntax,
    PathSyntax,
    SectionSyntax,
)
from twin.dynamodb.expressions.tokens import expression_error
from twin.dynamodb.expressions.update_sources import (
    Arithmetic,
    AttributeSource,
    IfNotExists,
    ListAppend,
    Source,
    ValueSource,
    known_type,
    paths_read,
    too_big,
    value_from,
    wrong_operand,
)
from twin.dynamodb.item_size import MAX_ITEM_BYTES, value_size
from twin.dynamodb.numbers import add_numbers

SETS = frozenset({"SS", "NS", "BS"})


class Action(msgspec.Struct, frozen=True):
    """One change at a path."""

    section: str
    """SET, REMOVE, ADD or DELETE."""
    path: Path
    source: Source | None = None
    """None for REMOVE; a value of the request for ADD and DELETE."""


class Update(msgspec.Struct, frozen=True):
    actions: tuple[Action, ...]
    """In the order in which they are written."""
    is_legacy: bool = False
    """Whether it comes from AttributeUpdates, whose errors differ, and whose ADD extends lists."""

    @property
    def paths(self) -> tuple[Path, ...]:
        """The paths that the update changes."""
        return tuple([action.path for action in self.actions])

    @property
    def read_paths(self) -> tuple[Path, ...]:
        """The paths of the attributes that the update reads for its new values."""
        sources = [action.source for action in self.actions if action.source is not None]
        return tuple([path for source in sources for path in paths_read(source)])

    @property
    def known_types(self) -> dict[str, str]:
        """Types of new top-level attributes, as far as the request alone decides them."""
        types = {}
        for action in self.actions:
            kind = None if action.source is None else known_type(action.source)
            if len(action.path) == 1 and kind is not None:
                types[str(action.path[0])] = kind
        return types

    @property
    def creates_item(self) -> bool:
        """Whether the update creates the item if there is none: one that only removes does not."""
        sections = [action.section for action in self.actions]
        return not sections or "SET" in sections or "ADD" in sections


def check_update_keys(update: Update, key_names: Iterable[str]) -> None:
    """Reject a change of key attributes. Raises TableApiError."""
    changed = {path[0] for path in update.paths}
    for name in key_names:
        if name in changed:
            raise validation_error(
                f"{INVALID_PARAMETER}Cannot update attribute {name}. "
                "This attribute is part of the key"
            )


def updated_attributes(paths: Iterable[Path], item: Item) -> Item:
    """The item's parts at an update's paths, as UPDATED_OLD and UPDATED_NEW return them."""
    return project(projection_of(paths), item)


# --- application


def apply_update(update: Update, item: Item, *, item_exists: bool = True) -> Item:
    """The updated item; one that does not exist has its key attributes only.

    Wrong types are reported first, then from the last section to the first paths that lead
    nowhere and attributes that are missing. Raises TableApiError.
    """
    actions = update.actions
    values = _new_values(update, item)
    _check_places(actions, values, item, item_exists=item_exists)
    draft = _Draft(item)
    for action, value in zip(actions, values, strict=True):
        if value is None:
            draft.remove(action.path)
        else:
            _check_levels(action, value)
            draft.set(action.path, value)
    return draft.finish()


def _new_values(update: Update, item: Item) -> list[Value | None]:
    """What each action writes.

    No value is made after those that no item can hold: an update of a few kilobytes may name a big
    attribute a thousand times.
    """
    values: list[Value | None] = []
    size = 0
    for action in update.actions:
        value = _new_value(action, item, is_legacy=update.is_legacy)
        if value is not None:
            size += value_size(value)
            if size > MAX_ITEM_BYTES:
                raise too_big()
        values.append(value)
    return values


def _new_value(action: Action, item: Item, *, is_legacy: bool) -> Value | None:
    """The value to write at the path: None for nothing, or if an attribute for it is missing."""
    source = action.source
    if source is None:
        return None
    value = value_from(source, item)
    if action.section == "SET" or value is None:
        return value
    present = value_at(item, action.path)
    if present is None:
        return value if action.section == "ADD" else None
    if present.keys() != value.keys():
        raise _type_mismatch() if is_legacy else wrong_operand()
    return _combine(action.section, present, value)


def _type_mismatch() -> TableApiError:
    return validation_error("Type mismatch for attribute to update")


def _combine(section: str, present: Value, operand: Value) -> Value | None:
    """What ADD or DELETE makes of a value of the operand's type; None if no member is left."""
    ((kind, content),) = operand.items()
    if kind == "N":
        return {"N": add_numbers(present[kind], content)}
    if kind == "L":
        return {"L": present[kind] + content}
    if section == "ADD":
        return {kind: sorted_set(kind, {*present[kind], *content})}
    removed = set(content)
    left = [member for member in present[kind] if member not in removed]
    return {kind: left} if left else None


def _check_places(
    actions: Sequence[Action],
    values: Sequence[Value | None],
    item: Item,
    *,
    item_exists: bool,
) -> None:
    """Reject paths that cannot be written, and SET from a missing attribute."""
    for section in dict.fromkeys([action.section for action in reversed(actions)]):
        if section == "REMOVE" and not item_exists:
            continue
        for action in actions:
            if action.section == section and len(action.path) > 1:
                _check_place(action.path, item)
        if section == "SET" and any(
            value is None and action.section == "SET"
            for action, value in zip(actions, values, strict=True)
        ):
            raise validation_error(
                "The provided expression refers to an attribute that does not exist in the item"
            )


def _check_place(path: Path, item: Item) -> None:
    container = value_at(item, path[:-1])
    if container is None or ("M" if isinstance(path[-1], str) else "L") not in container:
        raise validation_error(
            "The document path provided in the update expression is invalid for update"
        )


def _check_levels(action: Action, value: Value) -> None:
    """Reject a value that becomes too deep; the request's are judged at the first level already."""
    if len(action.path) > 1 or not isinstance(action.source, ValueSource):
        check_levels(value, len(action.path) - 1)


class _Draft:
    """A copy of an item whose maps and lists are copied when they change."""

    def __init__(self, item: Item) -> None:
        self._item = dict(item)
        self._copies: dict[Path, dict[str, Value] | list[Value]] = {(): self._item}
        self._removed: dict[Path, set[int]] = {}
        """Old indexes by the paths of their lists."""
        self._appended: dict[Path, dict[int, Value]] = {}

    def set(self, path: Path, value: Value) -> None:
        container, element = self._copy(path[:-1]), path[-1]
        if isinstance(container, dict):
            container[str(element)] = value
        elif int(element) < len(container):
            container[int(element)] = value
        else:
            self._appended.setdefault(path[:-1], {})[int(element)] = value

    def remove(self, path: Path) -> None:
        """Remove what is at the path, if anything is."""
        if value_at(self._item, path) is None:
            return
        container, element = self._copy(path[:-1]), path[-1]
        if isinstance(container, dict):
            del container[str(element)]
        else:
            self._removed.setdefault(path[:-1], set()).add(int(element))

    def finish(self) -> Item:
        """Move list elements at last, so that all paths have met the old indexes."""
        for path in self._removed.keys() | self._appended.keys():
            container, removed = self._copies[path], self._removed.get(path, set())
            if isinstance(container, list):
                container[:] = [v for index, v in enumerate(container) if index not in removed]
                container += [v for _, v in sorted(self._appended.get(path, {}).items())]
        return self._item

    def _copy(self, path: Path) -> dict[str, Value] | list[Value]:
        """The copy of the map or list at the path, which exists."""
        copy = self._copies.get(path)
        if copy is None:
            parent, element = self._copy(path[:-1]), path[-1]
            value = parent[str(element)] if isinstance(parent, dict) else parent[int(element)]
            ((kind, content),) = value.items()
            copy = self._copies[path] = content.copy()
            if isinstance(parent, dict):
                parent[str(element)] = {kind: copy}
            else:
                parent[int(element)] = {kind: copy}
        return copy


# --- parsing: paths are judged first, then names and values from the last action to the first


def parse_update(
    text: str, placeholders: Placeholders, parameter: str = "UpdateExpression"
) -> Update:
    """Parse the update in a request's parameter. Raises TableApiError."""
    return bind_update(parse_update_syntax(text, parameter), placeholders, parameter)


def bind_update(
    sections: Iterable[SectionSyntax], placeholders: Placeholders, parameter: str
) -> Update:
    """Resolve and judge the operands of a parsed update. Raises TableApiError."""
    written = [(section.keyword, action) for section in sections for action in section.actions]
    paths = [placeholders.path(action.path, parameter) for _, action in written]
    check_distinct_paths(paths, parameter)
    for _, syntax in reversed(written):
        for path in syntax.paths_with_placeholders:
            placeholders.path(path, parameter)
    actions = [
        Action(keyword, path, _bind_value(keyword, syntax, placeholders, parameter))
        for (keyword, syntax), path in zip(reversed(written), reversed(paths), strict=True)
    ]
    return Update(tuple(reversed(actions)))


def _bind_value(
    keyword: str, action: ActionSyntax, placeholders: Placeholders, parameter: str
) -> Source | None:
    value = action.value
    if value is None:
        return None
    if isinstance(value, ArithmeticSyntax):
        left, right = [_bind_operand(part, placeholders, parameter) for part in value.operands]
        _check_types(value.operator, (left, right), "N", parameter)
        return Arithmetic(value.operator, left, right)
    source = _bind_operand(value, placeholders, parameter)
    if isinstance(source, ValueSource):
        _check_section_type(keyword, source.value, parameter)
    return source


def _bind_operand(operand: OperandSyntax, placeholders: Placeholders, parameter: str) -> Source:
    if isinstance(operand, PathSyntax):
        return AttributeSource(placeholders.path(operand, parameter))
    if isinstance(operand, CallSyntax):
        arguments = [_bind_operand(part, placeholders, parameter) for part in operand.operands]
        check_argument_count(operand.function, arguments, 2, parameter)
        first, second = arguments
        if operand.function == "if_not_exists":
            return _checked_default(first, second, parameter)
        _check_types("list_append", arguments, "L", parameter)
        return ListAppend(first, second)
    return ValueSource(placeholders.value(operand, parameter))


def _checked_default(attribute: Source, default: Source, parameter: str) -> IfNotExists:
    if not isinstance(attribute, AttributeSource):
        raise expression_error(
            parameter,
            "Operator or function requires a document path; operator or function: if_not_exists",
        )
    if attribute == default:
        raise expression_error(
            parameter,
            "The first operand must be distinct from the remaining operands for this operator or "
            f"function; operator: if_not_exists, first operand: {format_path(attribute.path)}",
        )
    return IfNotExists(attribute.path, default)


def _check_types(operator: str, sources: Iterable[Source], allowed: str, parameter: str) -> None:
    for source in sources:
        kind = value_type(source.value) if isinstance(source, ValueSource) else allowed
        if kind != allowed:
            raise wrong_operand_type(operator, kind, parameter)


_ALLOWED_TYPES = {"ADD": SETS | {"N"}, "DELETE": SETS}
_TYPE_NAMES = {
    "S": "STRING",
    "N": "NUMBER",
    "B": "BINARY",
    "BOOL": "BOOLEAN",
    "NULL": "NULL",
    "L": "LIST",
    "M": "MAP",
}


def _check_section_type(keyword: str, value: Value, parameter: str) -> None:
    kind = value_type(value)
    if kind not in _ALLOWED_TYPES.get(keyword, {kind}):
        raise expression_error(
            parameter,
            f"Incorrect operand type for operator or function; operator: {keyword}, operand type: "
            f"{_TYPE_NAMES[kind]}, typeSet: ALLOWED_FOR_{keyword}_OPERAND",
        )
