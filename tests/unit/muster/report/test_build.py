"""What belongs to a report, and which numbers are not known, and why."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from muster.drill.journal.events import (
    JournalLine,
    PhaseStarted,
    RunResumed,
)
from muster.measure import Presence, RequestOutcome
from muster.report.build import build_report
from muster.report.metric_rows import key_metrics
from muster.report.run_reader import RunRecords
from tests.unit.muster.drill.builders import AWAY, HOME, build_plan
from tests.unit.muster.report.sample_runs import (
    FAR,
    evacuation,
    interrupted_evacuation,
    refused_evacuation,
    region_loss,
    three_region_loss,
    with_samples,
)
from tests.unit.muster.report.staged_run import (
    START_S,
    Rates,
    play_drill,
    prober_run,
    simulate_samples,
)

NO_WRITES = Rates(new=20.0, kept=4.0, writes=0.0)


def test_writes_that_were_not_read_make_no_recovery_point() -> None:
    report = build_report(interrupted_evacuation())

    assert (report.rpo_s, report.rpo_items) == (None, None)
    assert report.missing["rpo_s"] == "no reading shows whether the probes' writes arrived"


def test_a_refused_drill_shows_no_numbers_and_why() -> None:
    report = build_report(refused_evacuation())

    assert report.summary is None
    assert report.missing["rto_s"] == "nothing was probed"
    assert report.series.new == ()
    assert [(f.guard, f.ruling) for f in report.findings][-1] == ("alarms", "refuse")
    assert "There are no numbers" in report.verdict.trust


def test_a_stretch_without_samples_is_a_gap_and_a_doubt() -> None:
    run = region_loss()
    samples = [s for s in run.probe_runs[0].samples if not 5040 < s.scheduled_s < 5060]

    report = build_report(with_samples(run, samples))

    assert [(round(g.start_s), round(g.end_s)) for g in report.gaps] == [(40, 60)]
    assert not report.verdict.trusted
    assert any(doubt.startswith("nothing was measured from 0:") for doubt in report.verdict.doubts)


def test_a_stretch_of_lost_requests_is_a_gap_too() -> None:
    """A prober that stood still has a record of each request that it lost."""
    run = region_loss()
    samples = [
        replace(s, outcome=RequestOutcome.LOST, sent_s=None, region=None)
        if 5040 < s.scheduled_s < 5060
        else s
        for s in run.probe_runs[0].samples
    ]

    report = build_report(with_samples(run, samples))

    assert [(round(g.start_s), round(g.end_s)) for g in report.gaps] == [(40, 60)]
    assert next(iter(key_metrics(report))).remark.endswith("; nothing was sent for 20 s")


def test_the_time_before_a_rollback_by_hand_is_a_gap() -> None:
    run = interrupted_evacuation()
    last = run.lines[-1]
    resumed = RunResumed(by="ana", host="harbour", pid=9, boot="boot-1", rollback=True)
    more = (
        JournalLine(n=last.n + 1, at_s=last.at_s + 60, at=last.at + 60, event=resumed),
        JournalLine(
            n=last.n + 2, at_s=last.at_s + 61, at=last.at + 61, event=PhaseStarted(phase="rollback")
        ),
    )

    report = build_report(replace(run, lines=(*run.lines, *more)))

    assert [round(gap.end_s - gap.start_s) for gap in report.gaps] == [61]
    assert report.series.dials[AWAY][-1][1] is None  # not read any more
    assert report.verdict.trusted is False


def test_after_a_reboot_there_are_no_numbers_and_entries_have_the_time_of_day() -> None:
    run = interrupted_evacuation()
    last = run.lines[-1]
    resumed = RunResumed(by="ana", host="harbour", pid=9, boot="boot-2", rollback=True)
    more = (
        JournalLine(n=last.n + 1, at_s=12.0, at=last.at + 300.0, event=resumed),
        JournalLine(
            n=last.n + 2, at_s=13.0, at=last.at + 301.0, event=PhaseStarted(phase="rollback")
        ),
    )

    report = build_report(replace(run, lines=(*run.lines, *more)))

    assert report.summary is None
    assert "restarted" in report.missing["rto_s"]
    assert report.journal[-1].at_s == pytest.approx(last.at_s - run.lines[0].at_s + 301, abs=0.01)
    assert [row.at_s for row in report.journal] == sorted(row.at_s for row in report.journal)
    assert report.series.new  # what was measured before is still drawn


@pytest.mark.parametrize(
    "make", [region_loss, evacuation, interrupted_evacuation, refused_evacuation]
)
def test_equal_folders_give_equal_reports(make: Callable[[], RunRecords]) -> None:
    assert build_report(make()) == build_report(make())


def test_every_prefix_of_a_journal_makes_a_report() -> None:
    """A process may be killed after any entry."""
    run = interrupted_evacuation()
    for count in range(1, len(run.lines) + 1):
        report = build_report(replace(run, lines=run.lines[:count]))

        assert report.status == "unfinished"
        assert len(report.journal) == count


def test_without_write_probes_there_is_no_recovery_point() -> None:
    run = region_loss()
    samples = simulate_samples(
        play_drill(build_plan("region-loss")).system(), START_S, 5100.0, NO_WRITES
    )

    report = build_report(
        replace(run, probe_runs=(prober_run(samples, START_S, 5100.0),), sightings=())
    )

    assert report.rpo_s is None
    assert report.missing["rpo_s"] == "us-west-2 acknowledged no write of the probes"


def test_the_worst_recovery_point_of_the_surviving_regions_is_the_runs() -> None:
    report = build_report(three_region_loss())

    assert report.summary is not None
    assert report.summary.recovery is not None
    home, far = report.summary.recovery.regions
    assert (home.region, far.region) == (HOME, FAR)
    assert home.rpo_s is not None
    assert far.rpo_s is not None
    assert home.rpo_s < far.rpo_s == report.rpo_s
    assert report.rpo_items == far.missing_items
    remarks = {row.label: row.remark for row in key_metrics(report)}
    assert remarks["RPO"] == f"in {FAR}; less in the others"


def test_an_unreadable_surviving_region_is_a_doubt() -> None:
    run = three_region_loss()
    sightings = tuple(
        replace(s, presence=Presence.UNREADABLE, writer=None) if s.region == FAR else s
        for s in run.sightings
    )

    report = build_report(replace(run, sightings=sightings))

    assert report.rpo_s == build_report(region_loss()).rpo_s
    assert report.verdict.trusted is False
    assert any(FAR in doubt for doubt in report.verdict.doubts)
    assert report.series.lag == build_report(region_loss()).series.lag
