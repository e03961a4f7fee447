"""Pages of a list that may change between two of them.

A marker names the first item of its page by key, and where it was in the list.
"""

import base64
from collections.abc import Sequence


def find_start(keys: Sequence[str], key: str, position: int) -> int:
    """The index of the item with this key, which was at `position` when the token was made.

    A caller that deletes what a page has shown moves the next item forward: it is found by its key.
    Without that item the page begins at its old position, at most at the end of the list.
    """
    return keys.index(key) if key in keys else min(position, len(keys))


def find_page(keys: Sequence[str], marker: str | None, size: int) -> tuple[slice, str | None]:
    """Where a page of `size` items is in the list, and the next page's marker.

    Raises ValueError for a marker that no page has given.
    """
    start = read_start(keys, marker)
    end = start + size
    if end >= len(keys):
        return slice(start, None), None
    return slice(start, end), base64.b64encode(f"{end} {keys[end]}".encode()).decode()


def read_start(keys: Sequence[str], marker: str | None) -> int:
    """Where a page begins in the list. Raises ValueError for a marker that no page has given."""
    if marker is None:
        return 0
    try:
        text, key = base64.b64decode(marker, validate=True).decode().split(" ", 1)
        position = max(0, int(text))
    except ValueError as exc:
        raise ValueError(f"{marker!r} is no marker of this list") from exc
    return find_start(keys, key, position)
