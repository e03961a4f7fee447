"""The result of a run: numbers against targets, statuses, exit codes."""

from dataclasses import replace

import pytest

from muster.drill.journal.events import (
    ApprovalAnswered,
    DrillStopped,
    InterferenceSeen,
    JournalEvent,
    JournalLine,
    MomentMarked,
    NoteAdded,
    PhaseStarted,
    RollbackGaveUp,
    SteadyStateDeviated,
    StepDone,
    StepStarted,
)
from muster.drill.journal.run_state import RunState, fold_journal
from muster.drill.plan.instructions import SetDial
from muster.drill.plan.model import DrillTargets
from muster.drill.result import (
    EXIT_CODES,
    EXIT_UNRELIABLE,
    RESUMED,
    RunSamples,
    build_result,
    join_samples,
    make_run_closed,
)
from muster.measure import Closing, Cohort, Presence, RequestKind, Sample, Sighting
from muster.measure.people import PeopleTimes
from muster.probe import ProbeRun
from tests.unit.muster.drill.builders import AWAY, HOME, build_plan
from tests.unit.muster.drill.fake_system import build_run_opened
from tests.unit.muster.sample_builders import answered_sample, failed_sample, lost_sample

FAR = "ap-southeast-1"
CLOSING = Closing(scheduled=0, abandoned=0, unwritten=0, ended_s=0.0, cpu_s=1.0, reason="done")


def state(*entries: JournalEvent, targets: DrillTargets | None = None) -> RunState:
    made = replace(build_plan("evacuate"), targets=targets or DrillTargets(rto_s=5.0))
    steps: tuple[JournalEvent, ...] = (build_run_opened(made), *entries)
    return fold_journal(
        JournalLine(n=n + 1, at_s=10.0 * n, at=10.0 * n, event=entry)
        for n, entry in enumerate(steps)
    )


def started(step: str = "m1") -> StepStarted:
    return StepStarted(step=step, do=SetDial(region=AWAY, percent=50.0, lowers=True))


def traffic(*more: Sample) -> RunSamples:
    good = tuple(answered_sample(float(n), AWAY if n < 15 else HOME) for n in range(60))
    return RunSamples(samples=(*good, *more), closing=CLOSING)


def numbered_traffic(*more: Sample) -> RunSamples:
    """Traffic that can be trusted, but for `more`."""
    samples = tuple(replace(s, seq=n) for n, s in enumerate(traffic(*more).samples))
    return RunSamples(samples=samples, closing=CLOSING)


def test_targets_met() -> None:
    result = build_result(state(started(), StepDone(step="m1", took_s=1.0)), traffic(), 100.0)

    assert (result.status, result.exit_code) == ("met", 0)
    assert (result.rto_s, result.rto_at_least) == (0.0, False)
    assert result.move is not None
    assert result.move.at_s == 10.0
    assert make_run_closed(result).exit_code == 0


def test_an_outage_that_has_no_end_meets_no_target_however_short() -> None:
    evidence = numbered_traffic(failed_sample(60.0), failed_sample(61.0))

    result = build_result(state(started()), evidence, 100.0)

    assert result.rto_s == pytest.approx(2.05)
    assert result.rto_at_least
    assert (result.status, result.exit_code) == ("missed", 1)
    assert result.why.startswith("RTO at least 2.05 s, its end was not seen, at most 5 s")


def test_without_a_new_connection_there_is_no_rto() -> None:
    kept = replace(answered_sample(1.0), cohort=Cohort.KEEPALIVE)
    evidence = RunSamples(samples=(kept, lost_sample(2.0)), closing=CLOSING)

    result = build_result(state(started()), evidence, 100.0)

    assert (result.targets[0].measured, result.targets[0].met) == (None, False)


