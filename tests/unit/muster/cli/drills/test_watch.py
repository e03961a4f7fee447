"""Watching a drill of another process."""

import io
import json
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from common.drill_lease import ITEM_ID, DrillProgress
from common.files.file_lock import FileLock
from muster import codec
from muster.cli.drills.watch import follow_run
from muster.drill.journal.events import RunClosed, encode_line
from muster.drill.journal.run_folders import RESULT_FILE, RunFolder
from muster.drill.view.live_view import LiveView
from muster.drill.view.run_logs import PlainLog
from muster.drill.watch.follower import RunFollower
from tests.clocks import ManualClock
from tests.unit.muster.cli.builders import Capture, hold_lease
from tests.unit.muster.cli.command_line import CommandLine
from tests.unit.muster.report.sample_runs import (
    evacuation,
    interrupted_evacuation,
    region_loss,
)
from tests.unit.muster.report.staged_run import START_S, write_run_folder
from tests.unit.muster.sample_clock import NOW
from tests.unit.muster.sample_stack import FRANKFURT

HOLD = DrillProgress(phase="method", step="m2", does="hold for 60 s", folder="/ops/r1")


class ActingClock(ManualClock):
    """Does the next thing in each sleep."""

    def __init__(self, *acts: Callable[[], object]) -> None:
        super().__init__(START_S, epoch_s=NOW - START_S)
        self._acts = list(acts)

    def wait(self, seconds: float) -> None:
        super().wait(seconds)
        self._acts.pop(0)()


def at_work(folder: RunFolder) -> FileLock:
    """As if another process wrote the journal."""
    lock = FileLock.try_acquire(folder.journal)
    assert lock is not None
    return lock


async def test_a_run_is_shown_from_its_beginning_to_its_end(tmp_path: Path) -> None:
    folder = write_run_folder(region_loss(), tmp_path)
    texts = folder.journal.read_text().splitlines(keepends=True)
    folder.journal.write_text("".join(texts[:10]))
    lock, out = at_work(folder), io.StringIO()
    clock = ActingClock(lambda: folder.journal.write_text("".join(texts)))

    with lock, PlainLog(clock, out) as display:
        closed = await follow_run(RunFollower(folder), display, clock)

    assert closed is not None
    assert closed.status == "missed"
    assert out.getvalue().count("m1: inject region-kill of us-west-2") == 1
    assert "targets missed: RTO" in out.getvalue().splitlines()[-1]


async def test_the_first_picture_is_of_now(tmp_path: Path) -> None:
    """And not of what was known before the files were read."""
    folder = write_run_folder(interrupted_evacuation(), tmp_path)
    lock, out = at_work(folder), io.StringIO()
    clock = ActingClock(lock.close)
    follower = RunFollower(folder)
    console = Console(file=out, force_terminal=True, width=100, height=30)

    await follow_run(follower, LiveView(follower.state.plan, "RUN", clock, console), clock)

    assert "dial of us-west-2 to 0 %" in out.getvalue().split("╰")[0]
    assert "preflight" not in out.getvalue().split("╰")[0].replace("== preflight", "")
    assert " 0, 0 failed" not in out.getvalue()


async def test_the_watching_ends_when_the_drills_process_is_gone(tmp_path: Path) -> None:
    folder = write_run_folder(interrupted_evacuation(), tmp_path)
    lock, out = at_work(folder), io.StringIO()
    clock = ActingClock(lambda: None, lock.close)

    with PlainLog(clock, out) as display:
        closed = await follow_run(RunFollower(folder), display, clock)

    assert closed is None
    assert len(clock.slept) == 2


