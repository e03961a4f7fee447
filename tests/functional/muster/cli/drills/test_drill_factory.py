"""A run of the command line that tells webhooks, over real sockets."""

import asyncio
from pathlib import Path

from muster.cli.drills.drill_factory import RunnerParts, begin_run, opened_event, tell_others
from muster.drill.journal.run_folders import RunFolder
from tests.functional.muster.drill.notify.webhook_server import WebhookServer, serve_webhook
from tests.unit.muster.cli.command_line import CommandLine
from tests.unit.muster.cli.drills.levers_drill import (
    RUN,
    NoteRecorder,
    make_levers_plan,
    open_deployment,
)


async def tell_of_the_beginning(server: WebhookServer, folder: Path) -> list[str]:
    """Open a run and end it at once; the notes that a person sees."""
    command_line = CommandLine(folder, environ={"MUSTER_WEBHOOKS": server.url})
    plan, deployment = await make_levers_plan(command_line), open_deployment(command_line)
    run, display = RunFolder(folder / RUN), NoteRecorder()
    with begin_run(deployment, run, opened_event(deployment, run.name, plan)) as journal:
        state = run.read_state()
        parts = RunnerParts(
            deployment=deployment, folder=run, journal=journal, state=state, probes=None
        )
        async with tell_others(parts, display) as listener:
            listener.on_event(state.opening)
    return display.notes


def test_a_webhook_of_the_settings_is_told(tmp_path: Path) -> None:
    with serve_webhook() as server:
        notes = asyncio.run(tell_of_the_beginning(server, tmp_path))

    assert [(body["kind"], body["run"]) for body in server.bodies] == [("begin", RUN)]
    assert notes == []


def test_what_did_not_arrive_is_a_note_at_the_end(tmp_path: Path) -> None:
    with serve_webhook(404) as server:
        notes = asyncio.run(tell_of_the_beginning(server, tmp_path))

    assert notes == [
        f"webhook 1 (http://127.0.0.1:{server.port}): 1 of 1 notices not delivered: HTTP 404"
    ]


def test_the_end_of_the_command_waits_two_seconds_at_most(tmp_path: Path) -> None:
    with serve_webhook(0) as server:
        notes = asyncio.run(tell_of_the_beginning(server, tmp_path))

    assert notes == [
        f"webhook 1 (http://127.0.0.1:{server.port}): 1 of 1 notices not delivered:"
        " no answer before the command's end"
    ]
