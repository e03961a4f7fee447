"""A drill that tells others: the same drill, whatever the others do."""

import json

import pytest

from muster.drill.journal.events import NoteAdded, RunClosed
from muster.drill.notify.fan_out import FanOut, close_outboxes
from muster.drill.notify.outbox import Outbox
from muster.drill.run.stop import StopRequest
from muster.errors import NotDelivered
from tests.clocks import ManualClock
from tests.unit.muster.drill.fake_system import FakeSystem
from tests.unit.muster.drill.notify.builders import (
    OPENED,
    FakeDestination,
    HangingDestination,
    line_of,
)
from tests.unit.muster.drill.run.builders import Drill, NoteRecorder, make_short_plan

CLOSED = RunClosed(status="met", exit_code=0, why="all is well")


def open_fan_out(*destinations: FakeDestination) -> tuple[FanOut, list[Outbox], NoteRecorder]:
    outboxes = [Outbox(one, lambda _s: None) for one in destinations]
    display = NoteRecorder()
    return FanOut(display, outboxes, OPENED, lambda: {"rto_s": 3.2}), outboxes, display


def close(outboxes: list[Outbox], grace_s: float = 60.0) -> list[str]:
    return close_outboxes(outboxes, ManualClock(0.0).monotonic, grace_s)


def test_every_destination_gets_the_moments_of_a_drill() -> None:
    one, other = FakeDestination(), FakeDestination()
    fan_out, outboxes, _ = open_fan_out(one, other)

    for event in (OPENED, NoteAdded(words="routine"), CLOSED):
        fan_out.on_event(line_of(event))

    assert close(outboxes) == []
    assert [notice.kind for notice in one.taken] == ["begin", "end"]
    assert other.taken == one.taken
    assert one.taken[-1].numbers == {"rto_s": 3.2}


def test_the_display_gets_everything() -> None:
    fan_out, _, display = open_fan_out()

    fan_out.on_note("a remark")

    assert display.notes == ["a remark"]


def test_one_destination_that_hangs_keeps_nothing_from_the_others() -> None:
    hanging, good = HangingDestination(), FakeDestination()
    fan_out, outboxes, _ = open_fan_out(hanging, good)

    fan_out.on_event(line_of(OPENED))
    outboxes[1].close()
    outboxes[1].join(60)

    assert len(good.taken) == 1
    assert close(outboxes, grace_s=0.0) == [
        "fake: 1 of 1 notices not delivered: no answer before the command's end"
    ]
    hanging.go.set()


def run_drill(*destinations: FakeDestination, stopped: bool) -> tuple[str, list[str]]:
    """The journal of a drill that tells these, and the kinds of notices that the first one took."""
    drill = Drill(FakeSystem(), make_short_plan("region-loss"))
    fan_out, outboxes, _ = open_fan_out(*destinations)
    drill.ports["listener"] = fan_out

    def request_stop(stop: StopRequest) -> None:
        stop.request("signal", "SIGINT")

    drill.run(stop=request_stop if stopped else None)
    for one in destinations:
        if isinstance(one, HangingDestination):
            one.go.set()
    close(outboxes)
    kinds = [str(notice.kind) for one in destinations[:1] for notice in one.taken]
    return json.dumps(drill.lines), kinds


@pytest.mark.parametrize("stopped", [False, True])
@pytest.mark.parametrize(
    "destination",
    [
        FakeDestination(),
        HangingDestination(),
        FakeDestination([NotDelivered("HTTP 500", transient=True)] * 99),
        FakeDestination([RuntimeError("a bug")] * 99),
    ],
    ids=["good", "hangs", "fails", "has a bug"],
)
def test_a_drill_takes_the_same_steps_at_the_same_times(
    destination: FakeDestination, stopped: bool
) -> None:
    alone, _ = run_drill(stopped=stopped)

    told, _ = run_drill(destination, stopped=stopped)

    assert told == alone


def test_others_learn_of_a_stop_and_of_the_end() -> None:
    _, kinds = run_drill(FakeDestination(), stopped=True)

    assert kinds == ["begin", "stop", "end"]