def test_by_doubtful_numbers_a_target_is_not_called_met() -> None:
    evidence = numbered_traffic()
    sure = build_result(state(started()), evidence, 100.0)
    unsure = build_result(state(started()), replace(evidence, closing=None), 100.0)

    assert (sure.trusted, sure.reliable, sure.doubt_causes) == (True, True, ())
    assert (unsure.status, unsure.trusted, unsure.reliable) == ("met", False, False)
    assert unsure.doubt_causes == ("lost",)
    (doubt,) = unsure.doubts
    assert unsure.why == (f"measurement not reliable (lost): {doubt}. By these numbers: {sure.why}")
    assert make_run_closed(unsure).reliable is False
    assert {one.judged for one in sure.targets} == {True}
    assert {one.judged for one in unsure.targets} == {False}


@pytest.mark.parametrize(("required", "exit_code"), [(False, 0), (True, EXIT_UNRELIABLE)])
def test_doubtful_numbers_have_an_exit_code_of_their_own_where_that_is_required(
    required: bool, exit_code: int
) -> None:
    evidence = numbered_traffic()
    doubtful = replace(evidence, closing=None)

    unsure = build_result(state(started()), doubtful, 100.0, require_trusted=required)
    sure = build_result(state(started()), evidence, 100.0, require_trusted=required)
    missed = state(started(), targets=DrillTargets(rpo_s=5.0))
    worse = build_result(missed, doubtful, 100.0, require_trusted=required)

    assert (unsure.exit_code, sure.exit_code) == (exit_code, 0)
    assert worse.exit_code == (EXIT_UNRELIABLE if required else 1)


def test_a_drill_that_was_stopped_ends_so_whatever_its_numbers() -> None:
    stopped = state(started(), DrillStopped(cause="signal", why="SIGINT"))

    result = build_result(stopped, replace(traffic(), closing=None), 100.0, require_trusted=True)

    assert (result.exit_code, result.why, result.reliable) == (4, "SIGINT", True)
    assert {one.judged for one in result.targets} == {False}


def test_a_drill_that_was_cut_short_can_miss_a_target_and_meet_none() -> None:
    stopped = state(started(), DrillStopped(cause="signal", why="SIGINT"))
    targets = DrillTargets(rto_s=0.1, failed_share=1.0)
    evidence = numbered_traffic(failed_sample(20.5))
    evidence = replace(evidence, closing=replace(CLOSING, scheduled=len(evidence.samples)))

    result = build_result(replace_targets(stopped, targets), evidence, 100.0)

    assert result.trusted
    assert [(one.name, one.met, one.judged) for one in result.targets] == [
        ("rto_s", False, True),
        ("failed_share", True, False),
    ]


@pytest.mark.parametrize(
    ("failed_s", "at_least"),
    [((36.5, 37.5, 38.5, 39.5), True), ((20.5, 21.5), False)],
    ids=["it ends with the rollback", "it ends before"],
)
def test_an_outage_that_the_rollback_of_a_stopped_drill_ends_would_have_lasted_longer(
    failed_s: tuple[float, ...], at_least: bool
) -> None:
    stopped = state(
        started(),  # at 10 s
        StepDone(step="m1", took_s=1.0),
        DrillStopped(cause="signal", why="SIGINT"),
        StepStarted(step="r1", do=SetDial(region=AWAY, percent=100.0, lowers=False)),  # at 40 s
    )

    result = build_result(stopped, traffic(*map(failed_sample, failed_s)), 100.0)

    assert (result.status, result.rto_at_least) == ("stopped", at_least)
    assert result.summary is not None
    assert [client.cut_short for client in result.summary.doors[0].clients] == [at_least]


def test_a_drill_that_ends_before_it_changes_anything_has_no_numbers() -> None:
    stopped = state(DrillStopped(cause="signal", why="SIGINT"))

    result = build_result(stopped, traffic(failed_sample(20.5)), 100.0)

    assert (result.status, result.unchanged) == ("stopped", True)
    assert (result.rto_s, result.targets[0].measured) == (None, None)
    assert result.summary is not None
    assert result.summary.doors == ()
    assert make_run_closed(result).unchanged


