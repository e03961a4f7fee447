"""Finding the run to roll back where its records are elsewhere."""

import asyncio
import io
import shutil
import socket

import pytest

from common.drill_lease import DrillProgress
from common.files.file_lock import FileLock
from muster.cli.drills.recovery import LeftBehind, find_unfinished
from muster.drill.journal.run_folders import RunFolder
from muster.errors import LeaseHeld, UnknownRun
from tests.unit.muster.cli.builders import Capture, hold_lease
from tests.unit.muster.cli.command_line import CommandLine
from tests.unit.muster.report.sample_runs import interrupted_evacuation
from tests.unit.muster.report.staged_run import write_run_folder

ELSEWHERE = DrillProgress(phase="method", folder="/home/ops/.muster/r1")


def find(where: CommandLine, name: str | None = None) -> RunFolder | LeftBehind:
    return asyncio.run(find_unfinished(where.context().open_deployment(), name))


def leave_elsewhere(where: CommandLine, left_s: float = 10.0) -> RunFolder:
    """The folder of a killed run, which is not the one that a command looks in."""
    folder = write_run_folder(interrupted_evacuation(), where.folder / "elsewhere")
    progress = DrillProgress(folder=str(folder.path))
    hold_lease(where, left_s, host=socket.gethostname(), progress=progress)
    return folder


def test_a_run_here_needs_no_lease(on_twin: CommandLine) -> None:
    folder = write_run_folder(interrupted_evacuation(), on_twin.folder / ".muster")
    hold_lease(on_twin, progress=ELSEWHERE)

    assert find(on_twin) == folder


@pytest.mark.parametrize("line", ["rollback", "resume", "rollback NAME", "rollback --from-lease"])
def test_a_run_that_is_at_work_is_left_alone(
    on_twin: CommandLine, line: str, capsys: Capture
) -> None:
    folder = write_run_folder(interrupted_evacuation(), on_twin.folder / ".muster")
    hold_lease(on_twin, run=folder.name, host=socket.gethostname())
    lock = FileLock.try_acquire(folder.journal)
    assert lock is not None

    with lock:
        code, _, errors = on_twin.main(f"drill {line.replace('NAME', folder.name)}", capsys)

    assert code == 3
    assert errors.startswith(f"muster: run {folder.name} is under way: ")
    assert "wait for its end, or stop it there; watch it: `muster drill watch`" in errors


def test_the_newest_unfinished_run_is_taken_unless_one_is_named(on_twin: CommandLine) -> None:
    newest = write_run_folder(interrupted_evacuation(), on_twin.folder / ".muster")
    older = RunFolder(newest.path.with_name("2026-11-20T10-00-00-evacuate"))
    shutil.copytree(newest.path, older.path)

    assert find(on_twin) == newest
    assert find(on_twin, "2026-11-20") == older


def test_where_the_run_was_found_is_told(on_twin: CommandLine, capsys: Capture) -> None:
    folder = leave_elsewhere(on_twin)

    find(on_twin)

    assert f"the run is in {folder.path}" in capsys.readouterr().err


def test_a_lease_of_an_older_tool_names_no_place(on_twin: CommandLine) -> None:
    hold_lease(on_twin, left_s=-5.0)

    found = find(on_twin)

    assert isinstance(found, LeftBehind)
    assert "Its records" not in found.words


@pytest.mark.parametrize("left_s", [10.0, -5.0])
@pytest.mark.parametrize("name", [None, "r1"])
def test_a_killed_run_in_another_folder_of_this_machine_is_taken_from_there(
    on_twin: CommandLine, name: str | None, left_s: float
) -> None:
    folder = leave_elsewhere(on_twin, left_s)

    assert find(on_twin, name) == folder


def test_records_of_this_machine_that_are_gone_are_called_gone(on_twin: CommandLine) -> None:
    folder = leave_elsewhere(on_twin, left_s=-5.0)
    shutil.rmtree(folder.path)

    found = find(on_twin)

    assert isinstance(found, LeftBehind)
    assert f"Its records were in {folder.path}, and are not there any more" in found.words


def test_a_run_in_another_folder_that_is_at_work_is_left_alone(on_twin: CommandLine) -> None:
    folder = leave_elsewhere(on_twin)
    lock = FileLock.try_acquire(folder.journal)
    assert lock is not None

    with lock, pytest.raises(LeaseHeld, match="a process of this machine is at work on it"):
        find(on_twin)


def test_a_run_of_another_machine_is_named_with_its_place(on_twin: CommandLine) -> None:
    hold_lease(on_twin, left_s=-5.0, progress=ELSEWHERE)

    found = find(on_twin)

    assert isinstance(found, LeftBehind)
    assert "a drill was left unfinished: r1" in found.words
    assert "in /home/ops/.muster/r1 on laptop" in found.words
    assert "`muster drill rollback --from-lease`" in found.words


def test_a_folder_of_the_same_name_on_another_machine_is_not_taken(on_twin: CommandLine) -> None:
    folder = write_run_folder(interrupted_evacuation(), on_twin.folder / "elsewhere")
    hold_lease(on_twin, left_s=-5.0, progress=DrillProgress(folder=str(folder.path)))

    assert isinstance(find(on_twin), LeftBehind)


def test_a_drill_that_may_be_under_way_elsewhere_is_not_rolled_back(on_twin: CommandLine) -> None:
    hold_lease(on_twin, progress=ELSEWHERE)

    with pytest.raises(UnknownRun, match=r"in /home/ops/.muster/r1 on laptop"):
        find(on_twin)


@pytest.mark.parametrize("name", [None, "nosuch"])
def test_without_a_fitting_lease_there_is_no_run(on_twin: CommandLine, name: str | None) -> None:
    if name:
        hold_lease(on_twin, left_s=-5.0, progress=ELSEWHERE)

    with pytest.raises(UnknownRun, match=r"muster drill history$"):
        find(on_twin, name)


def test_a_lease_that_can_not_be_read_may_be_there(on_twin: CommandLine) -> None:
    on_twin.aws.down |= set(on_twin.aws.tables)

    with pytest.raises(UnknownRun, match="Whether a drill has left its lease is not known"):
        find(on_twin)


@pytest.mark.parametrize(("answer", "code", "lease_stays"), [("y\n", 0, False), ("n\n", 2, True)])
def test_on_a_terminal_the_rollback_from_the_lease_is_offered(
    on_twin: CommandLine,
    answer: str,
    code: int,
    lease_stays: bool,
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hold_lease(on_twin, left_s=-5.0, progress=ELSEWHERE)
    on_twin.interactive = True
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))

    ended, _, errors = on_twin.main("drill rollback", capsys)

    assert ended == code
    assert "Restore its baseline from the lease? [y/N]" in errors
    assert any(on_twin.aws.tables.values()) == lease_stays


@pytest.mark.parametrize("line", ["drill rollback", "drill resume"])
def test_without_a_terminal_the_command_is_named(
    on_twin: CommandLine, line: str, capsys: Capture
) -> None:
    hold_lease(on_twin, left_s=-5.0, progress=ELSEWHERE)
    on_twin.interactive = line.endswith("resume")

    code, _, errors = on_twin.main(line, capsys)

    assert code == 2
    assert "`muster drill rollback --from-lease`" in errors
