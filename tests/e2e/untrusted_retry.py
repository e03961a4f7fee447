"""Patience with a machine that is too busy for a drill.

The tool says itself when its numbers can't be trusted, since the machine did not let its prober
work in time. On such a machine the service under test does not answer in time either, and what a
test sees of it proves nothing. So the drill is run again; one whose numbers are trusted never is.
"""

import json
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path

from tests.e2e.system import System
from tests.e2e.system_state import all_healthy, repair_system
from tests.waiting import eventually

MAX_TRIES = 3
Test = Callable[[System, Path], None]


def retry_if_untrusted(test: Test) -> Test:
    """The test, run again when it failed and the tool doubts its own numbers, or had none."""

    @wraps(test)
    def patient(calm: System, tmp_path: Path) -> None:
        for number in range(1, MAX_TRIES):
            try:
                test(calm, _fresh(tmp_path, number))
            except AssertionError:
                doubts = _doubts(tmp_path / str(number))
                if not doubts:
                    raise
            else:
                return
            sys.stdout.write(f"\nin doubt, and run again: {'; '.join(doubts)}")
            repair_system(calm)
            eventually(lambda: all_healthy(calm), 60)
        test(calm, _fresh(tmp_path, MAX_TRIES))

    return patient


def _fresh(folder: Path, number: int) -> Path:
    made = folder / str(number)
    made.mkdir()
    return made


def _doubts(folder: Path) -> list[str]:
    results = [json.loads(path.read_text()) for path in folder.glob("runs/*/result.json")]
    return [doubt for result in results if not result["trusted"] for doubt in result["doubts"]]
