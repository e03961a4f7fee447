"""What to do about an item after a bad write."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.restore.comparison import (
    ExpiryRule,
    Finding,
    ItemStates,
    count,
    find,
    is_written,
    writes,
)
from muster.restore.items import item_to_text

GOOD = item_to_text({"id": {"S": "a"}, "name": {"S": "good"}})
BAD = item_to_text({"id": {"S": "a"}, "name": {"S": "bad"}})
LATER = item_to_text({"id": {"S": "a"}, "name": {"S": "later"}})
ENDLESS = ExpiryRule(attribute=None, now_s=1000.0)
EXPIRING = ExpiryRule(attribute="expires_at", now_s=1_800_000_000.0)
TEXTS = st.sampled_from([None, GOOD, BAD, LATER])


def states(before: str | None, after: str | None, live: str | None) -> ItemStates:
    return ItemStates(key='{"id":{"S":"a"}}', before=before, after=after, live=live)


@pytest.mark.parametrize(
    ("before", "after", "live", "expected"),
    [
        (GOOD, GOOD, GOOD, None),
        (GOOD, GOOD, LATER, None),
        (GOOD, GOOD, None, None),
        (None, None, LATER, None),
        (GOOD, None, None, Finding.DELETED),
        (GOOD, BAD, BAD, Finding.OVERWRITTEN),
        (None, BAD, BAD, Finding.ADDED),
        (GOOD, None, GOOD, Finding.BACK),
        (GOOD, BAD, GOOD, Finding.BACK),
        (None, BAD, None, Finding.BACK),
        (GOOD, None, LATER, Finding.NEWER),
        (GOOD, BAD, LATER, Finding.NEWER),
        (GOOD, BAD, None, Finding.NEWER),
        (None, BAD, LATER, Finding.NEWER),
    ],
)
def test_only_what_the_window_changed_and_nobody_since_is_brought_back(
    before: str | None, after: str | None, live: str | None, expected: Finding | None
) -> None:
    assert find(states(before, after, live), ENDLESS) == expected


@given(before=TEXTS, after=TEXTS, live=TEXTS)
def test_nothing_is_written_over_a_state_that_the_window_did_not_leave(
    before: str | None, after: str | None, live: str | None
) -> None:
    finding = find(states(before, after, live), ENDLESS)

    if is_written(finding, delete_added=True):
        assert before != after == live


@pytest.mark.parametrize(
    ("expires_at", "expected"),
    [
        ({"N": "1799999999"}, Finding.EXPIRED),
        ({"N": "1800000001"}, Finding.DELETED),
        ({"S": "1799999999"}, Finding.DELETED),
        ({"N": "1600000000"}, Finding.DELETED),
    ],
)
def test_an_item_whose_time_to_live_is_over_stays_away(
    expires_at: dict[str, str], expected: Finding
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html"""
    before = item_to_text({"id": {"S": "a"}, "expires_at": expires_at})

    assert find(states(before, None, None), EXPIRING) is expected


def test_added_items_are_written_only_where_that_is_asked_for() -> None:
    counts = count([Finding.DELETED, Finding.ADDED, Finding.ADDED, Finding.NEWER, None])

    assert counts[Finding.ADDED] == 2
    assert counts[Finding.BACK] == 0
    assert writes(counts, delete_added=False) == 1
    assert writes(counts, delete_added=True) == 3
