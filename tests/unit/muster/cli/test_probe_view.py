"""What a person sees of a measurement."""

import io
from collections.abc import Sequence

from rich.console import Console

from muster.cli.probe import document
from muster.cli.probe_view import print_summary
from muster.measure import Closing, Outcome, Sample, summarise
from muster.probe import Opening, Plan, Run, Target
from tests.unit.muster.making import AWAY, bad, good

PLAN = Plan(run="r", targets=(Target(ip="192.0.2.10"),))


def run(samples: Sequence[Sample], scheduled: int | None = None) -> Run:
    """A run of 4 s; without `scheduled` the prober was killed."""
    closing = None
    if scheduled is not None:
        closing = Closing(
            scheduled=scheduled, abandoned=0, unwritten=0, ended_s=14.0, cpu_s=0.1, reason="done"
        )
    return Run(
        opening=Opening(plan=PLAN, started_s=10.0, started_at=0.0, pid=1),
        samples=tuple(samples),
        sightings=(),
        closing=closing,
        torn=False,
    )


def printed(measured: Run) -> str:
    paper = io.StringIO()
    print_summary(
        measured,
        summarise(measured.samples, closing=measured.closing),
        Console(file=paper, width=80),
    )
    assert all(len(line) <= 80 for line in paper.getvalue().splitlines())
    return paper.getvalue()


def test_good_answers_are_shown_by_region_with_their_latency() -> None:
    samples = [good(10.0, seq=0), good(11.0, AWAY, seq=1, took_s=0.1)]

    said = printed(run(samples, scheduled=2))

    assert said.startswith("2 requests in 4 s, 0 failed")
    assert "us-west-2 50 %" in said
    assert "p50 50 ms, p99 100 ms, largest 100 ms" in said
    assert "measurement  trusted" in said


def test_an_outage_is_shown_with_its_length_and_kinds() -> None:
    samples = [good(10.0, seq=0), bad(11.0, Outcome.RESET, seq=1), good(12.0, seq=2)]

    said = printed(run(samples, scheduled=3))

    assert "1 failed" in said
    assert " 2.05 s" in said  # from the last good request to the end of the next good answer
    assert "failed       new: 1 x reset" in said


def test_nothing_answered_is_said() -> None:
    said = printed(run([bad(10.0, seq=0, took_s=3.0)], scheduled=1))

    assert "answered by  nobody" in said
    assert "nothing was answered" in said
    assert "≥ 3 s" in said  # neither its beginning nor its end was seen


def test_a_measurement_that_can_not_be_trusted_is_said_with_the_reason() -> None:
    said = printed(run([good(10.0, seq=0)]))

    assert "measurement  not to be trusted" in said
    assert "no closing record" in " ".join(said.split())


def test_as_json_it_is_the_summary_with_the_plan() -> None:
    measured = run([good(10.0, seq=0)], scheduled=1)

    found = document(measured, summarise(measured.samples, closing=measured.closing))

    assert found["trusted"] is True
    assert found["rto_s"] == 0
    assert found["requests"] == 1
    assert found["plan"]
