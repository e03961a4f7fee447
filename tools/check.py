"""`python -m tools.check`: format, lint, types and spelling, at the same time.

Prints the output of each failed check; the exit code is 0 when all succeed.
"""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tools.setup.progress import ProgressStep

ROOT = Path(__file__).resolve().parents[1]
CHECKS: dict[str, tuple[str, ...]] = {
    "types": ("mypy", "."),
    "format": ("ruff", "format", "--check", "."),
    "lint": ("ruff", "check", "."),
    "spelling": ("codespell",),
}


def main(checks: Mapping[str, Sequence[str]] = CHECKS) -> int:
    """Run all checks; the exit code."""
    with ThreadPoolExecutor(len(checks)) as pool:
        return max(pool.map(_check, checks, checks.values()))


def _check(name: str, command: Sequence[str]) -> int:
    step = ProgressStep(name)
    program, *arguments = command
    done = subprocess.run(
        [Path(sys.executable).parent / program, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        step.done("ok")
        return 0
    step.done("NOT OK")
    sys.stdout.write(f"\n{done.stdout.rstrip()}\n\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
