"""Progress of long steps."""

import io
import re
import sys
from pathlib import Path

import pytest

from tools.setup.errors import SetupFailed
from tools.setup.progress import ProgressStep, run_logged


class Terminal(io.StringIO):
    """A text that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_step_ends_with_its_seconds() -> None:
    out = io.StringIO()

    ProgressStep("Pulumi CLI", out).done("3.259.0, built")

    assert re.fullmatch(r"  Pulumi CLI +3\.259\.0, built \(0\.\d s\)\n", out.getvalue())


def test_the_first_seconds_need_no_line() -> None:
    out = io.StringIO()

    ProgressStep("Pulumi CLI", out).going("building")

    assert out.getvalue() == ""


def test_a_command_that_fails_shows_its_end_and_its_log(tmp_path: Path) -> None:
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
