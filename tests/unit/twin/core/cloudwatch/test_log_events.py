"""Which events of a batch CloudWatch Logs takes."""

from hypothesis import given
from hypothesis import strategies as st

from twin.core.cloudwatch.log_events import (
    DAY_MS,
    HOUR_MS,
    MAX_BATCH_BYTES,
    choose_events,
    find_batch_problem,
    find_span_problem,
)

NOW_MS = 100 * DAY_MS


def rejected(*ages_ms: int, retention_days: int | None = None) -> dict[str, int]:
    times = [NOW_MS - age for age in ages_ms]
    return choose_events(times, NOW_MS, retention_days).rejected_info()


def test_the_ends_of_a_batch_that_are_rejected_are_told_by_their_indexes() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_RejectedLogEventsInfo.html"""
    old, good, new = 15 * DAY_MS, 0, -3 * HOUR_MS

    assert rejected(good) == {}
    assert rejected(14 * DAY_MS, -2 * HOUR_MS) == {}
    assert rejected(old, good) == {"tooOldLogEventEndIndex": 1}
    assert rejected(good, new, new, new) == {"tooNewLogEventStartIndex": 1}
    assert rejected(old, old, good, new, new) == {
        "tooOldLogEventEndIndex": 2,
        "tooNewLogEventStartIndex": 3,
    }
    assert rejected(old, old) == {"tooOldLogEventEndIndex": 2}
    assert rejected(new) == {"tooNewLogEventStartIndex": 0}


def test_events_that_the_group_would_delete_are_expired() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html"""
    old, expired, good = 15 * DAY_MS, 4 * DAY_MS, 2 * DAY_MS

    assert rejected(old, expired, expired, good, retention_days=3) == {
        "tooOldLogEventEndIndex": 1,
        "expiredLogEventEndIndex": 3,
    }
    assert rejected(expired, good, retention_days=5) == {}
    assert rejected(old, retention_days=30) == {"tooOldLogEventEndIndex": 1}


@given(
    st.lists(st.integers(-DAY_MS, 20 * DAY_MS), max_size=9),
    st.sampled_from([None, 1, 3, 14, 3653]),
)
def test_every_event_is_taken_or_rejected(ages_ms: list[int], retention_days: int | None) -> None:
    times = sorted(NOW_MS - age for age in ages_ms)

    taken = choose_events(times, NOW_MS, retention_days)

    kept = [
        at
        for at in times
        if NOW_MS - min(14, retention_days or 14) * DAY_MS <= at <= NOW_MS + 2 * HOUR_MS
    ]
    assert times[taken.first : taken.end] == kept
    info = taken.rejected_info()
    first = max(info.get("tooOldLogEventEndIndex", 0), info.get("expiredLogEventEndIndex", 0))
    assert times[first : info.get("tooNewLogEventStartIndex", len(times))] == kept


def test_a_batch_may_be_refused_as_a_whole() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html"""
    assert find_batch_problem([1, 1, 2], MAX_BATCH_BYTES - 3 * 26) == ""
    assert find_batch_problem([1, 1, 2], MAX_BATCH_BYTES - 3 * 26 + 1) == (
        "Upload too large: 1048577 bytes exceeds limit of 1048576"
    )
    assert "chronological order" in find_batch_problem([2, 1], 0)


def test_events_that_are_taken_span_a_day_at_most() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html"""
    assert find_span_problem([]) == ""
    assert find_span_problem([1, 1 + DAY_MS]) == ""
    assert "24 hours" in find_span_problem([1, 2 + DAY_MS])
