"""`muster drill history`."""

import json
from pathlib import Path
from typing import Literal

import pytest

from muster.drill.journal.events import JournalEvent, PhaseStarted, RunClosed
from muster.drill.journal.journal_file import DrillJournal
from muster.drill.journal.run_folders import JOURNAL_FILE
from tests.unit.muster.cli.command_line import CommandLine
from tests.unit.muster.drill.builders import AWAY, HOME, build_plan
from tests.unit.muster.drill.fake_system import build_run_opened

RUN = "2026-11-21T10-00-00-evacuate"
MET = RunClosed(status="met", exit_code=0, why="RTO 3.2 s, at most 5 s")
DAY_S = 86400.0


@pytest.fixture
def command_line(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path, twin=True)


def write_run(command_line: CommandLine, *more: JournalEvent, scenario: str = "evacuate") -> None:
    plan = build_plan(scenario, targets={"rto_s": 5.0})
    events = (build_run_opened(plan, RUN), *more)
    journal = command_line.folder / ".muster" / RUN / JOURNAL_FILE
    with DrillJournal.create(journal, command_line.aws.clock, events):
        pass


def test_the_runs_are_aligned_in_columns(
    command_line: CommandLine, capsys: pytest.CaptureFixture[str]
) -> None:
    write_run(command_line, MET)
    other = command_line.folder / ".muster" / "2026-11-21T09-00-00-evacuate-by-health"
    other.mkdir()
    (other / JOURNAL_FILE).write_text("?\n")

    _, output, _ = command_line.main("drill history", capsys)

    first, _, _, second, *_ = output.splitlines()
    assert first == f"{RUN:<{len(other.name)}}  met           RTO 3.2 s, at most 5 s"
    assert second.startswith(f"{other.name}  unreadable  ")


def test_a_run_has_its_parameters_and_targets(
    command_line: CommandLine, capsys: pytest.CaptureFixture[str]
) -> None:
    write_run(command_line, MET)

    _, output, _ = command_line.main("drill history", capsys)

    _, parameters, targets, *_ = output.splitlines()
    assert f"region {AWAY}" in parameters
    assert targets == "    targets: RTO at most 5 s, RPO at most 5 s"


@pytest.mark.parametrize(("bound", "words"), [("false", ""), ("true", "at least ")])
def test_a_number_that_no_target_names_is_beside_the_verdict(
    command_line: CommandLine, capsys: pytest.CaptureFixture[str], bound: str, words: str
) -> None:
    write_run(command_line, RunClosed(status="stopped", exit_code=4, why="SIGINT"))
    result = f'{{"rto_s": 2.5, "rto_at_least": {bound}}}'
    (command_line.folder / ".muster" / RUN / "result.json").write_text(result)

    _, output, _ = command_line.main("drill history", capsys)

    assert output.startswith(f"{RUN}  stopped       RTO {words}2.5 s  SIGINT\n")


def test_a_number_in_doubt_of_a_run_that_was_stopped_is_marked(
    command_line: CommandLine, capsys: pytest.CaptureFixture[str]
) -> None:
    write_run(command_line, RunClosed(status="stopped", exit_code=4, why="SIGINT"))
    result = '{"rto_s": 2.5, "trusted": false}'
    (command_line.folder / ".muster" / RUN / "result.json").write_text(result)

    _, output, _ = command_line.main("drill history", capsys)

    assert output.startswith(f"{RUN}  stopped       RTO 2.5 s (not reliable)  SIGINT\n")


