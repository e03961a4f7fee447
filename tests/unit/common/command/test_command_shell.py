"""How a command line ends, and groups that import their commands late."""

import errno
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from common.command.command_shell import (
    CommandShell,
    LazyCommand,
    LazyGroup,
)
from common.command.exit_codes import ExitCode


class DemoError(Exception):
    """An error that a user is meant to see."""

    exit_code = 3


def run(
    callback: Callable[[], object],
    arguments: tuple[str, ...] = (),
    save_traceback: Callable[[str], Path] | None = None,
) -> int:
    def save(text: str) -> Path:
        raise AssertionError(text)

    return CommandShell(
        program="demo",
        command=click.Command("demo", callback=callback),
        error=DemoError,
        exit_code=lambda error: error.exit_code,
        save_traceback=save_traceback or save,
    ).run(arguments)


def raising(error: BaseException) -> Callable[[], object]:
    def callback() -> None:
        raise error

    return callback


@pytest.mark.parametrize(("returned", "code"), [(None, 0), (5, 5), ("text", 0)])
def test_what_a_command_returns_is_the_exit_code(returned: object, code: int) -> None:
    assert run(lambda: returned) == code


def test_a_command_gets_the_context() -> None:
    seen: list[object] = []
    command = click.Command("demo", callback=click.pass_obj(seen.append))

    CommandShell(
        program="demo", command=command, error=DemoError, exit_code=lambda _: 1, save_traceback=Path
    ).run([], context="the context")

    assert seen == ["the context"]


def test_an_error_for_the_user_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(raising(DemoError("no such Region"))) == 3
    assert capsys.readouterr() == ("", "demo: no such Region\n")


def test_a_wrong_command_line_is_an_error_of_click(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(lambda: None, ("--wrong",)) == 2
    assert "No such option '--wrong'" in capsys.readouterr().err


@pytest.mark.parametrize("error", [click.Abort(), KeyboardInterrupt()])
def test_an_interrupted_command_has_the_shells_exit_code(error: BaseException) -> None:
    assert run(raising(error)) == ExitCode.INTERRUPTED


def test_an_error_of_the_programs_own_keeps_its_traceback(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def save(text: str) -> Path:
        (tmp_path / "log").write_text(text)
        return tmp_path / "log"

    assert run(raising(KeyError("x")), save_traceback=save) == ExitCode.INTERNAL_ERROR

    assert capsys.readouterr().err == (
        f"demo: this should not happen: KeyError: 'x'\n  traceback: {tmp_path / 'log'}\n"
    )
    assert (tmp_path / "log").read_text().startswith("demo ")
    assert "Traceback (most recent call last)" in (tmp_path / "log").read_text()


@pytest.mark.parametrize(("file", "named"), [("/a/b", "/a/b"), (None, "a file")])
def test_a_full_disk_is_no_error_of_the_programs_own(
    capsys: pytest.CaptureFixture[str], file: str | None, named: str
) -> None:
    full = OSError(errno.ENOSPC, "No space left on device", file)

    assert run(raising(full)) == 1
    assert capsys.readouterr().err == (
        f"demo: {named} can't be written: No space left on device; free some, and try again\n"
    )


def test_a_file_that_this_user_may_not_use_is_no_error_of_the_programs_own(
    capsys: pytest.CaptureFixture[str],
) -> None:
    refused = PermissionError(errno.EACCES, "Permission denied", "/home/state")

    assert run(raising(refused)) == 1
    assert capsys.readouterr().err == (
        "demo: /home/state: Permission denied; let this user read and write it, and try again\n"
    )


def test_a_traceback_that_can_not_be_saved_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    def save(text: str) -> Path:
        raise PermissionError("read-only")

    assert run(raising(KeyError("x")), save_traceback=save) == ExitCode.INTERNAL_ERROR
    assert "Traceback (most recent call last)" in capsys.readouterr().err


LAZY = {
    "names": LazyCommand("tests.unit.common.demo_command:names", "Print names."),
    "broken": LazyCommand("tests.unit.common.no_such_module:command", "Can't be imported."),
}


@click.group(cls=LazyGroup, lazy=LAZY)
def group() -> None:
    """A group of the tests."""


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("nmaes", "No such command 'nmaes'. Did you mean 'names'?"),
        ("zzz", "No such command 'zzz'."),
    ],
)
def test_a_mistyped_command_is_told_the_one_that_is_meant(typed: str, words: str) -> None:
    shown = CliRunner().invoke(group, [typed])

    assert shown.exit_code == 2
    assert f"Error: {words}\n" in shown.output


def test_help_lists_commands_in_order_and_imports_none() -> None:
    sys.modules.pop("tests.unit.common.demo_command", None)

    shown = CliRunner().invoke(group, ["--help"])

    assert shown.exit_code == 0
    assert "  names   Print names.\n  broken  Can't be imported.\n" in shown.output
    assert "tests.unit.common.demo_command" not in sys.modules


def test_a_command_is_imported_when_it_is_used() -> None:
    assert CliRunner().invoke(group, ["names"]).output == "a b\n"


def test_an_unknown_command_is_an_error_of_the_command_line() -> None:
    shown = CliRunner().invoke(group, ["nothing"])

    assert shown.exit_code == 2
    assert "No such command 'nothing'" in shown.output


def test_names_are_completed_with_their_help() -> None:
    found = group.shell_complete(click.Context(group), "na")

    assert [(item.value, item.help) for item in found] == [("names", "Print names.")]


WITHOUT_READER = """
import os, sys
from pathlib import Path
from common.command.command_shell import CommandShell
from tests.unit.common.command.test_command_shell import group

reading, writing = os.pipe()
os.close(reading)
os.dup2(writing, 1)
shell = CommandShell(
    program="demo",
    command=group,
    error=RuntimeError,
    exit_code=lambda error: 3,
    save_traceback=lambda text: Path("nowhere"),
)
sys.exit(shell.run(["names"]))
"""


def test_a_reader_that_has_seen_enough_is_no_failure() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_READER],
        cwd=Path(__file__).parents[4],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
