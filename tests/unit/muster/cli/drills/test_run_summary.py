"""What a user reads after a run."""

from pathlib import Path

import pytest

from muster.cli.drills.run_summary import (
    format_rows,
    muster_command,
    print_summary,
    summary_rows,
)
from muster.config import read_settings
from muster.drill.journal.events import RunClosed
from muster.drill.journal.run_folders import RunFolder
from tests.unit.muster.drill.pseudo_terminal import run_until_hangup


def test_failed_requests_are_shown_with_share_and_cohort() -> None:
    failures = {"new": {}, "keepalive": {"busy": 12, "reset": 4}, "write-read": {"status 503": 1}}
    result = {"requests": 24000, "failed": 17, "summary": {"failures": failures}}

    assert summary_rows(result)[2:] == [
        ("requests", "24000, 17 failed (0.07 %)"),
        ("", "keepalive: 12 x busy, 4 x reset"),
        ("", "write-read: 1 x status 503"),
    ]


def test_a_value_goes_on_below_its_begin_in_a_narrow_terminal() -> None:
    rows = [("DNS", "new connections: out for 3.40 s, until the Region was back"), ("", "x")]

    assert list(format_rows(rows, 50)) == [
        "  DNS          new connections: out for 3.40 s,",
        "               until the Region was back",
        "               x",
    ]


def test_a_run_without_failures_shows_no_kinds() -> None:
    result = {"requests": 400, "failed": 0, "rto_s": 0.0, "summary": {"failures": {"new": {}}}}

    assert summary_rows(result) == [
        ("RTO", "0.00 s"),
        ("RPO", "not measured"),
        ("requests", "400, 0 failed"),
    ]


def test_a_shell_without_the_command_is_told_how_to_get_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    closed = RunClosed(status="incomplete", exit_code=5, why="the twin is gone")

    print_summary(RunFolder(tmp_path / "run"), closed, "muster")
    plain = capsys.readouterr()
    print_summary(RunFolder(tmp_path / "run"), closed, "muster", has_command=False)
    lost = capsys.readouterr()

    assert plain.err == "go on:   muster drill rollback run\n"
    assert plain.out == f"\nrecords: {tmp_path}/run\nreport:  muster report run\n"
    assert lost.err.startswith("`muster` is not on PATH here: `source .twin/env` puts it there")


def test_a_run_that_is_over_needs_no_rollback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    print_summary(
        RunFolder(tmp_path / "run"), RunClosed(status="met", exit_code=0, why=""), "muster"
    )

    assert capsys.readouterr().err == ""


def test_an_outage_that_the_measurement_did_not_see_the_end_of_is_a_lower_bound() -> None:
    new = {"cohort": "new", "rto_s": 3.4, "ended": False, "seen_end": False}
    doors = [{"door": "accelerator", "clients": [new]}, {"door": "dns", "clients": []}]

    rows = summary_rows({"rto_s": 3.4, "rto_at_least": True, "summary": {"doors": doors}})

    assert rows[0] == ("RTO", "at least 3.40 s")
    assert rows[2][1] == "new connections: out for at least 3.40 s: its end was not seen"


def test_an_outage_that_the_rollback_has_ended_is_a_lower_bound() -> None:
    new = {"cohort": "new", "rto_s": 4.6, "ended": False, "cut_short": True}
    doors = [{"door": "accelerator", "clients": [new]}, {"door": "dns", "clients": []}]

    rows = summary_rows({"rto_s": 4.6, "rto_at_least": True, "summary": {"doors": doors}})

    assert rows[0] == ("RTO", "at least 4.60 s")
    assert rows[2][1] == "new connections: out for at least 4.60 s: the rollback ended it"


def test_a_run_that_has_changed_nothing_has_no_numbers() -> None:
    rows = summary_rows({"requests": 18, "failed": 0, "unchanged": True})

    assert rows[0] == ("RTO", "not measured: nothing was changed")


