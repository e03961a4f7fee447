"""Pages of the service's lists: MaxItems and a marker, which names the first item of the next page.

https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListHostedZones.html
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

from twin.control.document_service import CallRefused, Params

MAX_ITEMS = 100
_MAX_DIGITS = 10
"""A number with more is above the size of every page; Python reads no more than 4,300."""

Item = TypeVar("Item")


def read_max_items(params: Params, most: int = MAX_ITEMS, name: str = "MaxItems") -> int:
    """The size of a page, at most the service's own. Raises CallRefused."""
    text = str(params.get(name) or most)
    digits = text.lstrip("0")
    if not (digits.isascii() and digits.isdecimal()):
        raise CallRefused("InvalidInput", f"The value '{text}' of {name} is not a positive number")
    return min(int(digits[:_MAX_DIGITS]), most)


def take_page(
    items: Sequence[Item], size: int, is_first: Callable[[Item], bool] | None = None
) -> tuple[list[Item], Item | None]:
    """A page, and the first item of the next one.

    `is_first` finds the item that the page begins with; without it that is the first of all. Where
    the list has an order, it accepts what follows the marker too: its item may have been deleted.
    """
    start = 0
    if is_first is not None:
        start = next((i for i, item in enumerate(items) if is_first(item)), len(items))
    page = list(items[start : start + size])
    rest = items[start + size : start + size + 1]
    return page, rest[0] if rest else None
