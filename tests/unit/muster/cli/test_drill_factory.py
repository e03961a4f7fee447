"""A drill put together as the command line does it, over AWS as far as it is called."""

import asyncio
import os
import signal
from pathlib import Path

from muster.cli.drill_factory import handle_signals
from muster.drill.journal.events import RunClosed
from muster.drill.journal.run_folders import RESULT_FILE, RunFolder
from tests.unit.muster.cli.command_line import CommandLine
from tests.unit.muster.cli.levers_drill import RUN, NoteRecorder, run_levers_drill
from tests.unit.muster.fake_aws import FakeAws
from tests.unit.muster.sample_stack import FRANKFURT, OREGON


def on_aws(tmp_path: Path) -> CommandLine:
    templates = {"replication_pause_templates": {OREGON: "EXT1"}}
    return CommandLine(tmp_path, aws=FakeAws(deploying_s=0), changes=templates)


def test_a_drill_pulls_every_lever_of_aws_and_puts_everything_back(tmp_path: Path) -> None:
    where = on_aws(tmp_path)

    closed = asyncio.run(run_levers_drill(where, NoteRecorder()))

    assert (closed.status, closed.exit_code) == ("met", 0), closed.why
    assert where.aws.dials == {FRANKFURT: 100.0, OREGON: 100.0}
    assert where.aws.reserved == {FRANKFURT: None, OREGON: None}
    assert set(where.aws.experiments.values()) == {"stopped"}
    assert where.aws.tables[FRANKFURT].keys() == {f"health#{OREGON}"}
    assert RunFolder(tmp_path / RUN).state().finished


def test_a_result_that_can_not_be_written_does_not_keep_the_lease(tmp_path: Path) -> None:
    where, told = on_aws(tmp_path), NoteRecorder()
    (tmp_path / RUN / RESULT_FILE).mkdir(parents=True)

    closed = asyncio.run(run_levers_drill(where, told))

    assert closed.status == "met", closed.why
    assert "drill#lease" not in where.aws.tables[FRANKFURT]
    assert any("can't be written" in note for note in told.notes)


def test_a_signal_that_comes_before_anybody_watches_leaves_no_run_without_its_end(
    tmp_path: Path,
) -> None:
    where, told = on_aws(tmp_path), NoteRecorder()

    async def signalled() -> RunClosed:
        with handle_signals() as ear:
            os.kill(os.getpid(), signal.SIGINT)
            return await run_levers_drill(where, told, ear.stop)

    closed = asyncio.run(signalled())

    assert (closed.status, closed.exit_code) == ("stopped", 4)
    assert where.aws.dials == {FRANKFURT: 100.0, OREGON: 100.0}
    assert RunFolder(tmp_path / RUN).state().finished


def test_whoever_watches_is_told_of_each_signal(tmp_path: Path) -> None:
    told = NoteRecorder()

    async def thrice() -> None:
        with handle_signals() as ear:
            ear.listener = told
            for _ in range(2):
                ear.on_signal(signal.SIGTERM)
            await run_levers_drill(on_aws(tmp_path), NoteRecorder(), ear.stop)
            ear.on_signal(signal.SIGINT)

    asyncio.run(thrice())

    assert told.notes == [
        "SIGTERM: stopping, and rolling back",
        "SIGTERM: the rollback stops waiting",
        "SIGINT: the drill is over; only its result is still to be written",
    ]
