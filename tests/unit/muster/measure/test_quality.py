"""The verdict on the prober's lateness and losses."""

from dataclasses import replace

import pytest
from hypothesis import given

from muster.measure.quality import MIN_WAITED_SHARE, Closing, Doubt, measure_quality
from muster.measure.samples import RequestOutcome, Sample
from tests.unit.muster.sample_builders import (
    answered_sample,
    failed_sample,
    lost_sample,
    sample_lists,
)


def closing(scheduled: int, *, abandoned: int = 0, unwritten: int = 0) -> Closing:
    """The prober's last record."""
    return Closing(
        scheduled=scheduled,
        abandoned=abandoned,
        unwritten=unwritten,
        ended_s=1000.0,
        cpu_s=1.0,
        reason="done",
    )


def on_time(count: int) -> list[Sample]:
    """Sends that were 1 ms late."""
    return [answered_sample(float(n), seq=n, sent_s=n + 0.001) for n in range(count)]


def test_punctual_sends_are_trusted() -> None:
    quality = measure_quality(on_time(200), closing(200))

    assert quality.trusted
    assert quality.p99_s == pytest.approx(0.001)
    assert (quality.sent, quality.late, quality.lost) == (200, 0, 0)


def test_more_than_one_late_send_in_a_hundred_is_not_trusted() -> None:
    late = [answered_sample(float(n), seq=n, sent_s=n + 0.5) for n in (197, 198, 199)]

    assert measure_quality([*on_time(197), *late[:1]], closing(198)).trusted
    quality = measure_quality([*on_time(197), *late], closing(200))
    assert not quality.trusted
    assert quality.reasons == ("1.5 % of the sends were more than 10 ms late (at most 1 %)",)


@pytest.mark.parametrize(
    ("waited_share", "cause"),
    [(None, "lateness"), (0.0, "lateness"), (MIN_WAITED_SHARE, "load"), (0.4, "load")],
)
def test_a_late_prober_that_waited_for_a_processor_was_late_by_the_load(
    waited_share: float | None, cause: str
) -> None:
    late = [answered_sample(float(n), seq=n, sent_s=n + 0.5) for n in (197, 198, 199)]
    ended = replace(closing(200), waited_share=waited_share)

    quality = measure_quality([*on_time(197), *late], ended)

    assert quality.causes == (cause,)
    assert quality.doubts == (Doubt(cause=quality.causes[0], words=quality.reasons[0]),)


def test_a_loaded_machine_on_which_all_was_sent_in_time_is_no_doubt() -> None:
    assert measure_quality(on_time(200), replace(closing(200), waited_share=0.5)).trusted


def test_lost_requests_and_a_killed_prober_are_losses() -> None:
    quality = measure_quality([*on_time(99), lost_sample(500.0, seq=99)], None)

    assert quality.causes == ("lost", "lateness", "lost")


def test_lost_requests_of_any_kind_are_not_trusted() -> None:
    not_sent = lost_sample(500.0, seq=99)

    assert measure_quality([*on_time(99), not_sent], closing(100)).lost == 1
    assert measure_quality(on_time(99), closing(100, abandoned=1)).lost == 1
    quality = measure_quality(on_time(99), closing(100, unwritten=1))
    assert quality.reasons == ("1 of 100 requests were lost (at most 0.1 %)",)


def dense(count: int) -> list[Sample]:
    """20 sends a second, all on time."""
    return [answered_sample(n / 20, seq=n, sent_s=n / 20 + 0.001) for n in range(count)]


def test_a_pause_is_not_hidden_by_a_long_run() -> None:
    """Two seconds of an hour: 0.06 % of the requests, and an outage could lie in them."""
    samples = [
        lost_sample(s.scheduled_s, seq=s.seq) if 50 <= s.scheduled_s < 52 else s
        for s in dense(72000)
    ]

    quality = measure_quality(samples, closing(72000))

    assert quality.lost_share < 0.001
    assert quality.blind_s == pytest.approx(2.05)
    assert quality.reasons == ("nothing was sent for 2.0 s on end (at most 1 s)",)


def test_sends_that_were_late_at_once_leave_a_pause() -> None:
    samples = [
        answered_sample(s.scheduled_s, seq=s.seq, sent_s=52.5) if 51 < s.scheduled_s < 52.5 else s
        for s in dense(30_000)
    ]

    quality = measure_quality(samples, closing(30_000))

    assert quality.late_share < 0.01
    assert not quality.trusted


def test_losses_at_the_ends_of_the_schedule_leave_a_pause() -> None:
    for first, last in ((0, 40), (9960, 10000)):
        samples = [
            lost_sample(s.scheduled_s, seq=s.seq) if first <= s.seq < last else s
            for s in dense(10000)
        ]

        assert measure_quality(samples, closing(10000)).blind_s == pytest.approx(2.0, abs=0.06)


def test_a_schedule_of_few_requests_may_have_long_pauses() -> None:
    samples = [answered_sample(10.0 * n, seq=n) for n in range(20)]

    assert measure_quality(samples, closing(20)).trusted


def test_held_back_requests_leave_no_pause() -> None:
    samples = [
        failed_sample(s.scheduled_s, RequestOutcome.BUSY, sent_s=None, seq=s.seq, took_s=0.0)
        if 50 <= s.scheduled_s < 55
        else s
        for s in dense(10000)
    ]

    quality = measure_quality(samples, closing(10000))

    assert quality.trusted
    assert quality.blind_s == pytest.approx(0.051, abs=0.002)


def test_without_a_closing_record_losses_are_the_missing_numbers() -> None:
    samples = [s for s in on_time(100) if s.seq != 50]

    quality = measure_quality(samples, None)

    assert (quality.scheduled, quality.lost) == (100, 1)
    assert "no closing record" in quality.reasons[-1]


def test_without_samples_nothing_is_trusted() -> None:
    assert measure_quality([], closing(0)).reasons == ("no request was sent",)
    assert measure_quality([], None).late_share == 0.0
    assert measure_quality([], None).lost_share == 0.0


def test_a_held_back_request_is_neither_sent_nor_lost() -> None:
    busy = failed_sample(99.5, RequestOutcome.BUSY, sent_s=None, seq=100)

    quality = measure_quality([*on_time(100), busy], closing(101))

    assert (quality.sent, quality.held_back, quality.lost, quality.trusted) == (100, 1, 0, True)


@given(sample_lists())
def test_sent_held_back_and_lost_add_up_to_scheduled(samples: list[Sample]) -> None:
    quality = measure_quality(samples, None)

    assert quality.sent + quality.held_back + quality.lost == quality.scheduled
