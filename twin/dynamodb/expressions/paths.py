"""Document paths: names and list indexes that lead to a value inside an item.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.Attributes.html
"""

from collections.abc import Collection, Iterable, Sequence

from twin.dynamodb.attribute_values import Item, Value
from twin.dynamodb.errors import validation_error
from twin.dynamodb.expressions.tokens import expression_error

Path = tuple[str | int, ...]
"""The name of an attribute, then names in maps and indexes in lists."""

MAX_PATH_LEVELS = 32


def value_at(item: Item, path: Path) -> Value | None:
    """The value at the path; None where it leads nowhere."""
    value = item.get(str(path[0]))
    for element in path[1:]:
        if value is None:
            return None
        value = member_of(value, element)
    return value


def member_of(value: Value, element: str | int) -> Value | None:
    """A map's member of this name, or a list's of this index; None without one."""
    if isinstance(element, str):
        members = value.get("M")
        return members.get(element) if members is not None else None
    members = value.get("L")
    return members[element] if members is not None and element < len(members) else None


def format_path(path: Path) -> str:
    """The path as error messages show it."""
    elements = (f"[{element}]" if isinstance(element, int) else element for element in path)
    return f"[{', '.join(elements)}]"


def check_distinct_paths(paths: Sequence[Path], parameter: str) -> None:
    """Reject paths of which one leads into another, or that need one value as map and as list.

    Raises TableApiError.
    """
    if len(paths) < 2:
        return
    tree = _PathTree()
    for path in paths:
        tree.add(path)
    for problem, pair in (("overlap", tree.overlap), ("conflict", tree.conflict)):
        if pair is not None:
            one, two = map(format_path, pair)
            raise expression_error(
                parameter,
                f"Two document paths {problem} with each other; must remove or rewrite one of "
                f"these paths; path one: {one}, path two: {two}",
            )


class _PathTree:
    """Paths by their common beginnings; remembers the first two of each kind that clash."""

    def __init__(self) -> None:
        self.overlap: tuple[Path, Path] | None = None
        self.conflict: tuple[Path, Path] | None = None
        self._ends: set[Path] = set()
        self._first_through: dict[Path, Path] = {}
        """Beginning -> the first path that has it."""
        self._elements: dict[Path, str | int] = {}
        """Beginning -> the element after it, of the first path that has one."""

    def add(self, path: Path) -> None:
        for length in range(1, len(path)):
            beginning = path[:length]
            if beginning in self._ends:
                self.overlap = self.overlap or (beginning, path)
            element = self._elements.setdefault(beginning, path[length])
            if type(element) is not type(path[length]):
                self.conflict = self.conflict or (self._first_through[beginning], path)
            self._first_through.setdefault(beginning, path)
        if path in self._first_through:
            self.overlap = self.overlap or (self._first_through[path], path)
        self._ends.add(path)
        self._first_through.setdefault(path, path)


def check_scalar_keys(
    paths: Iterable[Path], keys: Collection[str], index_keys: Collection[str]
) -> None:
    """Reject paths into key attributes of a table or of its indexes. Raises TableApiError."""
    nested = {path[0] for path in paths if len(path) > 1}
    if not nested:
        return
    for kind, names in (("Key", keys), ("IndexKey", index_keys)):
        for name in names:
            if name in nested:
                raise validation_error(
                    "Key attributes must be scalars; list random access '[]' and map lookup '.' "
                    f"are not allowed: {kind}: {name}"
                )
