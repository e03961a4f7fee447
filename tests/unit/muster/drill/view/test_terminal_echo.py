"""A keyboard whose keys are not shown."""

import io

from muster.drill.view.live_view import hide_keystrokes
from tests.unit.muster.drill.pseudo_terminal import run_in_terminal

PROGRAM = """
import sys
from muster.drill.view.live_view import hide_keystrokes

with hide_keystrokes(sys.stdout):
    print("first", flush=True)
    sys.stdin.readline()
print("second", flush=True)
sys.stdin.readline()
"""


def test_keys_are_not_shown_meanwhile_and_are_again_afterwards() -> None:
    shown = run_in_terminal(PROGRAM, {"first": "hidden\n", "second": "plain\n"})

    assert "hidden" not in shown
    assert "plain" in shown


def test_what_is_no_terminal_is_left_alone() -> None:
    with hide_keystrokes(io.StringIO()):
        pass
