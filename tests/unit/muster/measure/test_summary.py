"""All numbers of one run."""

import pytest

from muster.measure import (
    Closing,
    Cohort,
    RegionLoss,
    RequestKind,
    RequestOutcome,
    TrafficMove,
    summarise_samples,
)
from tests.unit.muster.sample_builders import (
    AWAY,
    HOME,
    acknowledged_write,
    answered_sample,
    failed_sample,
    make_sighting,
)

CLOSING = Closing(scheduled=6, abandoned=0, unwritten=0, ended_s=300.0, cpu_s=0.1, reason="done")


def test_a_run_without_a_move_has_one_phase() -> None:
    summary = summarise_samples([answered_sample(1.0), failed_sample(2.0)], closing=None)

    assert [p.name for p in summary.phases] == ["all"]
    assert (summary.requests, summary.failed) == (2, 1)
    assert (summary.movement, summary.stragglers, summary.recovery) == (None, None, None)
    assert not summary.quality.trusted


def test_a_drill_has_its_numbers_from_the_right_cohorts() -> None:
    samples = [
        answered_sample(99.0, seq=0),
        failed_sample(101.0, seq=1),
        answered_sample(103.0, AWAY, seq=2, took_s=0.5),
        answered_sample(210.0, seq=3),
        failed_sample(102.0, seq=4, cohort=Cohort.KEEPALIVE, outcome=RequestOutcome.BUSY),
        failed_sample(
            120.0,
            RequestOutcome.ABSENT,
            seq=5,
            cohort=Cohort.WRITE_READ,
            step=RequestKind.READ_LATER,
            item="a",
            region=AWAY,
        ),
        acknowledged_write("a", 99.0),
    ]

    summary = summarise_samples(
        samples,
        closing=CLOSING,
        move=TrafficMove(region=HOME, at_s=100.0, return_at_s=200.0),
        loss=RegionLoss(lost=HOME, surviving=(AWAY,), at_s=100.0, returned_s=200.0),
        sightings=[make_sighting("a", 205.0, AWAY, "present", HOME)],
    )

    assert summary.rto_s == pytest.approx(4.5)
    assert summary.failed == 2
    assert summary.failures == {"keepalive": {"busy": 1}, "new": {"reset": 1}, "write-read": {}}
    assert {name: one.failed for name, one in summary.cohorts.items()} == {
        "keepalive": 1,
        "new": 1,
        "write-read": 0,
    }
    assert sum(one.requests for one in summary.cohorts.values()) == summary.requests
    assert [(p.name, p.requests) for p in summary.phases] == [
        ("before", 1),
        ("during", 2),
        ("after", 1),
    ]
    assert summary.phases[1].shares == {AWAY: 1.0}
    assert summary.movement is not None
    assert summary.movement.detect_s == pytest.approx(3.0)
    assert summary.stragglers is not None
    assert summary.recovery is not None
    assert summary.recovery.missing_items == 1
    assert summary.recovery.rpo_s == pytest.approx(1.0)


def test_a_summary_without_samples_is_empty_and_not_trusted() -> None:
    summary = summarise_samples([], closing=None, move=TrafficMove(region=HOME, at_s=1.0))

    assert (summary.requests, summary.rto_s, summary.unavailability) == (0, 0.0, ())
    assert summary.quality.reasons
