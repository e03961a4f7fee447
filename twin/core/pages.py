"""Where the next page of a list begins when the list may change between two pages."""

from collections.abc import Sequence


def find_start(keys: Sequence[str], key: str, position: int) -> int:
    """The index of the item with this key, which was at `position` when the token was made.

    A caller that deletes what a page has shown moves the next item forward: it is found by its key.
    Without that item the page begins at its old position, at most at the end of the list.
    """
    return keys.index(key) if key in keys else min(position, len(keys))
