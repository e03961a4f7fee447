"""`muster probe`: its text and its JSON document."""

import io
from collections.abc import Sequence

import click
import pytest
from rich.console import Console

from muster.cli.probe import choose_exit_code, print_summary, probe, probe_document
from muster.measure import Closing, Cohort, RequestOutcome, Sample, summarise_samples
from muster.probe import Opening, ProbePlan, ProbeRun, ProbeTarget
from tests.ordinary_user import as_ordinary_user
from tests.unit.muster.cli.builders import Capture
from tests.unit.muster.cli.command_line import CommandLine
from tests.unit.muster.sample_builders import AWAY, answered_sample, failed_sample

PLAN = ProbePlan(run="r", targets=(ProbeTarget(ip="192.0.2.10"),))


def make_run(samples: Sequence[Sample], scheduled: int | None = None) -> ProbeRun:
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


def print_to_text(run: ProbeRun) -> str:
    buffer = io.StringIO()
    print_summary(
        run,
        summarise_samples(run.samples, closing=run.closing),
        Console(file=buffer, width=80),
    )
    assert all(len(line) <= 80 for line in buffer.getvalue().splitlines())
    return buffer.getvalue()


def test_good_answers_are_shown_by_region_with_their_latency() -> None:
    samples = [answered_sample(10.0, seq=0), answered_sample(11.0, AWAY, seq=1, took_s=0.1)]

    output = print_to_text(make_run(samples, scheduled=2))

    assert output.startswith("2 requests in 4 s, 0 failed")
    assert "us-west-2 50 %" in output
    assert "p50 50 ms, p99 100 ms, largest 100 ms" in output
    assert "measurement  trusted" in output


def test_an_outage_is_shown_with_its_length_and_kinds() -> None:
    samples = [
        answered_sample(10.0, seq=0),
        failed_sample(11.0, RequestOutcome.RESET, seq=1),
        answered_sample(12.0, seq=2),
    ]

    output = print_to_text(make_run(samples, scheduled=3))

    assert "1 failed" in output
    assert " 2.05 s" in output  # from the last good request to the end of the next good answer
    assert "failed       new: 1 x reset" in output


def test_the_table_has_every_cohort_so_that_its_rows_add_up_to_all_requests() -> None:
    samples = [
        answered_sample(10.0, seq=0),
        answered_sample(10.1, seq=1, cohort=Cohort.KEEPALIVE),
        failed_sample(10.2, RequestOutcome.RESET, seq=2, cohort=Cohort.KEEPALIVE),
        answered_sample(10.3, seq=3, cohort=Cohort.WRITE_READ),
    ]

    output = print_to_text(make_run(samples, scheduled=4))

    assert output.startswith("4 requests in 4 s, 1 failed")
    rows = {" ".join(line.split()) for line in output.splitlines()}
    assert "new connections from Portland 1 0 0 -" in rows
    assert "kept connections 2 1 - -" in rows
    assert "writes, and readings of them 1 0 - -" in rows


def test_a_run_without_answers_says_so() -> None:
    output = print_to_text(make_run([failed_sample(10.0, seq=0, took_s=3.0)], scheduled=1))

    assert "answered by  nobody" in output
    assert "nothing was answered" in output
    assert "≥ 3 s" in output  # neither its beginning nor its end was seen


def test_an_untrusted_measurement_is_printed_with_its_reason() -> None:
    output = print_to_text(make_run([answered_sample(10.0, seq=0)]))

    assert "measurement  not reliable (lost)" in output
    assert "no closing record" in " ".join(output.split())


@pytest.mark.parametrize(
    ("scheduled", "require_trusted", "code"),
    [(1, False, 0), (1, True, 0), (None, False, 1), (None, True, 6)],
)
def test_an_untrusted_measurement_has_another_exit_code_where_trust_is_required(
    scheduled: int | None, require_trusted: bool, code: int
) -> None:
    run = make_run([answered_sample(10.0, seq=0)], scheduled)
    summary = summarise_samples(run.samples, closing=run.closing)

    assert choose_exit_code(summary, require_trusted=require_trusted) == code


def test_the_json_document_has_the_summary_and_the_plan() -> None:
    run = make_run([answered_sample(10.0, seq=0)], scheduled=1)

    document = probe_document(run, summarise_samples(run.samples, closing=run.closing))

    assert document["trusted"] is True
    assert document["rto_s"] == 0
    assert document["requests"] == 1
    assert document["plan"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("--rate -1", "'--rate': '-1' is not a number above 0 and at most 2000"),
        ("--rate nan", "'--rate': 'nan' is not a number above 0"),
        ("--rate 2001", "'--rate': '2001' is not a number above 0"),
        ("--path foo", "'--path': 'foo' is not a path of visible ASCII characters, beginning with"),
        ("--for 170h", "'--for': '170h' is not a length of time from 0 to 7 days"),
        ("--out nowhere/x", "'--out': there is no folder nowhere: make it first"),
        ("--out {folder}/out.json", "/out.json is there already; give each run a file of its own"),
    ],
)
def test_a_wrong_option_is_named_before_anything_is_called(
    on_twin: CommandLine, capsys: Capture, options: str, words: str
) -> None:
    code, output, errors = on_twin.main(f"probe {options.format(folder=on_twin.folder)}", capsys)

    assert (code, output) == (2, "")
    assert errors.startswith("Usage: muster probe")
    assert words in errors
    assert on_twin.aws.calls == []


def test_samples_in_a_folder_that_the_user_may_not_change_are_refused() -> None:
    with as_ordinary_user(), pytest.raises(click.BadParameter, match="can't make a file in /"):
        probe.make_context("probe", ["--out", "/samples.jsonl"])
