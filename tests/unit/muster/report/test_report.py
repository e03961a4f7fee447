"""What a report says of runs that went well, badly, and not to their end."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from muster.drill.journal.events import (
    DrillStopped,
    JournalLine,
    PhaseStarted,
    RunResumed,
    StepStarted,
)
from muster.measure import Cohort, Movement, Presence, RequestKind, RequestOutcome, Sample
from muster.report.build import build_report
from muster.report.chart_series import MOST_BINS, bin_width_s
from muster.report.charts.figures import chart_figures
from muster.report.document import build_document
from muster.report.formatting import DASH
from muster.report.metric_rows import key_metrics, metric_groups
from muster.report.run_reader import RunRecords
from tests.unit.muster.drill.builders import AWAY, HOME, build_plan
from tests.unit.muster.report.sample_runs import (
    FAR,
    broken_off,
    evacuation,
    loss,
    refused,
    three_regions,
)
from tests.unit.muster.report.staged_run import (
    DARK_S,
    START_S,
    Rates,
    play_drill,
    prober_run,
    simulate_samples,
    staged_records,
)
from tests.unit.muster.sample_builders import acknowledged_write, answered_sample, make_sighting

NO_WRITES = Rates(new=20.0, kept=4.0, writes=0.0)


def test_a_missed_target_says_by_how_much() -> None:
    report = build_report(loss())

    assert report.status == "missed"
    assert report.exit_code == 1
    assert report.summary is not None
    assert report.summary.rto_s == pytest.approx(DARK_S, abs=0.3)
    rto = report.targets[0]
    assert (rto.name, rto.met) == ("rto_s", False)
    assert rto.words.startswith("RTO is 14.1 s; the target is at most 10 s: missed by 4.1")
    assert report.verdict.trusted


def test_an_evacuation_without_a_failed_request_is_met() -> None:
    report = build_report(evacuation())

    assert report.verdict.headline == "Targets met"
    assert [target.met for target in report.targets] == [True, True]
    assert report.summary is not None
    assert report.summary.failed == 0
    assert report.rpo_items == 0


def test_a_missed_target_is_told_before_one_that_is_met() -> None:
    sentences = build_report(three_regions()).verdict.sentences

    told = [sentence.partition(" is ")[0] for sentence in sentences]
    assert told == ["RTO", "RPO in items", "RPO"]


def test_requests_that_were_not_sent_are_accounted_for() -> None:
    whole = loss()
    one = whole.probe_runs[0]
    kept = [s for s in one.samples if s.cohort is Cohort.KEEPALIVE and s.good][:3]
    busy = {s.seq: replace(s, outcome=RequestOutcome.BUSY, sent_s=None, region=None) for s in kept}
    samples = tuple(busy.get(s.seq, s) for s in one.samples)

    report = build_report(replace(whole, probe_runs=(replace(one, samples=samples),)))

    assert report.summary is not None
    quality = report.summary.quality
    assert quality.held_back == 3
    assert quality.sent + quality.held_back + quality.lost == quality.scheduled
    assert "none was lost by the prober, 3 were held back by a busy" in report.verdict.trust


def test_a_share_of_failed_requests_is_told_in_the_plural() -> None:
    targets = {"failed_share": 0.01}

    report = build_report(staged_records(play_drill(build_plan("region-loss", targets=targets))))

    assert any(
        re.match(r"Failed requests are [\d.]+ %; the target is at most 1 %: missed", sentence)
        for sentence in report.verdict.sentences
    )


def test_an_outage_lies_where_the_charts_show_it() -> None:
    made = build_document(build_report(loss()))

    (outage,) = (one for place in made["availability"] for one in place["outages"])
    assert outage["start_s"] == pytest.approx(made["cause_s"], abs=0.2)
    assert outage["end_s"] - outage["start_s"] == pytest.approx(outage["length_s"])
    assert outage["end_s"] < made["return_s"]


def test_a_connection_that_did_not_stay_has_no_last_answer_and_the_reason_stands_by() -> None:
    groups = {one.title: one.rows for one in metric_groups(build_report(loss()))}
    told = {one.label: one for one in groups["Kept connections that stayed behind"]}

    assert told["Connections"].value == "0"
    last = told["Last one after the cause"]
    assert (last.value, last.remark) == (DASH, "none stayed")


def test_a_phase_is_told_without_the_terminals_drawing() -> None:
    told = {row.words for row in build_report(loss()).journal if row.kind == "phase"}

    assert told == {"preflight", "steady-state", "method", "targets", "rollback", "closing"}


def test_an_rto_says_how_exact_it_is() -> None:
    outage, none = (
        next(iter(key_metrics(build_report(records)))) for records in (loss(), evacuation())
    )

    assert (outage.value, outage.remark) == ("14.1 s", "14 s of it are certain")
    assert (none.value, none.remark) == ("0 s", "shorter than 35 ms is not seen")


def test_an_outage_that_was_going_on_at_the_end_is_told_alike_everywhere() -> None:
    """It is a short one at a vantage point that was not hit worst."""
    whole = staged_records(play_drill(build_plan("region-loss", targets={"rto_s": 60.0})))
    one = whole.probe_runs[0]
    last = next(s for s in reversed(one.samples) if s.vantage == "Oslo" and s.cohort == Cohort.NEW)
    ends = replace(last, outcome=RequestOutcome.RESET, region=None, status=None)
    samples = tuple(ends if s is last else s for s in one.samples)

    report = build_report(replace(whole, probe_runs=(replace(one, samples=samples),)))

    rto = report.targets[0]
    assert (rto.at_least, rto.met) == (True, False)
    assert rto.words == (
        "RTO is at least 14.1 s; the target is at most 60 s:"
        " missed, since an outage was still going on at the end."
    )
    assert next(iter(key_metrics(report))).value == "≥ 14.1 s"


def test_a_time_that_rests_on_few_requests_says_so() -> None:
    told = {one.label: one.remark for one in key_metrics(build_report(loss()))}

    assert told["Time to evacuate"] == ""
    assert told["Time to return"] == "judged on 258 requests only"


def test_a_run_without_an_end_is_not_judged() -> None:
    report = build_report(broken_off())

    assert report.status == "unfinished"
    assert report.exit_code is None
    assert [target.met for target in report.targets] == [None, None]
    assert not report.verdict.trusted
    assert any("the dial of us-west-2" in said for said in report.verdict.sentences)
    assert any("muster drill rollback" in said for said in report.verdict.sentences)


def test_a_write_that_nobody_looked_for_makes_no_recovery_point() -> None:
    report = build_report(broken_off())

    assert (report.rpo_s, report.rpo_items) == (None, None)
    assert report.missing["rpo_s"] == "no reading tells what became of the probes' writes"


def test_the_step_that_was_cut_off_may_have_been_taken() -> None:
    last = [step for step in build_report(broken_off()).steps if step.start_s is not None][-1]

    assert (last.id, last.outcome, last.end_s) == ("m7", "begun", None)


def test_a_refused_drill_shows_no_numbers_and_why() -> None:
    report = build_report(refused())

    assert report.summary is None
    assert report.missing["rto_s"] == "nothing was probed"
    assert report.series.new == ()
    assert [(f.guard, f.ruling) for f in report.findings][-1] == ("alarms", "refuse")
    assert "There are no numbers" in report.verdict.trust


def test_a_run_at_work_is_not_called_interrupted() -> None:
    report = build_report(replace(broken_off(), at_work=True))

    assert report.status == "at-work"
    assert report.verdict.headline == "Still under way"
    assert re.match(
        r"By this report, 0:\d\d.*, it was in phase method\.", report.verdict.sentences[0]
    )
    assert report.targets[0].words.endswith("Not judged yet: the drill is under way.")


def test_a_late_prober_makes_the_numbers_doubtful() -> None:
    whole = loss()
    one = whole.probe_runs[0]
    late = replace(one, samples=tuple(map(_later, one.samples)))

    report = build_report(replace(whole, probe_runs=(late,)))

    assert report.verdict.trusted is False
    assert report.verdict.headline == "Targets missed, by numbers that are in doubt"
    assert "ms late" in report.verdict.trust
    assert report.verdict.trust.startswith("Don't rely on the numbers")


def test_a_stretch_without_samples_is_shown_and_makes_doubts() -> None:
    whole = loss()
    one = whole.probe_runs[0]
    kept = tuple(s for s in one.samples if not 5040 < s.scheduled_s < 5060)

    report = build_report(replace(whole, probe_runs=(replace(one, samples=kept),)))

    assert [(round(g.start_s), round(g.end_s)) for g in report.gaps] == [(40, 60)]
    assert not report.verdict.trusted
    assert any(doubt.startswith("nothing was measured from 0:") for doubt in report.verdict.doubts)


def test_a_stretch_in_which_the_prober_stood_still_is_one_without_a_measurement() -> None:
    """It has a record of each request that it lost."""
    whole = loss()
    one = whole.probe_runs[0]
    samples = tuple(
        replace(s, outcome=RequestOutcome.LOST, sent_s=None, region=None)
        if 5040 < s.scheduled_s < 5060
        else s
        for s in one.samples
    )

    report = build_report(replace(whole, probe_runs=(replace(one, samples=samples),)))

    assert [(round(g.start_s), round(g.end_s)) for g in report.gaps] == [(40, 60)]
    assert next(iter(key_metrics(report))).remark.endswith("; nothing was sent for 20 s")


def test_what_nobody_measured_before_a_rollback_by_hand_is_a_gap() -> None:
    whole = broken_off()
    last = whole.lines[-1]
    resumed = RunResumed(by="ana", host="harbour", pid=9, boot="boot-1", rollback=True)
    more = (
        JournalLine(n=last.n + 1, at_s=last.at_s + 60, at=last.at + 60, entry=resumed),
        JournalLine(
            n=last.n + 2, at_s=last.at_s + 61, at=last.at + 61, entry=PhaseStarted(phase="rollback")
        ),
    )

    report = build_report(replace(whole, lines=(*whole.lines, *more)))

    assert [round(gap.end_s - gap.start_s) for gap in report.gaps] == [61]
    assert report.series.dials[AWAY][-1][1] is None  # nobody looked any more
    assert report.verdict.trusted is False


def test_after_a_restart_of_the_machine_nothing_is_put_beside_its_new_clock() -> None:
    whole = broken_off()
    last = whole.lines[-1]
    resumed = RunResumed(by="ana", host="harbour", pid=9, boot="boot-2", rollback=True)
    more = (
        JournalLine(n=last.n + 1, at_s=12.0, at=last.at + 300.0, entry=resumed),
        JournalLine(
            n=last.n + 2, at_s=13.0, at=last.at + 301.0, entry=PhaseStarted(phase="rollback")
        ),
    )

    report = build_report(replace(whole, lines=(*whole.lines, *more)))

    assert report.summary is None
    assert "restarted" in report.missing["rto_s"]
    assert report.journal[-1].at_s == pytest.approx(last.at_s - whole.lines[0].at_s + 301, abs=0.01)
    assert [row.at_s for row in report.journal] == sorted(row.at_s for row in report.journal)
    assert report.series.new  # what was seen before is still drawn


def test_cause_and_return_are_marked() -> None:
    report = build_report(loss())

    labels = [(event.label, event.kind) for event in report.events]
    assert labels == [("m1 cause", "cause"), ("m6 return", "return")]
    assert report.cause_s == pytest.approx(report.events[0].at_s)


def test_dials_come_from_the_views_else_from_the_journal() -> None:
    seen = build_report(evacuation())
    blind = build_report(replace(evacuation(), views=()))

    assert seen.series.dials_seen
    assert not blind.series.dials_seen
    for report in (seen, blind):
        assert [v for _, v in report.series.dials[AWAY]][:5] == [100, 75, 50, 25, 0]
    assert blind.series.health == {}


def test_a_lost_region_is_shown_as_unhealthy() -> None:
    health = build_report(loss()).series.health

    assert [stretch.state for stretch in health[HOME]] == ["healthy"]
    assert [stretch.state for stretch in health[AWAY]] == ["healthy", "unhealthy", "healthy"]


def test_a_fault_is_shown_from_when_it_was_seen_to_when_it_was_not() -> None:
    made = build_report(loss())
    name = f"region-kill of {AWAY}"

    (stood,) = made.series.faults[name]
    (told,) = build_document(made)["faults"]

    assert made.cause_s is not None
    assert made.return_s is not None
    assert stood.start_s == pytest.approx(made.cause_s, abs=3)
    assert stood.end_s == pytest.approx(made.return_s, abs=3)
    assert told == {
        "fault": name,
        "start_s": pytest.approx(stood.start_s),
        "end_s": pytest.approx(stood.end_s),
    }
    assert [one.name.id for one in chart_figures(made)].count("faults") == 1


def test_where_no_fault_stood_there_is_no_chart_of_faults() -> None:
    made = build_report(evacuation())

    assert build_document(made)["faults"] == []
    assert "faults" not in [one.name.id for one in chart_figures(made)]


def test_views_of_an_older_tool_tell_of_no_fault() -> None:
    kept = loss()
    old = tuple(replace(one, view=replace(one.view, faults=None)) for one in kept.views)

    assert build_report(replace(kept, views=old)).series.faults == {}


def test_errors_of_all_kinds_add_up_to_the_failed_requests() -> None:
    report = build_report(loss())

    counted = sum(sum(counts) for counts in report.series.errors.values())
    assert report.summary is not None
    assert counted == report.summary.failed


def test_after_the_last_failure_the_errors_are_0_and_not_the_last_ones() -> None:
    series = build_report(loss()).series

    last_s = series.errors_from_s + series.width_s * len(next(iter(series.errors.values())))
    assert last_s >= series.probed_s[1]
    assert all(counts[-1] == 0 for counts in series.errors.values())


def test_a_second_write_of_an_item_is_no_arrival_of_the_first_one() -> None:
    """The reading through the accelerator finds the item, and does not say whose it is."""
    whole = loss()
    one = whole.probe_runs[0]
    at_s = one.samples[-1].scheduled_s + 1.0
    again = [
        acknowledged_write("muster-x-twice", at_s, AWAY),
        acknowledged_write("muster-x-twice", at_s + 1.0, HOME, again=True),
        answered_sample(
            at_s + 2.0,
            HOME,
            step=RequestKind.READ_LATER,
            item="muster-x-twice",
            cohort=Cohort.WRITE_READ,
        ),
    ]
    sightings = tuple(
        make_sighting("muster-x-twice", at_s + 3.0, region, "present", writer=HOME)
        for region in (HOME, AWAY)
    )
    parts = (replace(one, samples=(*one.samples, *again)),)

    report = build_report(replace(whole, probe_runs=parts, sightings=(*whole.sightings, *sightings)))

    assert report.series.lag[AWAY][-1].never == 1
    # The second write tells no lag: its item is not read again until the end.
    assert report.series.lag[HOME][-1].at_s < report.series.lag[AWAY][-1].at_s


def test_bins_add_up_to_the_good_answers() -> None:
    report = build_report(loss())

    assert report.summary is not None
    new = sum(u.requests - u.failed for u in report.summary.unavailability)
    assert sum(one.good for one in report.series.new) == new


@pytest.mark.parametrize("length_s", [1, 30, 600, 86_400, 7 * 86_400])
@pytest.mark.parametrize("rate", [0, 0.1, 50, 2000])
def test_there_are_few_bins_however_long_a_run_is(length_s: float, rate: float) -> None:
    width_s = bin_width_s(length_s, rate)

    assert length_s / width_s <= MOST_BINS


@pytest.mark.parametrize("make", [loss, evacuation, broken_off, refused])
def test_equal_folders_give_equal_reports(make: Callable[[], RunRecords]) -> None:
    assert build_report(make()) == build_report(make())


def test_every_prefix_of_a_journal_makes_a_report() -> None:
    """A process may be killed after any entry."""
    whole = broken_off()
    for count in range(1, len(whole.lines) + 1):
        report = build_report(replace(whole, lines=whole.lines[:count]))

        assert report.status == "unfinished"
        assert len(report.journal) == count


def test_a_rollback_has_rows_of_its_own() -> None:
    stage = play_drill(build_plan("evacuate"), until="m7")
    stage.say(DrillStopped(cause="signal", why="SIGINT"))
    stage.enter("rollback")
    do = stage.plan.steps[-1].do
    stage.say(StepStarted(step="r1", do=do))

    report = build_report(staged_records(stage))

    assert report.status == "stopped"
    assert [target.met for target in report.targets] == [None, None]
    assert "Not judged: the drill was cut short." in report.targets[0].words
    assert [(s.id, s.phase) for s in report.steps][-1] == ("r1", "rollback")
    assert ("stop", "stop") in [(event.label, event.kind) for event in report.events]
    assert report.verdict.sentences[0] == "It was told to stop by SIGINT (Ctrl-C)."


def test_a_step_that_a_stop_cut_off_ends_with_it() -> None:
    stage = play_drill(build_plan("evacuate"), until="m7")
    stage.say(DrillStopped(cause="signal", why="SIGINT"))
    stopped_s = stage.lines[-1].at_s - stage.lines[0].at_s

    (step,) = (one for one in build_report(staged_records(stage)).steps if one.id == "m7")

    assert step.outcome == "begun"
    assert step.end_s == pytest.approx(stopped_s)
    assert step.why == "cut off by the stop; it may have been taken"


def test_a_step_of_a_process_that_was_killed_has_no_end() -> None:
    stage = play_drill(build_plan("evacuate"), until="m7")
    (alone,) = (one for one in build_report(staged_records(stage)).steps if one.id == "m7")
    stage.say(RunResumed(by="ben", host="desk", pid=2, boot="boot-1", rollback=True))
    stage.say(DrillStopped(cause="operator", why="rolled back by hand"))

    report = build_report(staged_records(stage))

    (step,) = (one for one in report.steps if one.id == "m7")
    assert alone.why == "the journal breaks off; it may have been taken"
    assert (step.outcome, step.end_s) == ("begun", None)
    assert step.why == "its process ended; it may have been taken"
    assert "by hand" in report.verdict.sentences[0]


def test_where_no_traffic_moved_no_time_of_it_is_a_key_figure() -> None:
    report = build_report(loss())
    assert report.summary is not None
    assert report.summary.movement is not None
    still = replace(report.summary.movement, detect_s=None, evacuated=None, returned=None)
    gone = replace(report.summary.movement, returned=None)

    def told(movement: Movement) -> dict[str, str]:
        summary = replace(report.summary, movement=movement) if report.summary else None
        return {one.label: one.remark for one in key_metrics(replace(report, summary=summary))}

    assert list(told(still)) == ["RTO", "RPO", "RPO, items", "Failed requests"]
    assert told(gone)["Time to return"] == "not seen on 20 requests on end"


def test_without_write_probes_there_is_no_recovery_point() -> None:
    whole = loss()
    samples = simulate_samples(
        play_drill(build_plan("region-loss")).world(), START_S, 5100.0, NO_WRITES
    )

    report = build_report(
        replace(whole, probe_runs=(prober_run(samples, START_S, 5100.0),), sightings=())
    )

    assert report.rpo_s is None
    assert report.missing["rpo_s"] == "us-west-2 acknowledged no write of the probes"


def test_each_surviving_region_has_its_recovery_point_and_the_worst_is_the_runs() -> None:
    report = build_report(three_regions())

    assert report.summary is not None
    assert report.summary.recovery is not None
    home, far = report.summary.recovery.regions
    assert (home.region, far.region) == (HOME, FAR)
    assert home.rpo_s is not None
    assert far.rpo_s is not None
    assert home.rpo_s < far.rpo_s == report.rpo_s
    assert report.rpo_items == far.missing_items
    shown = {one.label: one.remark for one in key_metrics(report)}
    assert shown["RPO"] == f"in {FAR}; less in the others"


def test_a_surviving_region_that_could_not_be_read_is_told() -> None:
    whole = three_regions()
    blind = tuple(
        replace(s, presence=Presence.UNREADABLE, writer=None) if s.region == FAR else s
        for s in whole.sightings
    )

    report = build_report(replace(whole, sightings=blind))

    assert report.rpo_s == build_report(loss()).rpo_s
    assert report.verdict.trusted is False
    assert any(FAR in doubt for doubt in report.verdict.doubts)
    assert report.series.lag == build_report(loss()).series.lag


def test_the_lag_that_is_drawn_is_that_of_the_slowest_region() -> None:
    two, three = (build_report(records_()).series.lag[AWAY] for records_ in (loss, three_regions))

    assert sum(one.most_s or 0.0 for one in three) > sum(one.most_s or 0.0 for one in two)


def _later(sample: Sample) -> Sample:
    sent_s = None if sample.sent_s is None else sample.sent_s + 0.05
    return replace(sample, sent_s=sent_s, finished_s=sample.finished_s + 0.05)
