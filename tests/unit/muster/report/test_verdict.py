"""The verdict in words: targets, why a drill ended, and whether to believe the numbers."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from muster.drill.journal.events import DrillStopped, RunClosed, RunOpened, StepStarted
from muster.drill.plan.model import DrillTargets, format_target
from muster.measure import Cohort, RequestOutcome
from muster.report.build import UNCHANGED, build_report
from muster.report.formatting import DASH
from muster.report.metric_rows import key_metrics
from muster.report.run_reader import RunRecords
from tests.unit.muster.drill.builders import AWAY, build_plan
from tests.unit.muster.report.sample_runs import (
    evacuation,
    interfered_region_loss,
    interrupted_evacuation,
    region_loss,
    three_region_loss,
    with_late_samples,
    with_samples,
)
from tests.unit.muster.report.staged_run import (
    FAILING_S,
    play_drill,
    staged_records,
)


def test_a_missed_target_says_by_how_much() -> None:
    report = build_report(region_loss())

    assert report.status == "missed"
    assert report.exit_code == 1
    assert report.summary is not None
    assert report.summary.rto_s == pytest.approx(FAILING_S, abs=0.3)
    rto = report.targets[0]
    assert (rto.name, rto.met) == ("rto_s", False)
    assert rto.words.startswith("RTO is 14.1 s; the target is at most 10 s: missed by 4.1")
    assert report.verdict.trusted


def test_a_number_as_large_as_its_target_meets_it() -> None:
    run = region_loss()
    summary = build_report(run).summary
    assert summary is not None
    exact = DrillTargets(rto_s=summary.rto_s)
    first, *lines = run.lines
    assert isinstance(first.event, RunOpened)
    opened = replace(first.event, plan=replace(first.event.plan, targets=exact))

    report = build_report(replace(run, lines=(replace(first, event=opened), *lines)))

    (rto,) = report.targets
    assert rto.met
    assert rto.words == "RTO is 14.1 s; the target is at most 14.1 s: met exactly."


def test_a_drill_that_was_cut_short_can_miss_a_target_and_meet_none() -> None:
    run = region_loss()
    *lines, closed = run.lines
    stopped = replace(closed, event=RunClosed(status="stopped", exit_code=4, why="Ctrl-C"))

    report = build_report(replace(run, lines=(*lines, stopped)))

    rto, rpo, _ = report.targets
    assert (rto.met, rpo.met) == (False, None)
    assert ": missed by 4.1" in rto.words
    assert rpo.words.endswith(". Not judged: the drill was cut short.")


def test_an_evacuation_without_a_failed_request_is_met() -> None:
    report = build_report(evacuation())

    assert report.verdict.headline == "Targets met"
    assert [target.met for target in report.targets] == [True, True]
    assert report.summary is not None
    assert report.summary.failed == 0
    assert report.rpo_items == 0


def test_missed_targets_come_first() -> None:
    sentences = build_report(three_region_loss()).verdict.sentences

    targets = [sentence.partition(" is ")[0] for sentence in sentences]
    assert targets == ["RTO", "RPO in items", "RPO"]


def test_requests_that_were_not_sent_are_accounted_for() -> None:
    run = region_loss()
    samples = run.probe_runs[0].samples
    kept = [s for s in samples if s.cohort is Cohort.KEEPALIVE and s.good][:3]
    busy = {s.seq: replace(s, outcome=RequestOutcome.BUSY, sent_s=None, region=None) for s in kept}

    report = build_report(with_samples(run, (busy.get(s.seq, s) for s in samples)))

    assert report.summary is not None
    quality = report.summary.quality
    assert quality.held_back == 3
    assert quality.sent + quality.held_back + quality.lost == quality.scheduled
    assert "none was lost by the prober, 3 were held back by a busy" in report.verdict.trust


def test_a_share_of_failed_requests_is_described_in_the_plural() -> None:
    targets = {"failed_share": 0.01}

    report = build_report(staged_records(play_drill(build_plan("region-loss", targets=targets))))

    assert any(
        re.match(r"Failed requests are [\d.]+ %; the target is at most 1 %: missed", sentence)
        for sentence in report.verdict.sentences
    )


def test_an_outage_without_an_end_makes_the_rto_a_lower_bound_everywhere() -> None:
    """The outage is a short one at a vantage point that was not hit worst."""
    targets = {"rto_s": 60.0, "rpo_s": 60.0}
    run = staged_records(play_drill(build_plan("region-loss", targets=targets)))
    samples = run.probe_runs[0].samples
    last = next(s for s in reversed(samples) if s.vantage == "Oslo" and s.cohort == Cohort.NEW)
    failed = replace(last, outcome=RequestOutcome.RESET, region=None, status=None)

    report = build_report(with_samples(run, (failed if s is last else s for s in samples)))

    rto, rpo = report.targets
    assert (rpo.at_least, rpo.met) == (False, True)
    assert (rto.at_least, rto.met) == (True, False)
    assert rto.words == (
        "RTO is at least 14.1 s; the target is at most 60 s:"
        " missed, since an outage was still going on at the end."
    )
    assert next(iter(key_metrics(report))).value == "≥ 14.1 s"


def test_a_run_without_an_end_is_not_judged() -> None:
    report = build_report(interrupted_evacuation())

    assert report.status == "unfinished"
    assert report.exit_code is None
    assert [target.met for target in report.targets] == [None, None]
    assert not report.verdict.trusted
    assert any("the dial of us-west-2" in sentence for sentence in report.verdict.sentences)
    assert any("muster drill rollback" in sentence for sentence in report.verdict.sentences)


def test_a_run_at_work_is_not_called_interrupted() -> None:
    report = build_report(replace(interrupted_evacuation(), at_work=True))

    assert report.status == "at-work"
    assert report.verdict.headline == "Still under way"
    assert re.match(
        r"By this report, 0:\d\d.*, it was in phase method\.", report.verdict.sentences[0]
    )
    assert report.targets[0].words.endswith("Not judged yet: the drill is under way.")


def test_a_late_prober_makes_the_numbers_doubtful() -> None:
    report = build_report(with_late_samples(region_loss()))

    assert report.verdict.trusted is False
    assert report.verdict.headline == "Measurement not reliable (lateness)"
    assert report.verdict.doubt_causes == ("lateness",)
    assert "ms late" in report.verdict.trust
    assert report.verdict.trust.startswith("Don't rely on the numbers")


@pytest.mark.parametrize("make", [evacuation, region_loss])
def test_by_numbers_in_doubt_no_target_is_met_or_missed(make: Callable[[], RunRecords]) -> None:
    assert {one.met for one in build_report(make()).targets} <= {True, False}

    report = build_report(with_late_samples(make()))

    assert not report.reliable
    for one in report.targets:
        assert one.measured is not None
        assert one.met is None
        assert one.words.endswith(
            f"the target is at most {format_target(one.name, one.at_most)}."
            " Neither met nor missed: the measurement is not reliable (lateness)."
        )


@pytest.mark.parametrize("make", [evacuation, region_loss])
def test_a_run_that_ended_as_not_reliable_stays_so(make: Callable[[], RunRecords]) -> None:
    *lines, closed = make().lines
    assert isinstance(closed.event, RunClosed)
    in_doubt = replace(closed, event=replace(closed.event, reliable=False))

    report = build_report(replace(make(), lines=(*lines, in_doubt)))

    assert not report.reliable
    assert report.verdict.headline == "Measurement not reliable"
    assert {one.met for one in report.targets} == {None}


def test_a_drill_that_was_cut_short_misses_no_target_by_numbers_in_doubt() -> None:
    run = with_late_samples(region_loss())
    *lines, closed = run.lines
    stopped = replace(closed, event=RunClosed(status="stopped", exit_code=4, why="Ctrl-C"))

    report = build_report(replace(run, lines=(*lines, stopped)))

    assert {one.met for one in report.targets} == {None}
    assert report.verdict.headline == "Stopped, and rolled back"


def test_the_first_screen_says_once_who_interfered() -> None:
    report = build_report(interfered_region_loss())
    verdict = report.verdict

    shown = [*verdict.sentences, verdict.trust, *(one.remark for one in key_metrics(report))]

    assert sum("by bob on desk" in one for one in shown) == 1


def test_a_drill_that_changed_nothing_has_no_figure_of_an_outage() -> None:
    run = region_loss()
    begins = next(
        n
        for n, line in enumerate(run.lines)
        if isinstance(line.event, StepStarted) and line.event.step == "m1"
    )
    ctrl_c = DrillStopped(cause="signal", why="SIGINT")
    ended = RunClosed(status="stopped", exit_code=4, why="SIGINT", unchanged=True)
    end = (
        replace(run.lines[begins], event=ctrl_c),
        replace(run.lines[begins + 1], event=ended),
    )

    report = build_report(replace(run, lines=(*run.lines[:begins], *end)))

    assert report.summary is not None
    assert {one.measured for one in report.targets} == {None}
    rto = next(one for one in key_metrics(report) if one.label == "RTO")
    assert (rto.value, rto.remark) == (DASH, UNCHANGED)
    assert report.verdict.trust == "Nothing was changed, so no number tells of an outage."


def test_after_an_interference_there_is_no_figure_and_the_reason() -> None:
    report = build_report(interfered_region_loss())

    assert report.status == "stopped"
    assert report.verdict.headline == "Stopped, and rolled back: the numbers are void"
    rto = report.targets[0]
    assert (rto.measured, rto.met) == (None, None)
    assert rto.words.startswith("RTO: no figure, since somebody interfered. The target is at most")
    reason = f"region-kill of {AWAY}, which this drill had injected, was ended, by bob on desk"
    assert report.verdict.sentences[0] == f"The reason (interference): {reason}."
    assert report.verdict.trust.startswith("Don't rely on the numbers: somebody interfered")
    assert reason in report.verdict.doubts
    assert report.verdict.doubt_causes == ("interference",)