def test_the_causes_of_doubts_are_named_once_each() -> None:
    twice = numbered_traffic(*(lost_sample(20.0 + n / 10) for n in range(5)))

    result = build_result(state(started()), replace(twice, closing=None), 100.0)

    assert len(result.doubts) == 2
    assert result.doubt_causes == ("lost",)


INTERFERED = InterferenceSeen(
    what="fault",
    where=f"processes of {AWAY}",
    expected=f"region-kill of {AWAY}",
    found="no fault",
    who="",
    good_before_s=4.0,
)


def test_after_an_interference_no_number_is_made_of_what_did_not_happen() -> None:
    """Somebody ends the fault after 20 s: how long the outage would have been is not known."""
    targets = DrillTargets(rto_s=5.0, rpo_s=5.0, failed_share=0.5)
    stopped = DrillStopped(cause="interference", why=INTERFERED.describe())
    interfered = state(started(), StepDone(step="m1", took_s=1.0), INTERFERED, stopped)
    interfered = replace_targets(interfered, targets)

    result = build_result(interfered, traffic(failed_sample(20.5)), 100.0)

    assert (result.status, result.exit_code) == ("stopped", 4)
    assert (result.rto_s, result.rpo_s, result.rpo_items) == (None, None, None)
    assert (result.move, result.loss) == (None, None)
    assert [(one.measured, one.met) for one in result.targets] == [(None, False)] * 3
    assert {one.judged for one in result.targets} == {False}
    assert result.void == INTERFERED.describe()
    assert (result.trusted, result.doubt_causes[0]) == (False, "interference")
    assert result.summary is not None
    assert (result.summary.movement, result.summary.recovery, result.summary.doors) == (
        None,
        None,
        (),
    )


MARKED = MomentMarked(words="paged", marked_at=42.0, by="ben", host="desk", order=1)


def test_the_times_of_people_count_from_the_cause() -> None:
    """The cause is the step that begins at 10 s."""
    answered = ApprovalAnswered(step="m2", approved=True, by="ann", host="desk", order=2)
    told = state(started(), StepDone(step="m1", took_s=1.0), MARKED, NoteAdded(words=""), answered)

    result = build_result(told, traffic(), 100.0)

    assert result.people == PeopleTimes(notice_s=32.0, decide_s=8.0)
    assert build_result(state(started()), traffic(), 100.0).people == PeopleTimes()


def test_after_an_interference_there_is_no_time_to_notice_what_did_not_happen() -> None:
    interfered = state(started(), StepDone(step="m1", took_s=1.0), MARKED, INTERFERED)

    assert build_result(interfered, traffic(), 100.0).people == PeopleTimes()


def test_the_requests_before_an_interference_are_counted() -> None:
    """It was noticed at 30 s, and nobody had interfered 4 s before."""
    interfered = state(started(), StepDone(step="m1", took_s=1.0), INTERFERED)

    result = build_result(interfered, traffic(failed_sample(25.5), failed_sample(26.5)), 100.0)

    assert (result.requests, result.failed) == (27, 1)
    assert result.summary is not None
    assert result.summary.quality.sent == 62


def replace_targets(made: RunState, targets: DrillTargets) -> RunState:
    """The same state of a run with other targets."""
    made.opened = replace(made.opened, plan=replace(made.plan, targets=targets))
    return made


def test_a_target_missed() -> None:
    result = build_result(
        state(started()), traffic(*(failed_sample(20.5 + n) for n in range(3))), 100.0
    )

    assert (result.status, result.exit_code) == ("met", 0)
    worse = build_result(
        state(started(), targets=DrillTargets(rto_s=0.5, failed_share=0.1)),
        traffic(*(failed_sample(20.5 + n) for n in range(9))),
        100.0,
    )
    assert (worse.status, worse.exit_code) == ("missed", 1)
    assert "RTO 9.05 s, at most 500 ms" in worse.why
    assert "Failed requests 13 %, at most 10 %" in worse.why


