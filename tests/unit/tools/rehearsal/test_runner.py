"""Running the steps: the record after each, the end in time, and going on."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.clocks import ManualClock
from tests.unit.tools.rehearsal.builders import (
    EMPTY,
    FakeCommands,
    make_rehearsal,
    make_subject,
)
from tools.rehearsal.plan import RehearsalError, RehearsalStep, plan_rehearsal
from tools.rehearsal.record import read_record
from tools.rehearsal.runner import run_command

PLAN = plan_rehearsal(make_subject(), short=True)


def test_times_and_texts_of_all_steps_are_written_down(tmp_path: Path) -> None:
    path = tmp_path / "r.json"

    make_rehearsal(path, FakeCommands(ManualClock(0.0))).go_on(EMPTY, PLAN)

    steps = read_record(path).steps
    assert [step.name for step in steps] == [step.name for step in PLAN]
    assert {step.seconds for step in steps} == {10.0}
    assert steps[0].text == f"output of {PLAN[0].name} in ACCOUNT"


@pytest.mark.parametrize("code", [255, None])
def test_it_stops_at_the_first_step_that_fails_and_goes_on_there(
    tmp_path: Path, code: int | None
) -> None:
    path, clock = tmp_path / "r.json", ManualClock(0.0)
    failing = FakeCommands(clock, codes={"dial-down": code})
    with pytest.raises(RehearsalError, match="dial-down failed"):
        make_rehearsal(path, failing).go_on(EMPTY, PLAN)
    after = FakeCommands(clock)

    make_rehearsal(path, after).go_on(read_record(path), PLAN)

    assert failing.ran[-1] == after.ran[0] == "dial-down"
    assert [*failing.ran[:-1], *after.ran] == [step.name for step in PLAN]


def test_a_step_without_its_words_has_failed(tmp_path: Path) -> None:
    """A destruction may fail for another reason than protection."""
    step = RehearsalStep(name="x", command=("x",), within_s=1.0, exit_codes=(1,), words="protected")
    commands = FakeCommands(ManualClock(0.0))

    make_rehearsal(tmp_path / "r.json", commands).go_on(EMPTY, (step,))
    rehearsal = replace(
        make_rehearsal(tmp_path / "r.json", commands), run=lambda _: (1, "no network")
    )

    with pytest.raises(RehearsalError, match="x failed"):
        rehearsal.go_on(EMPTY, (step,))


def test_an_interrupted_step_is_recorded_and_repeated(tmp_path: Path) -> None:
    path, clock = tmp_path / "r.json", ManualClock(0.0)
    with pytest.raises(KeyboardInterrupt):
        make_rehearsal(path, FakeCommands(clock, interrupt_at="deploy")).go_on(EMPTY, PLAN)

    record = read_record(path)

    assert (record.steps[-1].name, record.steps[-1].ok) == ("deploy", False)
    assert record.left(PLAN)[0].name == "deploy"


def test_no_step_begins_when_the_time_is_over(tmp_path: Path) -> None:
    commands = FakeCommands(ManualClock(0.0))

    with pytest.raises(RehearsalError, match="the time is over before"):
        make_rehearsal(tmp_path / "r.json", commands, within_s=25).go_on(EMPTY, PLAN)

    assert len(commands.ran) == 3


def make_step(code: str, within_s: float = 60) -> RehearsalStep:
    return RehearsalStep(name="x", command=(sys.executable, "-c", code), within_s=within_s)


def test_a_commands_output_and_exit_code_are_kept(tmp_path: Path) -> None:
    code = "import sys; print('out'); sys.stderr.write('err'); sys.exit(3)"

    done, text = run_command(make_step(code), tmp_path, {})

    assert done == 3
    assert {"out", "err"} <= set(text.split()) or "outerr" in text.replace("\n", "")


def test_a_command_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    done, text = run_command(make_step("import time; time.sleep(600)", 0.2), tmp_path, {})

    assert done is None
    assert "ended after 0.2 s" in text


def test_a_program_that_is_not_there_is_a_failed_step(tmp_path: Path) -> None:
    step = RehearsalStep(name="x", command=("no-such-program",), within_s=1)

    assert run_command(step, tmp_path, {"PATH": ""})[0] == 127
