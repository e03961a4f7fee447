"""Times of people: the first mark after the cause, and the first approval after that."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.measure.people import PeopleTimes, measure_people

CAUSE_AT = 1000.0


@pytest.mark.parametrize(
    ("marked_at", "approved_at", "expected"),
    [
        ([1042.0, 1050.0], [1112.0], PeopleTimes(notice_s=42.0, decide_s=70.0)),
        ([1050.0, 1042.0], [1112.0, 1100.0], PeopleTimes(notice_s=42.0, decide_s=58.0)),
        ([990.0, 1042.0], [1030.0, 1112.0], PeopleTimes(notice_s=42.0, decide_s=70.0)),
        ([1042.0], [], PeopleTimes(notice_s=42.0)),
        ([1042.0], [1030.0], PeopleTimes(notice_s=42.0)),
        ([990.0], [1112.0], PeopleTimes()),
        ([], [1112.0], PeopleTimes()),
        ([1000.0], [1000.0], PeopleTimes(notice_s=0.0, decide_s=0.0)),
    ],
)
def test_people_notice_with_the_first_mark_and_decide_with_the_first_approval(
    marked_at: list[float], approved_at: list[float], expected: PeopleTimes
) -> None:
    assert measure_people(CAUSE_AT, marked_at, approved_at) == expected


def test_without_a_cause_there_is_nothing_to_notice() -> None:
    assert measure_people(None, [1042.0], [1112.0]) == PeopleTimes()


TIMES = st.lists(st.floats(min_value=0, max_value=2000))


@given(marked_at=TIMES, approved_at=TIMES)
def test_no_time_is_negative_and_nobody_decides_without_noticing(
    marked_at: list[float], approved_at: list[float]
) -> None:
    found = measure_people(CAUSE_AT, marked_at, approved_at)

    assert found.notice_s is None or found.notice_s >= 0
    assert found.decide_s is None or (found.notice_s is not None and found.decide_s >= 0)