def test_a_target_that_can_not_be_measured_is_missed() -> None:
    result = build_result(state(started(), targets=DrillTargets(rpo_s=5.0)), traffic(), 100.0)

    assert result.status == "missed"
    assert "RPO not measured, at most 5 s" in result.why
    nothing = build_result(state(started()), RunSamples(), 100.0)
    assert nothing.status == "missed"
    assert nothing.trusted is False
    assert nothing.doubts == ("nothing was probed",)


def test_a_recovery_point_needs_an_acknowledged_write() -> None:
    write = answered_sample(8.0, AWAY, step=RequestKind.WRITE, item="i1")
    missing = Sighting(
        item="i1", region=HOME, asked_s=20.0, answered_s=20.1, presence=Presence.ABSENT
    )
    evidence = replace(traffic(write), sightings=(missing,))

    result = build_result(
        state(started(), targets=DrillTargets(rpo_s=1.0, rpo_items=0)), evidence, 100.0
    )

    assert result.rpo_items == 1
    assert result.rpo_s == pytest.approx(10.0 - 8.05)
    assert result.status == "missed"


def test_the_loss_counts_from_the_end_of_the_step_that_caused_it() -> None:
    """A fault strikes before its step is over: what is acknowledged until then may be lost."""
    write = answered_sample(14.0, AWAY, step=RequestKind.WRITE, item="i1")
    missing = Sighting(
        item="i1", region=HOME, asked_s=30.0, answered_s=30.1, presence=Presence.ABSENT
    )
    evidence = replace(traffic(write), sightings=(missing,))

    result = build_result(state(started(), StepDone(step="m1", took_s=10.0)), evidence, 100.0)

    assert result.rpo_items == 1
    assert result.rpo_s == pytest.approx(20.0 - 14.05)
    assert result.move is not None
    assert result.move.at_s == 10.0


def test_a_region_without_probes_is_named() -> None:
    """Its users may have seen an outage that nobody measured."""
    elsewhere = RunSamples(
        samples=tuple(answered_sample(float(n), HOME) for n in range(60)), closing=CLOSING
    )

    result = build_result(state(started()), elsewhere, 100.0)

    assert f"{AWAY} answered no probe before the cause" in result.doubts[0]
    assert result.trusted is False
    probed = build_result(state(started()), traffic(), 100.0)
    assert not any(AWAY in doubt for doubt in probed.doubts)


def three_regions() -> RunState:
    """A Region lost in its 10th second, of three."""
    made = state(started(), targets=DrillTargets(rpo_s=1.0))
    plan = replace(made.plan, regions=(HOME, FAR, AWAY))
    return fold_journal(
        [
            JournalLine(n=1, at_s=0.0, at=0.0, event=build_run_opened(plan)),
            JournalLine(n=2, at_s=10.0, at=10.0, event=started()),
        ]
    )


def read(region: str, at_s: float, presence: Presence) -> Sighting:
    return Sighting(
        item="i1", region=region, asked_s=at_s, answered_s=at_s + 0.1, presence=presence
    )


@pytest.mark.parametrize("worse", [HOME, FAR])
def test_every_surviving_region_is_measured_and_the_largest_loss_counts(worse: str) -> None:
    better = FAR if worse == HOME else HOME
    write = answered_sample(8.0, AWAY, step=RequestKind.WRITE, item="i1")
    sightings = (read(better, 8.5, Presence.PRESENT), read(worse, 20.0, Presence.ABSENT))

    result = build_result(three_regions(), replace(traffic(write), sightings=sightings), 100.0)

    assert result.loss is not None
    assert result.loss.surviving == (HOME, FAR)
    assert (result.rpo_items, result.status) == (1, "missed")
    assert result.rpo_s == pytest.approx(10.0 - 8.05)
    assert result.targets[0].measured == result.rpo_s


