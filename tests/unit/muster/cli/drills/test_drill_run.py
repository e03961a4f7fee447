"""A run's command line, and what is printed after it."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from muster.ci.files import CiFiles
from muster.cli.drills.drill_factory import SignalHandler, muster_command
from muster.cli.drills.drill_run import RunTask, execute_run, summary_rows, write_ci_files
from muster.cli.drills.requests import RunOptions
from muster.config import read_settings
from muster.drill.journal.events import RunClosed
from muster.drill.journal.run_folders import RunFolder
from muster.drill.run.runner import DrillRunner
from tests.unit.muster.cli.builders import Capture, changing_calls, hold_lease
from tests.unit.muster.cli.command_line import CommandLine
from tests.unit.muster.cli.drills.left_runs import leave_run
from tests.unit.muster.cli.drills.levers_drill import (
    RUN,
    begin_levers_run,
    make_levers_command_line,
    open_deployment,
)
from tests.unit.muster.drill.pseudo_terminal import run_until_hangup
from tests.unit.muster.report.sample_runs import refused_evacuation
from tests.unit.muster.report.staged_run import write_run_folder
from tests.unit.muster.sample_stack import OREGON


def test_failed_requests_are_shown_with_share_and_cohort() -> None:
    failures = {"new": {}, "keepalive": {"busy": 12, "reset": 4}, "write-read": {"status 503": 1}}
    result = {"requests": 24000, "failed": 17, "summary": {"failures": failures}}

    assert summary_rows(result)[2:] == [
        ("requests", "24000, 17 failed (0.07 %)"),
        ("", "keepalive: 12 x busy, 4 x reset"),
        ("", "write-read: 1 x status 503"),
    ]


def test_a_run_without_failures_shows_no_kinds() -> None:
    result = {"requests": 400, "failed": 0, "rto_s": 0.0, "summary": {"failures": {"new": {}}}}

    assert summary_rows(result) == [
        ("RTO", "0.00 s"),
        ("RPO", "not measured"),
        ("requests", "400, 0 failed"),
    ]


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
        ("requests", "400, 0 failed"),
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


FINISHED = RunClosed(status="met", exit_code=0, why="all well")
LEAVE: dict[str, Callable[[CommandLine], object]] = {
    "drill run evacuate --region us-west-2": lambda _where: None,
    "drill resume": leave_run,
    "drill rollback": leave_run,
    "drill rollback --from-lease": lambda where: leave_run(where, FINISHED),
    "drill rollback --from-lease --plain": lambda where: hold_lease(where, left_s=-5.0),
}
"""What changes the system, and what must have been left for it."""


@pytest.mark.parametrize("line", LEAVE)
def test_credentials_of_another_account_change_nothing(
    on_aws: CommandLine, line: str, capsys: Capture
) -> None:
    LEAVE[line](on_aws)
    on_aws.aws.account = "210987654321"
    on_aws.aws.calls.clear()

    code, _, errors = on_aws.main(f"{line} --yes", capsys)

    assert (code, "of account 210987654321" in errors) == (2, True), errors
    assert changing_calls(on_aws) == []


@pytest.mark.parametrize("line", LEAVE)
def test_aws_is_changed_only_after_a_confirmation(
    on_aws: CommandLine, line: str, capsys: Capture
) -> None:
    LEAVE[line](on_aws)
    on_aws.aws.calls.clear()

    code, _, errors = on_aws.main(line, capsys)

    assert (code, "give --yes" in errors) == (2, True), errors
    assert changing_calls(on_aws) == []


@pytest.mark.parametrize("action", ["resume", "rollback"])
def test_a_run_is_not_continued_on_another_stack_than_its_own(
    on_aws: CommandLine, action: str, capsys: Capture
) -> None:
    run = leave_run(on_aws, target="AWS, account 210987654321")
    on_aws.aws.calls.clear()

    code, _, errors = on_aws.main(f"drill {action} --yes", capsys)

    assert code == 2
    assert f"run {run} was on AWS, account 210987654321, but this is AWS, account 123" in errors
    assert changing_calls(on_aws) == []


def test_a_lease_that_has_not_expired_is_rolled_back_only_if_that_is_meant(
    on_aws: CommandLine, capsys: Capture
) -> None:
    hold_lease(on_aws, left_s=60.0)
    on_aws.aws.calls.clear()
    line = "drill rollback --from-lease --yes"

    refused, _, errors = on_aws.main(line, capsys)
    untouched = changing_calls(on_aws) == []
    forced, _, _ = on_aws.main(f"{line} --force lease", capsys)

    assert (refused, untouched, forced) == (3, True, 0)
    assert "r1 by ops on laptop (expires in 60 s) may still be running: " in errors


def test_a_lease_that_a_region_may_still_have_is_an_incomplete_rollback(
    on_aws: CommandLine, capsys: Capture
) -> None:
    leave_run(on_aws, FINISHED)
    on_aws.aws.down = {OREGON}

    code, _, errors = on_aws.main("drill rollback --from-lease --yes", capsys)

    assert code == 5
    assert errors.endswith("a Region could not be reached: the lease may still be there\n")


CLOSED = """
import signal, sys
from muster.cli.drills.drill_run import ignoring_closed_output
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


@pytest.mark.parametrize("action", [DrillRunner.run, DrillRunner.resume])
async def test_trusted_numbers_are_required_of_a_new_and_of_a_resumed_run(
    action: Callable[[DrillRunner], Coroutine[Any, Any, RunClosed]],
    tmp_path: Path,
    capsys: Capture,
) -> None:
    """The run sends no probes, so it has no numbers."""
    command_line = make_levers_command_line(tmp_path)
    options = RunOptions(plain=True, require_trusted=True)

    with await begin_levers_run(command_line) as journal:
        code = await execute_run(
            open_deployment(command_line),
            RunFolder(tmp_path / RUN),
            journal,
            options,
            RunTask(action=action),
            SignalHandler(),
        )

    assert code == 6
    assert f"report:  muster report {RUN}" in capsys.readouterr().out


def test_the_files_for_ci_are_written_from_the_runs_folder(tmp_path: Path) -> None:
    folder = write_run_folder(refused_evacuation(), tmp_path)

    write_ci_files(folder, CiFiles(markdown=tmp_path / "drill.md"))

    assert f"Run `{folder.name}`" in (tmp_path / "drill.md").read_text()


def test_a_file_for_ci_that_can_not_be_written_is_told_and_raises_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_run_folder(refused_evacuation(), tmp_path)
    (tmp_path / "drill.md").mkdir()  # since the drill began

    write_ci_files(folder, CiFiles(markdown=tmp_path / "drill.md"))

    assert capsys.readouterr().err.startswith("! ")