async def test_an_incomplete_run_that_is_taken_up_again_is_watched_on(tmp_path: Path) -> None:
    """Between the lock and its first line, the journal still ends as the last process left it."""
    folder = write_run_folder(interrupted_evacuation(), tmp_path)
    last = interrupted_evacuation().lines[-1]
    ends = [
        RunClosed(status="incomplete", exit_code=5, why="sick"),
        RunClosed(status="stopped", exit_code=4, why="SIGINT"),
    ]
    texts = [
        json.dumps(encode_line(replace(last, n=last.n + n, event=end))) + "\n"
        for n, end in enumerate(ends, start=1)
    ]
    journal = folder.journal.read_text()
    folder.journal.write_text(journal + texts[0])
    clock = ActingClock(lambda: folder.journal.write_text(journal + "".join(texts)))

    with at_work(folder), PlainLog(clock, io.StringIO()) as display:
        closed = await follow_run(RunFollower(folder), display, clock)

    assert closed == ends[1]


def test_the_run_that_is_at_work_is_watched_without_a_call_of_aws(
    on_twin: CommandLine, capsys: Capture
) -> None:
    write_run_folder(region_loss(), on_twin.folder / ".muster")
    folder = write_run_folder(evacuation(), on_twin.folder / ".muster")
    on_twin.aws.down.add(FRANKFURT)

    with at_work(folder):
        code, output, _ = on_twin.main("drill watch", capsys)

    assert code == 0
    assert f"run {folder.name} on the twin" in output
    assert "m9: wait 10 times the recent replication lag of us-west-2" in output


@pytest.mark.parametrize("run", ["", "2026-11-21T10-02-07-region"])
def test_the_watching_ends_with_the_drills_exit_code(
    on_twin: CommandLine, capsys: Capture, run: str
) -> None:
    folder = write_run_folder(region_loss(), on_twin.folder / ".muster")

    with at_work(folder):
        code, _, _ = on_twin.main(f"drill watch {run}", capsys)

    assert code == 1


def test_the_watching_ends_with_the_summary_that_the_drill_prints(
    on_twin: CommandLine, capsys: Capture
) -> None:
    folder = write_run_folder(region_loss(), on_twin.folder / ".muster")
    result = {"requests": 400, "failed": 17, "rto_s": 14.1, "rpo_s": 0.0, "rpo_items": 0}
    (folder.path / RESULT_FILE).write_text(json.dumps(result))

    _, output, _ = on_twin.main(f"drill watch {folder.name}", capsys)

    assert output.splitlines()[-6:] == [
        "",
        "  RTO          14.10 s",
        "  RPO          0.00 s, 0 items",
        "  requests     400, 17 failed (4.25 %)",
        f"records: {folder.path}",
        f"report:  muster report {folder.name}",
    ]


def test_a_run_without_a_process_names_the_ways_out(on_twin: CommandLine, capsys: Capture) -> None:
    folder = write_run_folder(interrupted_evacuation(), on_twin.folder / ".muster")

    code, _, errors = on_twin.main(f"drill watch {folder.name}", capsys)

    assert code == 5
    assert f"`muster drill rollback {folder.name}`" in errors


def test_machines_read_the_objects_of_the_drill_itself(
    on_twin: CommandLine, capsys: Capture
) -> None:
    folder = write_run_folder(evacuation(), on_twin.folder / ".muster")

    code, output, _ = on_twin.main(f"drill watch {folder.name} --json", capsys)

    documents = [json.loads(line) for line in output.splitlines()]
    assert code == 0
    assert [document["event"] for document in documents[:-1]] == ["entry"] * len(evacuation().lines)
    assert documents[-1]["event"] == "observed"
    assert documents[-2]["exit_code"] == 0


def test_a_drill_in_another_folder_of_this_machine_is_followed_there(
    on_twin: CommandLine, capsys: Capture
) -> None:
    folder = write_run_folder(evacuation(), on_twin.folder / "elsewhere")
    where = DrillProgress(folder=str(folder.path))
    hold_lease(on_twin, host=socket.gethostname(), progress=where)

    code, output, _ = on_twin.main("drill watch", capsys)

    assert code == 0
    assert "targets met" in output
    elsewhere = on_twin.folder / "elsewhere"
    assert output.splitlines()[-1] == f"report:  muster --runs {elsewhere} report {folder.name}"