def test_numbers_that_somebody_has_spoilt_are_called_void() -> None:
    result = {"requests": 400, "failed": 0, "void": "the dial ...", "doubts": ["the dial ..."]}

    assert summary_rows(result) == [
        ("RTO", "void"),
        ("RPO", "void"),
        ("requests", "400, 0 failed, before the interference"),
        ("doubt", "the dial ..."),
    ]


def test_two_doors_are_shown_with_the_outage_of_each_kind_of_client() -> None:
    new = {"cohort": "new", "rto_s": 12.7, "ended": True}
    ttl = {"cohort": "dns-ttl", "rto_s": 84.0, "ended": True}
    jvm = {"cohort": "dns-jvm", "rto_s": 300.0, "ended": False}
    pool = {"cohort": "dns-pool", "rto_s": 0.0, "ended": True}
    doors = [
        {"door": "accelerator", "clients": [new]},
        {"door": "dns", "clients": [ttl, jvm, pool]},
    ]

    assert summary_rows({"summary": {"doors": doors}})[2:-1] == [
        ("accelerator", "new connections: out for 12.70 s"),
        ("DNS", "honours the TTL (curl, Python): out for 84.00 s"),
        ("", "never asks again (some JVMs): out for 300.00 s, until the Region was back"),
        ("", "kept connections (an SDK's pool): no outage"),
    ]
    assert len(summary_rows({"summary": {"doors": doors[:1]}})) == 3


def test_the_times_of_people_are_shown_where_they_have_told_them() -> None:
    people = {"notice_s": 42.0, "decide_s": 70.0}

    assert summary_rows({"people": people})[3:] == [
        ("noticed", "42 s after the cause"),
        ("decided", "70 s after that"),
    ]
    assert summary_rows({"people": {"notice_s": 42.0}})[3:] == [("noticed", "42 s after the cause")]
    assert summary_rows({"people": {}})[3:] == []


def test_each_surviving_region_has_its_own_recovery_point() -> None:
    regions = [{"region": "a", "rpo_s": 1.5, "missing_items": 2}, {"region": "b"}]
    result = {
        "rpo_s": 1.5,
        "rpo_items": 2,
        "summary": {"recovery": {"regions": regions}},
        "doubts": ["b was mute"],
    }

    assert summary_rows(result)[1:] == [
        ("RPO", "1.50 s, 2 items"),
        ("", "in a 1.50 s, 2 items"),
        ("", "in b not measured"),
        ("requests", "0, 0 failed"),
        ("doubt", "b was mute"),
    ]


@pytest.mark.parametrize(
    ("flags", "environ", "command"),
    [
        ({}, {}, "muster"),
        ({}, {"MUSTER_RUNS": "kept"}, "muster"),  # the next call has it too
        ({"runs": "kept here"}, {}, "muster --runs '/desk/kept here'"),
    ],
)
def test_printed_commands_find_the_run_again(
    flags: dict[str, object], environ: dict[str, str], command: str
) -> None:
    assert muster_command(read_settings(flags, environ=environ, folder=Path("/desk"))) == command


def test_the_printed_command_of_a_run_elsewhere_names_its_folder() -> None:
    settings = read_settings({}, environ={}, folder=Path("/desk"))

    assert muster_command(settings, RunFolder(settings.runs / "run")) == "muster"
    assert muster_command(settings, RunFolder(Path("/else where/run"))) == (
        "muster --runs '/else where'"
    )


CLOSED = """
import signal, sys
from muster.cli.drills.run_summary import ignoring_closed_output
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
print("ready", flush=True)
signal.sigwait({signal.SIGHUP})
with ignoring_closed_output():
    print("records: here")
    print("go on: so", file=sys.stderr)
sys.exit(4)
"""


def test_a_closed_terminal_does_not_change_the_exit_code() -> None:
    assert run_until_hangup(CLOSED, "ready\r\n") == 4
