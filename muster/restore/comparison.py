"""Decide what to do about each item after a bad write. Pure.

The bad write fell into a window of time. An item has three states: before the window, after it, and
now. Those that the window did not change are nobody's business here. Of the others, an item that is
now as the window left it is brought back; one that has changed since was written by somebody later,
and stays.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from muster.restore.items import Item, item_from_text


class Finding(StrEnum):
    """What the window did to an item, and what became of it."""

    DELETED = "deleted"
    """It is gone: it is brought back."""
    OVERWRITTEN = "overwritten"
    """It has another content: the earlier one is brought back."""
    ADDED = "added"
    """It was not there before: it is deleted, if that is asked for."""
    BACK = "back"
    """It is as before again."""
    NEWER = "newer"
    """It was written after the window: it stays."""
    EXPIRED = "expired"
    """It is gone, and its time to live is over: it stays away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemStates:
    """An item's texts; None: not there."""

    key: str
    before: str | None
    after: str | None
    live: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpiryRule:
    """A table's time to live."""

    attribute: str | None
    """None: the table has none."""
    now_s: float

    def is_over(self, item: Item) -> bool:
        """Whether DynamoDB may delete the item now.

        An attribute of another type, or of a time more than five years ago, is ignored:
        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html
        """
        value = item.get(self.attribute or "", {}).get("N")
        if value is None:
            return False
        ended_s = self.now_s - float(value)
        return 0 <= ended_s <= MAX_EXPIRED_S


MAX_EXPIRED_S = 5 * 365.25 * 86400


def find(states: ItemStates, expiry: ExpiryRule) -> Finding | None:
    """What to do about an item; None if the window did not change it."""
    if states.before == states.after:
        return None
    if states.live == states.before:
        return Finding.BACK
    if states.live != states.after:
        return Finding.NEWER
    if states.before is None:
        return Finding.ADDED
    if states.live is None:
        is_over = expiry.is_over(item_from_text(states.before))
        return Finding.EXPIRED if is_over else Finding.DELETED
    return Finding.OVERWRITTEN


def count(findings: Iterable[Finding | None]) -> Mapping[Finding, int]:
    """How often each finding occurs; all of them are in it."""
    counts = dict.fromkeys(Finding, 0)
    for finding in findings:
        if finding is not None:
            counts[finding] += 1
    return counts


def writes(counts: Mapping[Finding, int], *, delete_added: bool) -> int:
    """How many items are to be written."""
    return sum(n for finding, n in counts.items() if is_written(finding, delete_added=delete_added))


def is_written(finding: Finding | None, *, delete_added: bool) -> bool:
    """Whether an item with this finding is written."""
    if finding is Finding.ADDED:
        return delete_added
    return finding in (Finding.DELETED, Finding.OVERWRITTEN)