def test_an_unreadable_surviving_region_is_named_and_not_counted() -> None:
    write = answered_sample(8.0, AWAY, step=RequestKind.WRITE, item="i1")
    sightings = (read(HOME, 8.5, Presence.PRESENT), read(FAR, 20.0, Presence.UNREADABLE))

    result = build_result(three_regions(), replace(traffic(write), sightings=sightings), 100.0)

    assert (result.rpo_s, result.rpo_items) == (0.0, 0)
    assert f"no reading of {FAR} shows any write: it is left out of the RPO" in result.doubts
    assert result.trusted is False


def test_a_surviving_region_with_unread_writes_is_named() -> None:
    writes = [
        answered_sample(at, AWAY, step=RequestKind.WRITE, item=f"i{at:g}") for at in (7.0, 8.0)
    ]
    sightings = [
        replace(read(region, at + 0.5, Presence.PRESENT), item=f"i{at:g}")
        for region, at in ((HOME, 7.0), (HOME, 8.0), (FAR, 8.0))
    ]

    result = build_result(
        three_regions(), replace(traffic(*writes), sightings=tuple(sightings)), 100.0
    )

    doubt = f"no reading of {FAR} shows 1 of 2 writes: its RPO may be 2.95 s"
    assert doubt in result.doubts


@pytest.mark.parametrize(
    ("entries", "status"),
    [
        ((DrillStopped(cause="guard", why="lease"),), "refused"),
        ((DrillStopped(cause="hypothesis", why="errors"),), "refused"),
        ((DrillStopped(cause="signal", why="SIGINT"),), "stopped"),
        ((started(), DrillStopped(cause="guard", why="alarms")), "stopped"),
        ((started(), SteadyStateDeviated(step="h1", why="errors")), "missed"),
        (
            (started(), DrillStopped(cause="signal", why="x"), RollbackGaveUp(why="sick")),
            "incomplete",
        ),
        ((started(), RollbackGaveUp(why="sick")), "incomplete"),
    ],
)
def test_the_status_of_a_run(entries: tuple[JournalEvent, ...], status: str) -> None:
    result = build_result(state(*entries), traffic(), 100.0)

    assert result.status == status
    assert result.exit_code == EXIT_CODES[result.status]
    assert result.why
    assert (result.rto_s is None) == result.unchanged


def test_a_stretch_that_was_not_measured_is_a_doubt() -> None:
    """From the last request to the rollback by hand that put everything back."""
    waits = [NoteAdded(words="waits")] * 10
    killed = state(started(), *waits, PhaseStarted(phase="closing"))

    result = build_result(killed, traffic(), 200.0)

    assert killed.put_back_s == 120.0
    assert result.doubts[0] == "nothing was measured from 0:59 to 2:00"
    assert result.doubt_causes[0] == "gap"
    assert "gap" not in build_result(state(started()), traffic(), 200.0).doubt_causes


def test_the_samples_of_a_resumed_run_are_renumbered() -> None:
    def part(*found: Sample, ended: Closing | None = CLOSING) -> ProbeRun:
        return ProbeRun(opening=None, samples=found, sightings=(), closing=ended, torn=False)

    first = part(answered_sample(0.0, seq=0, connection=3), ended=replace(CLOSING, scheduled=5))
    second = part(answered_sample(9.0, seq=0, connection=1), ended=replace(CLOSING, scheduled=2))

    both = join_samples([first, second])

    assert [sample.seq for sample in both.samples] == [0, 5]
    assert [sample.connection for sample in both.samples] == [3, 5]
    assert both.closing is not None
    assert (both.closing.scheduled, both.closing.cpu_s) == (7, 2.0)
    assert both.doubts == (RESUMED,)
    assert join_samples([first, part(ended=None)]).closing is None
    assert join_samples([]).samples == ()
