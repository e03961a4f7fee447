"""The terminal of the workshop's tests: a real bash."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.workshop.bash_session import BashSession

WITHIN_S = 10.0


@pytest.fixture
def session(tmp_path: Path) -> Iterator[BashSession]:
    (tmp_path / "scratch").mkdir()
    (tmp_path / "folder").mkdir()
    made = BashSession(tmp_path / "folder", tmp_path / "scratch", os.environ)
    yield made
    made.close()


def test_variables_and_the_folder_stay(session: BashSession, tmp_path: Path) -> None:
    session.run("cd ..\nCITY=Portland\n", WITHIN_S)

    done = session.run("pwd; echo $CITY\n", WITHIN_S)

    assert (done.code, done.output) == (0, f"{tmp_path}\nPortland\n")


def test_the_output_has_standard_error_in_its_place(session: BashSession) -> None:
    done = session.run("echo one; echo two >&2; echo three\n", WITHIN_S)

    assert done.output == "one\ntwo\nthree\n"


@pytest.mark.parametrize(
    ("commands", "code"),
    [("true\n", 0), ("false\ntrue\n", 1), ("(exit 7)\n", 7), ("false || true\n", 0), ("if\n", 2)],
)
def test_a_command_that_fails_is_noticed_wherever_it_stands(
    session: BashSession, commands: str, code: int
) -> None:
    assert session.run(commands, WITHIN_S).code == code
    assert session.run("true\n", WITHIN_S).code == 0


def test_commands_can_not_read_the_commands_that_follow(session: BashSession) -> None:
    assert session.run("cat\necho after\n", WITHIN_S).output == "after\n"


def test_commands_that_do_not_end_are_killed_and_shown(session: BashSession) -> None:
    session.run("true\n", WITHIN_S)

    with pytest.raises(AssertionError, match=r"not within 1 s: echo begun; sleep 60\nbegun"):
        session.run("echo begun; sleep 60\n", 1)


def test_a_shell_that_ends_is_noticed(session: BashSession) -> None:
    with pytest.raises(AssertionError, match="the shell has ended"):
        session.run("exit 3\n", WITHIN_S)
