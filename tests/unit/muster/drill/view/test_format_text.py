"""A plan and a journal's events as text."""

from dataclasses import replace

import pytest

from muster.drill.guards.context import GuardVerdict
from muster.drill.journal.events import (
    ApprovalAnswered,
    BaselineRecorded,
    GuardsEvaluated,
    InterferenceSeen,
    MomentMarked,
    RunClosed,
)
from muster.drill.observation.probe_window import Observation
from muster.drill.observation.replication_tracker import ReplicationLags
from muster.drill.plan.changes import DrillBaseline
from muster.drill.plan.model import DrillTargets
from muster.drill.view.format_text import (
    format_event,
    format_observation,
    format_plan,
    format_targets,
)
from muster.formatting import format_duration
from tests.unit.muster.drill.builders import AWAY, HOME, SHIPPED_NAMES, build_plan
from tests.unit.muster.drill.view.builders import OBSERVED


@pytest.mark.parametrize("name", SHIPPED_NAMES)
def test_the_text_of_a_plan_has_every_part_and_no_placeholder(name: str) -> None:
    text = "\n".join(format_plan(build_plan(name)))

    assert "${" not in text
    assert "stops and rolls back when" in text
    assert "rollback (" in text
    assert max(len(line) for line in text.splitlines()) <= 140


def test_the_time_of_the_method_is_the_sum_of_the_steps_below_it() -> None:
    plan = build_plan("region-loss")
    method_s = sum(step.expected_s for step in plan.steps)

    assert f"method (about {format_duration(method_s)})" in list(format_plan(plan))


def test_what_people_say_is_told_with_their_names() -> None:
    def answered(approved: bool) -> ApprovalAnswered:
        return ApprovalAnswered(step="m3", approved=approved, by="ann", host="desk", order=1)

    paged = MomentMarked(words="paged", marked_at=36_305.0, by="ben", host="desk", order=2)

    assert format_event(answered(approved=True)) == "m3: approved by ann"
    assert format_event(answered(approved=False)) == "m3: refused by ann"
    assert format_event(paged) == "mark: paged at 10:05:05 UTC (by ben)"


def test_guards_that_all_pass_have_no_line() -> None:
    passed = GuardVerdict(guard="lease", ruling="ok", reason="free")

    assert format_event(GuardsEvaluated(step="m1", verdicts=(passed,))) is None


def test_a_result_by_doubtful_numbers_is_not_headed_by_met_targets() -> None:
    closed = RunClosed(status="met", exit_code=0, why="RTO 3 s, at most 5 s")
    doubtful = replace(closed, why="measurement not reliable (load): late", reliable=False)

    assert format_event(closed) == "targets met: RTO 3 s, at most 5 s"
    assert format_event(doubtful) == "measurement not reliable (load): late"


def test_a_run_that_was_stopped_before_it_changed_anything_has_nothing_rolled_back() -> None:
    closed = RunClosed(status="stopped", exit_code=4, why="SIGINT")

    assert format_event(closed) == "stopped, and rolled back: SIGINT"
    assert format_event(replace(closed, unchanged=True)) == "stopped, nothing was changed: SIGINT"


def test_an_interference_is_described() -> None:
    event = InterferenceSeen(
        what="dial", where=AWAY, expected="0 %", found="50 %", who="bob", good_before_s=2.0
    )

    assert format_event(event) == (
        f"interference: the dial of {AWAY} is 50 % and not 0 % any more, by bob;"
        " the numbers are void"
    )


def test_a_baseline_of_nothing_that_the_drill_changes_has_no_line() -> None:
    dials = DrillBaseline(dials={AWAY: 60.0})

    assert format_event(BaselineRecorded(state=DrillBaseline(), seen=dials)) is None
    assert format_event(BaselineRecorded(state=dials)) == f"found: dial {AWAY} 60 %"


def test_targets_are_listed_or_there_are_none() -> None:
    targets = DrillTargets(rto_s=90.0, rpo_s=5.0, rpo_items=2.0, failed_share=0.01)

    assert format_targets(DrillTargets()) == "none"
    assert format_targets(targets) == (
        "RTO at most 90 s, RPO at most 5 s, 2 items lost at most, 1 % failed at most"
    )


def test_an_observation_shows_the_largest_lag_and_unknown_figures() -> None:
    lags: ReplicationLags = {AWAY: {HOME: 0.5, "ap-southeast-1": None}, HOME: {AWAY: 7.0}}

    assert format_observation(OBSERVED) == (
        f"{HOME} 71 %  {AWAY} 29 %  errors 2 %  p99 200 ms  lag 0.5 s ({AWAY} to {HOME})"
        "  3 failed (0.75 %) so far"
    )
    assert f"lag 7 s ({HOME} to {AWAY})" in format_observation(replace(OBSERVED, lags_s=lags))
    assert format_observation(Observation()) == "errors ?  p99 ?"
    assert "errors 0 %  7 unanswered  p99" in format_observation(
        Observation(requests=10, overdue=7)
    )
