"""Random calls to control's services, for a short time."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_no_call_is_a_server_error_or_leaves_a_change_after_a_failure() -> None:
    """In a process of its own, since moto keeps its state in module globals."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.soak.control_soak", "--calls", "1000", "--seed", "3"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    assert "0 kinds of faults" in done.stdout
