"""A run's command line."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from muster.ci.files import CiFiles
from muster.cli.drills.drill_factory import SignalHandler
from muster.cli.drills.drill_run import RunTask, execute_run, write_ci_files
from muster.cli.drills.requests import RunOptions
from muster.drill.journal.events import RunClosed
from muster.drill.journal.run_folders import RunFolder
from muster.drill.plan.changes import DrillBaseline
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
from tests.unit.muster.report.sample_runs import refused_evacuation
from tests.unit.muster.report.staged_run import write_run_folder
from tests.unit.muster.sample_stack import OREGON

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


def test_a_plan_that_overrides_a_lease_begins_where_the_other_drill_puts_the_dials_back(
    on_twin: CommandLine, capsys: Capture
) -> None:
    on_twin.aws.dials[OREGON] = 0.0
    hold_lease(on_twin, found=DrillBaseline(dials={OREGON: 100.0}))

    forced = on_twin.main("drill plan evacuate --region us-west-2 --force lease", capsys)[1]

    assert "dial of us-west-2 to 50 %" in forced


@pytest.mark.parametrize("action", ["resume", "rollback"])
def test_a_run_is_not_continued_on_another_stack_than_its_own(
    on_aws: CommandLine, action: str, capsys: Capture
) -> None:
    run = leave_run(on_aws, target="AWS, account 210987654321")
    on_aws.aws.calls.clear()

    code, _, errors = on_aws.main(f"drill {action} --yes", capsys)

    assert code == 2
    assert f"run {run} was on AWS, account 210987654321, but this is AWS, account 123" in errors
    assert "name the other stack (--outputs, --stack)" in errors
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
    assert "(its lease expires in 60 s unless it is renewed) may still be running: " in errors


def test_a_lease_that_a_region_may_still_have_is_an_incomplete_rollback(
    on_aws: CommandLine, capsys: Capture
) -> None:
    leave_run(on_aws, FINISHED)
    on_aws.aws.down = {OREGON}

    code, _, errors = on_aws.main("drill rollback --from-lease --yes", capsys)

    assert code == 5
    assert errors.endswith("a Region could not be reached: the lease may still be there\n")


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
