"""A DrillRunner made as the command line makes it, over the fake AWS."""

import asyncio
import json
import os
import signal
from pathlib import Path

from common.command.build_version import build_version
from muster import __version__
from muster.cli.drills.drill_factory import handle_signals
from muster.drill.journal.events import RunClosed
from muster.drill.journal.run_folders import ENVIRONMENT_FILE, RESULT_FILE, RunFolder
from tests.unit.muster.cli.drills.levers_drill import (
    RUN,
    NoteRecorder,
    make_levers_command_line,
    run_levers_drill,
)
from tests.unit.muster.sample_stack import FRANKFURT, OREGON


def test_a_drill_uses_every_lever_of_aws_and_restores_the_baseline(tmp_path: Path) -> None:
    command_line = make_levers_command_line(tmp_path)

    closed = asyncio.run(run_levers_drill(command_line, NoteRecorder()))

    assert (closed.status, closed.exit_code) == ("met", 0), closed.why
    assert command_line.aws.dials == {FRANKFURT: 100.0, OREGON: 100.0}
    assert command_line.aws.reserved == {FRANKFURT: None, OREGON: None}
    assert set(command_line.aws.experiments.values()) == {"stopped"}
    assert command_line.aws.tables[FRANKFURT].keys() == {f"health#{OREGON}"}
    assert RunFolder(tmp_path / RUN).read_state().finished


def test_a_drill_that_measured_nothing_fails_where_trusted_numbers_are_required(
    tmp_path: Path,
) -> None:
    closed = asyncio.run(
        run_levers_drill(make_levers_command_line(tmp_path), NoteRecorder(), require_trusted=True)
    )

    assert (closed.exit_code, closed.reliable) == (6, False)
    assert closed.why.startswith("measurement not reliable (lost): nothing was probed")
    result = RunFolder(tmp_path / RUN).read_result()
    assert result is not None
    assert (result["exit_code"], result["trusted"]) == (6, False)


def test_a_run_records_the_build_that_made_it(tmp_path: Path) -> None:
    asyncio.run(run_levers_drill(make_levers_command_line(tmp_path), NoteRecorder()))

    build = build_version("muster", __version__)
    assert RunFolder(tmp_path / RUN).read_state().opened.version == build
    environment = json.loads((tmp_path / RUN / ENVIRONMENT_FILE).read_text())
    assert environment["muster"] == build


def test_the_lease_is_removed_though_the_result_can_not_be_written(tmp_path: Path) -> None:
    command_line, recorder = make_levers_command_line(tmp_path), NoteRecorder()
    (tmp_path / RUN / RESULT_FILE).mkdir(parents=True)

    closed = asyncio.run(run_levers_drill(command_line, recorder))

    assert closed.status == "met", closed.why
    assert command_line.aws.made("GetAlias")  # who deploys a function is noticed
    assert "drill#lease" not in command_line.aws.tables[FRANKFURT]
    assert any("can't be written" in note for note in recorder.notes)


def test_a_signal_before_the_run_starts_still_ends_with_a_rollback(
    tmp_path: Path,
) -> None:
    command_line, recorder = make_levers_command_line(tmp_path), NoteRecorder()

    async def run_interrupted() -> RunClosed:
        with handle_signals() as handler:
            os.kill(os.getpid(), signal.SIGINT)
            return await run_levers_drill(command_line, recorder, handler.stop)

    closed = asyncio.run(run_interrupted())

    assert (closed.status, closed.exit_code) == ("stopped", 4)
    assert command_line.aws.dials == {FRANKFURT: 100.0, OREGON: 100.0}
    assert RunFolder(tmp_path / RUN).read_state().finished


def test_the_listener_gets_a_note_for_each_signal(tmp_path: Path) -> None:
    recorder = NoteRecorder()

    async def send_signals() -> None:
        with handle_signals() as handler:
            handler.listener = recorder
            for _ in range(2):
                handler.on_signal(signal.SIGTERM)
            await run_levers_drill(make_levers_command_line(tmp_path), NoteRecorder(), handler.stop)
            handler.on_signal(signal.SIGINT)

    asyncio.run(send_signals())

    assert recorder.notes == [
        "SIGTERM: stopping, and putting back what the drill has changed",
        "SIGTERM: the rollback stops waiting",
        "SIGINT: the drill is over; only its result is still to be written",
    ]
