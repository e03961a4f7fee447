"""A keyboard whose keys are not shown."""

import io

from muster.drill.keyboard import unechoed
from tests.unit.muster.drill.terminal import talk

PROGRAM = """
import sys
from muster.drill.keyboard import unechoed

with unechoed(sys.stdout):
    print("first", flush=True)
    sys.stdin.readline()
print("second", flush=True)
sys.stdin.readline()
"""


def test_keys_are_not_shown_meanwhile_and_are_again_afterwards() -> None:
    shown = talk(PROGRAM, {"first": "hidden\n", "second": "plain\n"})

    assert "hidden" not in shown
    assert "plain" in shown


def test_what_is_no_terminal_is_left_alone() -> None:
    with unechoed(io.StringIO()):
        pass
