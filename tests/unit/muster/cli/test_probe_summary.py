"""What a person sees of a measurement."""

import io
from collections.abc import Sequence

from rich.console import Console

from muster.cli.probe import probe_document
from muster.cli.probe_summary import print_summary
from muster.measure import Closing, RequestOutcome, Sample, summarise_samples
from muster.probe import Opening, ProbePlan, ProbeRun, ProbeTarget
from tests.unit.muster.sample_builders import AWAY, answered_sample, failed_sample

PLAN = ProbePlan(run="r", targets=(ProbeTarget(ip="192.0.2.10"),))


def run(samples: Sequence[Sample], scheduled: int | None = None) -> ProbeRun:
    """A run of 4 s; without `scheduled` the prober was killed."""
    closing = None
    if scheduled is not None:
        closing = Closing(
            scheduled=scheduled, abandoned=0, unwritten=0, ended_s=14.0, cpu_s=0.1, reason="done"
        )
    return ProbeRun(
        opening=Opening(plan=PLAN, started_s=10.0, started_at=0.0, pid=1),
        samples=tuple(samples),
        sightings=(),
        closing=closing,
        torn=False,
    )


def printed(measured: ProbeRun) -> str:
    paper = io.StringIO()
    print_summary(
        measured,
        summarise_samples(measured.samples, closing=measured.closing),
        Console(file=paper, width=80),
    )
    assert all(len(line) <= 80 for line in paper.getvalue().splitlines())
    return paper.getvalue()


def test_good_answers_are_shown_by_region_with_their_latency() -> None:
    samples = [answered_sample(10.0, seq=0), answered_sample(11.0, AWAY, seq=1, took_s=0.1)]

    said = printed(run(samples, scheduled=2))

    assert said.startswith("2 requests in 4 s, 0 failed")
    assert "us-west-2 50 %" in said
    assert "p50 50 ms, p99 100 ms, largest 100 ms" in said
    assert "measurement  trusted" in said


def test_an_outage_is_shown_with_its_length_and_kinds() -> None:
    samples = [
        answered_sample(10.0, seq=0),
        failed_sample(11.0, RequestOutcome.RESET, seq=1),
        answered_sample(12.0, seq=2),
    ]

    said = printed(run(samples, scheduled=3))

    assert "1 failed" in said
    assert " 2.05 s" in said  # from the last good request to the end of the next good answer
    assert "failed       new: 1 x reset" in said


def test_nothing_answered_is_said() -> None:
    said = printed(run([failed_sample(10.0, seq=0, took_s=3.0)], scheduled=1))

    assert "answered by  nobody" in said
    assert "nothing was answered" in said
    assert "≥ 3 s" in said  # neither its beginning nor its end was seen


def test_a_measurement_that_can_not_be_trusted_is_said_with_the_reason() -> None:
    said = printed(run([answered_sample(10.0, seq=0)]))

    assert "measurement  not to be trusted" in said
    assert "no closing record" in " ".join(said.split())


def test_as_json_it_is_the_summary_with_the_plan() -> None:
    measured = run([answered_sample(10.0, seq=0)], scheduled=1)

    found = probe_document(measured, summarise_samples(measured.samples, closing=measured.closing))

    assert found["trusted"] is True
    assert found["rto_s"] == 0
    assert found["requests"] == 1
    assert found["plan"]
