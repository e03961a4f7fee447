"""Which steps there are, in which order, and what an error looks like."""

import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from common.file_lock import FileLock
from tools.setup.errors import SetupFailed
from tools.setup.layout import CheckoutLayout
from tools.setup.pulumi_cli import ensure_pulumi_cli
from tools.setup.python_environment import ensure_python_environment

STEPS: dict[str, Callable[[CheckoutLayout], None]] = {
    "python": ensure_python_environment,
    "pulumi": ensure_pulumi_cli,
}
INTERRUPTED = 130


def main(arguments: Sequence[str]) -> int:
    """Do the named steps, or all; the exit code."""
    unknown = [name for name in arguments if name not in STEPS]
    if unknown:
        sys.stderr.write(f"setup: no step '{unknown[0]}'; there are {', '.join(STEPS)}\n")
        return 2
    layout = CheckoutLayout(Path(__file__).resolve().parents[2])
    try:
        with _alone(layout):
            for name, step in STEPS.items():
                if not arguments or name in arguments:
                    step(layout)
    except SetupFailed as exc:
        sys.stderr.write(f"setup: {exc}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\nsetup: interrupted; the next run repairs it\n")
        return INTERRUPTED
    return 0


@contextlib.contextmanager
def _alone(layout: CheckoutLayout) -> Iterator[None]:
    """Let one setup of this checkout work at a time; who may not write makes nothing anyway."""
    try:
        layout.tools.mkdir(exist_ok=True)
        lock = FileLock.acquire(layout.tools / "setup.lock", on_wait=_say_that_it_waits)
    except PermissionError:
        yield
        return
    with lock:
        yield


def _say_that_it_waits() -> None:
    sys.stdout.write("  waiting for another setup of this folder\n")
    sys.stdout.flush()
