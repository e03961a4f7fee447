"""JSON of large documents of which a change leaves most parts as they were.

A part is an immutable dataclass of one type, such as a record of a zone. Its text is made once, and
kept while the part is in the document; what is around the parts is written anew each time. The text
is the one that twin.codec makes of the whole.
"""

import dataclasses
from collections.abc import Callable
from functools import cache
from typing import Any, get_args, get_type_hints

from twin import codec


class DocumentWriter:
    """Writes one document again and again."""

    def __init__(self, part: type, check: Callable[[str], object] = lambda _: None) -> None:
        """`check` takes the text of each part before its first use, and may raise an error."""
        self._part = part
        self._check = check
        self._kept: dict[int, tuple[object, str]] = {}
        """By id(part): the part, so that the id stays its own, and its text."""

    def dumps(self, document: object) -> str:
        """The same as twin.codec.dumps. Raises what `check` raises."""
        used: dict[int, tuple[object, str]] = {}
        text = self._write(document, used)
        self._kept = used
        return text

    def _write(self, value: Any, used: dict[int, tuple[object, str]]) -> str:  # noqa: ANN401
        """The text of a part, or of a tuple or dataclass that may have parts."""
        if isinstance(value, self._part):
            known = self._kept.get(id(value)) or used.get(id(value)) or self._make(value)
            used[id(value)] = known
            return known[1]
        if isinstance(value, tuple):
            return f"[{','.join([self._write(member, used) for member in value])}]"
        if not dataclasses.is_dataclass(value) or isinstance(value, type):  # None, for example
            return codec.dumps(value)
        with_parts = _fields_with_parts(type(value), self._part)
        members = []
        for name in sorted(field.name for field in dataclasses.fields(value)):
            member = getattr(value, name)
            text = self._write(member, used) if name in with_parts else codec.dumps(member)
            members.append(f'"{name}":{text}')
        return f"{{{','.join(members)}}}"

    def _make(self, part: object) -> tuple[object, str]:
        text = codec.dumps(part)
        self._check(text)
        return part, text


@cache
def _fields_with_parts(cls: type, part: type) -> frozenset[str]:
    """The fields of a dataclass whose values are, or have in them, parts."""
    return frozenset(name for name, kind in get_type_hints(cls).items() if _has_part(kind, part))


def _has_part(kind: Any, part: type) -> bool:  # noqa: ANN401 - types are values here
    if kind is part:
        return True
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return bool(_fields_with_parts(kind, part))
    return any(_has_part(member, part) for member in get_args(kind))
