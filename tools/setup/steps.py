"""The steps of the setup, their order, and their exit codes."""

import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from common.files.file_lock import FileLock
from tools.setup.browser import ensure_browser
from tools.setup.layout import CheckoutLayout
from tools.setup.progress import SetupFailed
from tools.setup.pulumi_cli import ensure_pulumi_cli
from tools.setup.python_environment import ensure_python_environment

STEPS: dict[str, Callable[[CheckoutLayout], None]] = {
    "python": ensure_python_environment,
    "pulumi": ensure_pulumi_cli,
    "browser": ensure_browser,
}
FOR_ALL = ("python", "pulumi")
"""The steps that every target needs; the browser is for tests alone."""
INTERRUPTED = 130


def main(arguments: Sequence[str]) -> int:
    """Run the named steps, or those that every target needs; the exit code."""
    unknown = [name for name in arguments if name not in STEPS]
    if unknown:
        sys.stderr.write(f"setup: no step '{unknown[0]}'; there are {', '.join(STEPS)}\n")
        return 2
    layout = CheckoutLayout(Path(__file__).resolve().parents[2])
    try:
        with _setup_lock(layout):
            for name, step in STEPS.items():
                if name in (arguments or FOR_ALL):
                    step(layout)
    except SetupFailed as exc:
        sys.stderr.write(f"setup: {exc}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\nsetup: interrupted; the next run repairs it\n")
        return INTERRUPTED
    return 0


@contextlib.contextmanager
def _setup_lock(layout: CheckoutLayout) -> Iterator[None]:
    """Let one setup of this checkout run at a time; without write access there is no lock."""
    try:
        layout.tools.mkdir(exist_ok=True)
        lock = FileLock.acquire(layout.tools / "setup.lock", on_wait=_print_waiting)
    except PermissionError:
        yield
        return
    with lock:
        yield


def _print_waiting() -> None:
    sys.stdout.write("  waiting for another setup of this folder\n")
    sys.stdout.flush()
