"""Progress lines, and commands that run with a log."""

import io
import re
import sys
from pathlib import Path

import pytest

from tools.setup.progress import ProgressStep, SetupFailed, run_logged


class Terminal(io.StringIO):
    """A text buffer that is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_step_ends_with_its_seconds() -> None:
    out = io.StringIO()

    ProgressStep("Pulumi CLI", out).done("3.259.0, built")

    assert re.fullmatch(r"  Pulumi CLI +3\.259\.0, built \(0\.\d s\)\n", out.getvalue())


def test_a_step_prints_nothing_in_its_first_seconds() -> None:
    out = io.StringIO()

    ProgressStep("Pulumi CLI", out).update("building")

    assert out.getvalue() == ""


def test_a_failed_command_is_reported_with_its_last_lines_and_its_log(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "x.log"
    program = "print('first'); print('the reason'); raise SystemExit(3)"

    with pytest.raises(SetupFailed, match=r"(?s)failed \(3\).*x\.log.*the reason"):
        run_logged([sys.executable, "-c", program], ProgressStep("x", io.StringIO()), "x", log=log)

    assert log.read_text() == "first\nthe reason\n"


def test_a_command_gets_no_input_and_the_given_environment(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    program = "import os, sys; print(repr(sys.stdin.read()), os.environ['GIVEN'])"

    run_logged([sys.executable, "-c", program], ProgressStep("x", io.StringIO()), "x", log=log,
        environ={"GIVEN": "yes"})  # fmt: skip

    assert log.read_text() == "'' yes\n"
