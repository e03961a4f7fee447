"""Repeats a test of a drill whose numbers the tool itself does not trust.

They are untrusted when the machine was too busy for the prober to keep its schedule. The service
under test is late on such a machine, too, and a failed assertion proves nothing. A test whose
numbers are trusted is never repeated.
"""

import json
import sys
from collections.abc import Callable
from functools import partial, wraps
from pathlib import Path
from typing import TypeVar

from tests.e2e.both_doors.dns_system import DnsSystem
from tests.e2e.system import System, deployed_system
from tests.e2e.system_state import all_healthy, repair_system
from tests.waiting import eventually

MAX_TRIES = 3
AnySystem = TypeVar("AnySystem", System, DnsSystem)


def retry_if_untrusted(
    test: Callable[[AnySystem, Path], None],
) -> Callable[[AnySystem, Path], None]:
    """Run a failed test again if the tool does not trust its numbers."""

    @wraps(test)
    def repeated(system: AnySystem, tmp_path: Path) -> None:
        for number in range(1, MAX_TRIES):
            try:
                test(system, _make_folder(tmp_path, number))
            except AssertionError:
                doubts = _doubts(tmp_path / str(number))
                if not doubts:
                    raise
            else:
                return
            sys.stdout.write(f"\nuntrusted numbers, run again: {'; '.join(doubts)}")
            accelerated = deployed_system(system.checkout)
            repair_system(accelerated)
            eventually(partial(all_healthy, accelerated), 60)
        test(system, _make_folder(tmp_path, MAX_TRIES))

    return repeated


def _make_folder(folder: Path, number: int) -> Path:
    attempt = folder / str(number)
    attempt.mkdir()
    return attempt


def _doubts(folder: Path) -> list[str]:
    results = [json.loads(path.read_text()) for path in folder.glob("runs/*/result.json")]
    return [doubt for result in results if not result["trusted"] for doubt in result["doubts"]]