def test_a_drill_of_another_machine_shows_what_its_lease_says(
    on_twin: CommandLine, capsys: Capture
) -> None:
    items = on_twin.aws.tables[FRANKFURT]
    back = DrillProgress(phase="method", step="m3", does="dial of us-west-2 to 100 %")

    def go_on() -> None:
        items[ITEM_ID] = {**items[ITEM_ID], "progress": {"S": codec.dumps(back)}}

    on_twin.aws.clock = ActingClock(lambda: None, go_on, items.clear)
    hold_lease(on_twin, progress=HOLD)

    code, output, errors = on_twin.main("drill watch", capsys)

    assert code == 1
    assert output.splitlines() == [
        "step m2: hold for 60 s",
        "step m3: dial of us-west-2 to 100 %",
    ]
    assert "r1 by ops is on laptop, in /ops/r1" in errors
    assert "r1 has ended" in errors


def test_the_watching_ends_when_another_drill_has_the_lease(
    on_twin: CommandLine, capsys: Capture
) -> None:
    items = on_twin.aws.tables[FRANKFURT]

    def next_drill() -> None:
        lease = items[ITEM_ID]["lease"]["S"].replace('"r1"', '"r2"')
        items[ITEM_ID] = {**items[ITEM_ID], "lease": {"S": lease}}

    on_twin.aws.clock = ActingClock(next_drill, items.clear)
    hold_lease(on_twin, progress=HOLD)

    code, output, errors = on_twin.main("drill watch", capsys)

    assert code == 1
    assert output == "step m2: hold for 60 s\n"
    assert "r1 has ended" in errors
    assert ITEM_ID in items  # the watching was over before the other drill


def test_machines_get_what_the_lease_says_as_an_object_a_line(
    on_twin: CommandLine, capsys: Capture
) -> None:
    items = on_twin.aws.tables[FRANKFURT]
    on_twin.aws.clock = ActingClock(items.clear)
    hold_lease(on_twin, progress=HOLD)

    code, output, _ = on_twin.main("drill watch --json", capsys)

    assert code == 1
    assert json.loads(output) == {
        "event": "lease",
        "run": "r1",
        "scenario": "evacuate",
        "by": "ops",
        "host": "laptop",
        "phase": "method",
        "step": "m2",
        "does": "hold for 60 s",
        "folder": "/ops/r1",
    }


def test_a_lease_that_expires_names_the_ways_out(on_twin: CommandLine, capsys: Capture) -> None:
    on_twin.aws.clock = ActingClock(lambda: on_twin.aws.clock.wait(90.0), lambda: None)
    hold_lease(on_twin, progress=HOLD)

    code, _, errors = on_twin.main("drill watch", capsys)

    assert code == 5
    assert "`muster drill rollback --from-lease`" in errors


def test_without_a_drill_there_is_nothing_to_watch(on_twin: CommandLine, capsys: Capture) -> None:
    code, _, errors = on_twin.main("drill watch", capsys)

    assert code == 2
    assert "no drill is under way" in errors


def test_a_name_that_is_no_runs_is_refused(on_twin: CommandLine, capsys: Capture) -> None:
    hold_lease(on_twin, progress=HOLD)

    code, _, errors = on_twin.main("drill watch 2026", capsys)

    assert code == 2
    assert "2026: there is no such run" in errors


def test_a_drill_that_was_left_or_can_not_be_read_is_told(
    on_twin: CommandLine, capsys: Capture
) -> None:
    hold_lease(on_twin, left_s=-5.0)
    code, _, errors = on_twin.main("drill watch", capsys)
    assert (code, "a drill was left unfinished: r1" in errors) == (2, True)

    on_twin.aws.down |= set(on_twin.aws.tables)
    code, _, errors = on_twin.main("drill watch", capsys)
    assert (code, "whether a drill is under way is not known" in errors) == (2, True)
