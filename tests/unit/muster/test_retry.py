"""The retry layer, and polling."""

import random

import pytest

from muster.errors import AcceleratorBusy, CallFailed, MusterError, Unreachable, WaitTimeout
from muster.retry import MAX_PAUSE_S, MIN_PAUSE_S, PollResult, RetryPolicy
from tests.clocks import ManualClock
from tests.unit.muster.levers.builders import NotifiedLines
from tests.unit.muster.sample_clock import make_clock
from tests.unit.muster.sample_stack import OREGON

UNANSWERED = Unreachable("s3", "put", OREGON, "TimeOut", "no answer")
THROTTLED = CallFailed("s3", "put", OREGON, "ThrottlingException", "slow down")
THROTTLED_READ = CallFailed("s3", "get", OREGON, "ThrottlingException", "slow down")
DENIED = CallFailed("s3", "put", OREGON, "AccessDenied", "not you")
BUSY = AcceleratorBusy("arn")


class FailingChange:
    """Fails with these errors, one after the other; then always with the last one, or succeeds."""

    def __init__(self, *errors: MusterError, for_ever: bool = False) -> None:
        self._errors = list(errors)
        self._for_ever = for_ever
        self.left_s: list[float] = []

    async def __call__(self, left_s: float) -> str:
        self.left_s.append(left_s)
        if self._errors:
            for_ever = self._for_ever and len(self._errors) == 1
            raise self._errors[0] if for_ever else self._errors.pop(0)
        return "made"


def make_policy(lines: NotifiedLines | None = None) -> tuple[RetryPolicy, ManualClock]:
    clock = make_clock()
    return RetryPolicy(clock, random.Random(1), lines or NotifiedLines()), clock


async def test_a_change_is_made_again_until_it_succeeds_and_each_retry_is_reported() -> None:
    policy, clock = make_policy()
    change = FailingChange(UNANSWERED, THROTTLED)
    retries: list[tuple[int, MusterError, float]] = []

    result = await policy.retry(change, within_s=60, on_retry=lambda *retry: retries.append(retry))

    assert result == "made"
    assert [(number, error) for number, error, _ in retries] == [(1, UNANSWERED), (2, THROTTLED)]
    assert clock.slept == [pause_s for *_, pause_s in retries]
    assert change.left_s == sorted(change.left_s, reverse=True)


async def test_pauses_grow_to_a_limit_and_are_never_short() -> None:
    policy, clock = make_policy()

    with pytest.raises(Unreachable):
        await policy.retry(
            FailingChange(UNANSWERED, for_ever=True), within_s=3600, on_retry=lambda *_: None
        )

    assert min(clock.slept) >= MIN_PAUSE_S
    assert max(clock.slept[:3]) <= 4.0
    assert MAX_PAUSE_S / 2 < max(clock.slept) <= MAX_PAUSE_S


@pytest.mark.parametrize("error", [DENIED, BUSY])
async def test_an_error_that_is_not_transient_ends_the_attempts(error: MusterError) -> None:
    policy, _ = make_policy()
    change = FailingChange(error)

    with pytest.raises(type(error)):
        await policy.retry(change, within_s=60, on_retry=lambda *_: None)

    assert len(change.left_s) == 1


async def test_no_attempt_begins_after_the_budget_has_ended() -> None:
    policy, clock = make_policy()

    with pytest.raises(Unreachable):
        await policy.retry(
            FailingChange(UNANSWERED, for_ever=True), within_s=20, on_retry=lambda *_: None
        )

    assert sum(clock.slept) < 20


async def test_an_api_that_does_not_answer_has_less_time_than_one_that_is_busy() -> None:
    policy, clock = make_policy()

    with pytest.raises(Unreachable):
        await policy.retry(
            FailingChange(*[BUSY] * 20, UNANSWERED, for_ever=True),
            within_s=900,
            unanswered_s=lambda _: 30,
            is_worth_retry=lambda _: True,
            on_retry=lambda *_: None,
        )

    busy_s, unanswered_s = sum(clock.slept[:20]), sum(clock.slept[20:])
    assert busy_s > 30
    assert unanswered_s < 30


async def test_a_call_that_fails_with_another_limit_has_that_limit() -> None:
    policy, clock = make_policy()
    change = FailingChange(*[THROTTLED_READ] * 3, THROTTLED, for_ever=True)

    with pytest.raises(CallFailed, match="s3 put"):
        await policy.retry(
            change,
            within_s=900,
            unanswered_s=lambda error: 60 if error.operation == "put" else 8,
            on_retry=lambda *_: None,
        )

    reading_s, writing_s = sum(clock.slept[:3]), sum(clock.slept[3:])
    assert reading_s <= 8
    assert 60 - MAX_PAUSE_S <= writing_s <= 60


async def test_a_person_sees_each_failure_once_and_the_number_of_vain_attempts() -> None:
    lines = NotifiedLines()
    policy, clock = make_policy(lines)
    change = FailingChange(UNANSWERED, THROTTLED, UNANSWERED, UNANSWERED, for_ever=True)

    with pytest.raises(Unreachable):
        await policy.retry_and_report(change, within_s=30)

    unanswered, throttled, vain = lines.lines
    assert unanswered == f"{UNANSWERED}; trying again, for 30 s at most"
    assert throttled == f"{THROTTLED}; trying again, for 30 s at most"
    assert vain.startswith(f"{len(change.left_s)} tries within ")
    assert sum(clock.slept) < 30


async def test_a_poll_that_fails_for_a_moment_is_shown_once_and_counts_as_not_yet() -> None:
    lines = NotifiedLines()
    policy, _ = make_policy(lines)
    results: list[PollResult | CallFailed] = [
        THROTTLED,
        THROTTLED,
        PollResult(False, "on its way"),
        PollResult(True, "there"),
    ]

    async def read() -> PollResult:
        result = results.pop(0)
        if isinstance(result, CallFailed):
            raise result
        return result

    assert (await policy.deadline(60).wait("it", read)).words == "there"
    assert lines.lines == [f"{THROTTLED}; waiting"]


async def test_a_poll_ends_with_its_deadline_and_a_child_with_its_parent() -> None:
    policy, clock = make_policy()
    deadline = policy.deadline(10)

    async def read() -> PollResult:
        return PollResult(False, "on its way")

    with pytest.raises(WaitTimeout, match=r"it: not within 4 s; last seen: on its way"):
        await deadline.child(4).wait("it", read)
    with pytest.raises(WaitTimeout):
        await deadline.child(60).wait("it", read)

    assert sum(clock.slept) == pytest.approx(10)
    assert deadline.left_s == 0
