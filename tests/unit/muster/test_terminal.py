"""Setting the modes of a terminal."""

import os
import pty
import termios

from muster.terminal import set_terminal_modes
from tests.unit.muster.drill.pseudo_terminal import run_in_terminal

LOCAL_MODES = 3
PROGRAM = """
import sys, termios
from muster.terminal import set_terminal_modes

modes = termios.tcgetattr(0)
modes[3] &= ~termios.ECHO
set_terminal_modes(0, modes)
print("ready", flush=True)
sys.stdin.readline()
"""


def test_the_modes_of_the_own_terminal_are_set() -> None:
    shown = run_in_terminal(PROGRAM, {"ready": "typed\n"})

    assert "ready" in shown
    assert "typed" not in shown


def test_a_terminal_of_other_processes_is_left_alone() -> None:
    """The test's process group is not in the foreground of this terminal."""
    master, slave = pty.openpty()
    before = termios.tcgetattr(slave)
    modes = [*before]
    modes[LOCAL_MODES] &= ~termios.ECHO

    set_terminal_modes(slave, modes)

    assert termios.tcgetattr(slave) == before
    os.close(master)
    os.close(slave)


def test_a_terminal_that_is_gone_is_no_error() -> None:
    master, slave = pty.openpty()
    modes = termios.tcgetattr(slave)
    os.close(master)

    set_terminal_modes(slave, modes)
    os.close(slave)
    set_terminal_modes(slave, modes)