def test_the_run_that_is_running_is_said_so(
    command_line: CommandLine, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = command_line.folder / ".muster" / RUN / JOURNAL_FILE
    events = (build_run_opened(build_plan("evacuate"), RUN), PhaseStarted(phase="method"))

    with DrillJournal.create(journal, command_line.aws.clock, events):
        _, running, _ = command_line.main("drill history", capsys)
    _, left, _ = command_line.main("drill history", capsys)

    assert running.split(maxsplit=2)[1] == "running"
    assert "at work on it: method" in running
    assert "resume" not in running
    assert left.split(maxsplit=2)[1] == "unfinished"


def test_what_was_last_practised_is_told_by_scenario_and_region(
    command_line: CommandLine, capsys: pytest.CaptureFixture[str]
) -> None:
    write_run(command_line, MET)
    command_line.aws.clock.wait(12.5 * DAY_S)

    _, output, _ = command_line.main("drill history", capsys)

    _, _, practised = output.partition("\nlast practised\n")
    rows = [line.split() for line in practised.splitlines()]
    assert ["evacuate", AWAY, "12", "days", "ago", "met,", RUN] in rows
    assert ["evacuate", HOME, "never"] in rows
    assert ["region-loss", "never"] in rows


@pytest.mark.parametrize("status", ["met", "missed"])
def test_a_run_that_is_not_reliable_is_neither_met_nor_missed(
    command_line: CommandLine, capsys: pytest.CaptureFixture[str], status: Literal["met", "missed"]
) -> None:
    why = "measurement not reliable (load): 3 % of the sends were late"
    write_run(command_line, RunClosed(status=status, exit_code=0, why=why, reliable=False))

    _, output, _ = command_line.main("drill history", capsys)
    _, document, _ = command_line.main("drill history --json", capsys)
    _, practice, _ = command_line.main("drill history --practice --json", capsys)

    assert output.startswith(f"{RUN}  not reliable  {why}\n")
    assert f"less than a day ago  not reliable, {RUN}\n" in output
    assert status not in output
    assert json.loads(document)[0]["reliable"] is False
    assert [row["reliable"] for row in json.loads(practice) if row["run"]] == [False]


def test_as_json_runs_and_practice_are_two_documents(
    command_line: CommandLine, capsys: pytest.CaptureFixture[str]
) -> None:
    write_run(command_line, MET)
    (command_line.folder / ".muster" / RUN / "result.json").write_text('{"trusted": false}')

    _, runs, _ = command_line.main("drill history --json", capsys)
    _, practice, _ = command_line.main("drill history --practice --json", capsys)

    (row,) = json.loads(runs)
    assert row["scenario"] == "evacuate"
    assert row["targets"] == {"RTO": "5 s", "RPO": "5 s"}
    assert row["trusted"] is False
    assert {
        "scenario": "evacuate",
        "region": AWAY,
        "days_ago": 0,
        "run": RUN,
        "status": "met",
        "reliable": True,
    } in json.loads(practice)


def test_practice_may_be_told_alone(
    command_line: CommandLine, capsys: pytest.CaptureFixture[str]
) -> None:
    write_run(command_line, MET)

    _, output, _ = command_line.main("drill history --practice", capsys)

    assert output.startswith("\nlast practised\n")


def test_an_unreadable_run_is_in_the_document_too(
    command_line: CommandLine, capsys: pytest.CaptureFixture[str]
) -> None:
    write_run(command_line, MET)
    (command_line.folder / ".muster" / RUN / JOURNAL_FILE).write_text("?\n")

    _, runs, _ = command_line.main("drill history --json", capsys)

    (row,) = json.loads(runs)
    assert (row["run"], row["status"]) == (RUN, "unreadable")
    assert "line 1: not JSON" in row["why"]


def test_a_number_that_the_verdict_names_is_not_told_twice(
    command_line: CommandLine, capsys: pytest.CaptureFixture[str]
) -> None:
    write_run(command_line, MET)
    (command_line.folder / ".muster" / RUN / "result.json").write_text('{"rto_s": 3.2}')

    _, output, _ = command_line.main("drill history", capsys)

    assert output.splitlines()[0] == f"{RUN}  met           RTO 3.2 s, at most 5 s"


def test_a_history_without_runs_says_so(command_line: CommandLine) -> None:
    output = command_line.run("drill history").output

    assert output.startswith("no runs in ")
    assert output.splitlines()[0].endswith(": there is no such folder yet")
