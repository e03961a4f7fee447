"""The plain log and the JSON log of a run."""

import io
import json
from dataclasses import replace

import pytest

from muster.drill.journal.events import DrillStopped, JournalLine
from muster.drill.observation.probe_window import Observation
from muster.drill.view.live_view import LiveView, PipeTolerantConsole
from muster.drill.view.run_logs import JsonLog, PlainLog
from tests.unit.muster.drill.builders import AWAY, build_plan
from tests.unit.muster.drill.view.builders import EVENTS, OBSERVED, BrokenOutput, lines, play
from tests.unit.muster.sample_clock import make_clock


def test_the_plain_log_shows_every_event() -> None:
    out = io.StringIO()

    play(PlainLog(make_clock(), out), lines())

    output = out.getvalue()
    for part in (
        "run 2026-11-21T10-00-00-test on a test",
        "found: dial us-west-2 100 %, switch us-west-2 auto,"
        " fault network-slow of us-west-2, control planes whole",
        "== method",
        "m1: guard alarms holds for now: no data\n",
        "m1: guard capacity overridden: too small\n",
        "m1: dial of us-west-2 to 50 %",
        "m1: try 1 failed: throttled; again in 0.7 s",
        "m1: done in 1.5 s",
        "m2: failed: refused",
        "deviated: errors",
        "stops (signal): SIGINT",
        "rollback holds: sick",
        "rollback incomplete: still sick",
        "note: by the way",
        "taken up again, to roll back",
        "INCOMPLETE, not everything is as before the drill: still sick",
        "eu-central-1 71 %  us-west-2 29 %  errors 2 %  p99 200 ms",
        "lag 0.5 s (us-west-2 to eu-central-1)",
        "3 failed (0.75 %) so far",
        "a lever says so",
    ):
        assert part in output
    assert "\x1b" not in output


def test_a_line_of_the_plain_log_begins_with_the_seconds_since_the_first() -> None:
    out = io.StringIO()
    log = PlainLog(make_clock(), out)

    for at_s in (1000.0, 1061.25):
        event = DrillStopped(cause="guard", why="m1: alarms refuses")
        log.on_event(JournalLine(n=1, at_s=at_s, at=0.0, event=event))

    assert out.getvalue() == "    0.0  stops (guard)\n   61.2  stops (guard)\n"


def test_the_plain_log_shows_an_observation_every_few_seconds() -> None:
    out = io.StringIO()
    log = PlainLog(make_clock(), out)

    for at_s in (3.0, 3.5, 7.9, 8.0):
        log.on_observation(replace(OBSERVED, at_s=at_s), None)
    log.on_observation(Observation(at_s=60.0), None)

    assert [line.split()[0] for line in out.getvalue().splitlines()] == ["0.0", "5.0"]


def test_the_json_log_has_one_object_a_line() -> None:
    out = io.StringIO()

    play(JsonLog(make_clock(), out), lines())

    events = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [event["event"] for event in events[:-2]] == ["entry"] * len(EVENTS)
    assert [event["event"] for event in events[-2:]] == ["observed", "note"]
    assert events[4]["kind"] == "begun"
    assert events[-2]["probes"]["failed"] == 2
    assert events[-2]["view"]["regions"][AWAY]["dial"] == 100.0


def test_a_log_that_needs_a_reader_ends_with_it() -> None:
    gone = BrokenOutput(BrokenPipeError())

    for log in (
        PlainLog(make_clock(), gone, needs_reader=True),
        JsonLog(make_clock(), gone, needs_reader=True),
    ):
        with pytest.raises(BrokenPipeError):
            play(log, lines())


@pytest.mark.parametrize(
    "error", [BrokenPipeError(), UnicodeEncodeError("ascii", "█", 0, 1, "not in range")]
)
def test_a_broken_output_does_not_stop_the_drill(error: Exception) -> None:
    play(PlainLog(make_clock(), BrokenOutput(error)), lines())
    play(JsonLog(make_clock(), BrokenOutput(error)), lines())
    console = PipeTolerantConsole(file=BrokenOutput(error), force_terminal=True, width=100)
    play(LiveView(build_plan("evacuate"), "RUN", make_clock(), console), lines())
