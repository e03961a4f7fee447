"""Ends what a killed `make up` has left running: Pulumi, its language host, the twin's provider.

They know each other by a variable of their environment. Only one `make` works on a folder at a time
(twin.cli.lifecycle_commands.lifecycle_lock), so whatever carries the folder's mark belongs to one
that is gone. A process of its own watches each `make up`, and does so as soon as that was killed.
"""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from common.clock import SystemClock, WaitingClock
from common.command.wording import count_of
from tools.setup.progress import ProgressStep
from twin.cli.lifecycle_commands import lifecycle_lock
from twin.cli.progress import Progress
from twin.runtime.instance import Instance
from twin.runtime.process_info import (
    ProcessInfo,
    command_line,
    is_alive,
    list_processes,
    process_environment,
)

MARK = "TWIN_MAKE"
"""Names the home whose `make` started the process."""
FINISH_WITHIN_S = 60.0
"""Time in which an interrupted Pulumi completes the operations that it has started."""
_POLL_S = 0.1
_DONE = b"done"
"""What a `make up` that ends by itself tells its watcher."""


def mark_environment(instance: Instance) -> Mapping[str, str]:
    """What the environment of Pulumi has, so that it is found again."""
    return {MARK: str(instance.home)}


def end_orphans(
    instance: Instance, clock: WaitingClock, *, finish_within_s: float = FINISH_WITHIN_S
) -> None:
    """Let Pulumi finish what it has started, for a while, and end all the rest.

    Ctrl-C ends the waiting.
    """
    left = _find(instance)
    if not left:
        return
    step = ProgressStep("pulumi up")
    step.note(f"was interrupted: ending {count_of(len(left), 'process', 'processes')} of it")
    engines = [process for process in left if _program(process) == "pulumi"]
    try:
        _signal(engines, signal.SIGINT)
        deadline = clock.monotonic() + finish_within_s
        while any(map(is_alive, engines)) and clock.monotonic() < deadline:
            step.update("Pulumi finishes what it has started; Ctrl-C kills it")
            clock.wait(_POLL_S)
    finally:
        _signal(_find(instance), signal.SIGKILL)


@contextlib.contextmanager
def watched(instance: Instance) -> Iterator[None]:
    """Have the orphans of this process ended if it is killed in the block."""
    reader, writer = os.pipe()
    with os.fdopen(writer, "wb", buffering=0) as told, os.fdopen(reader, "rb") as heard:
        watcher = subprocess.Popen(
            [sys.executable, "-m", "tools.local.orphans", instance.home, str(instance.number)],
            cwd=Path(__file__).parents[2],
            stdin=heard,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            yield
        finally:
            with contextlib.suppress(BrokenPipeError):
                told.write(_DONE)
            told.close()
            watcher.wait()


def _watch(instance: Instance) -> None:
    """Wait for the end of the `make up` at the other end of stdin; end its orphans."""
    if sys.stdin.buffer.read() == _DONE or not instance.home.is_dir():
        return
    clock = SystemClock()
    with lifecycle_lock(instance, Progress(clock), "make"):  # another one ends them itself
        end_orphans(instance, clock)


def _find(instance: Instance) -> list[ProcessInfo]:
    home = str(instance.home)
    return [
        process
        for process in list_processes()
        if process.pid != os.getpid()
        and not process.has_ended
        and process_environment(process.pid).get(MARK) == home
    ]


def _program(process: ProcessInfo) -> str:
    return Path(next(iter(command_line(process.pid)), "")).name


def _signal(processes: list[ProcessInfo], number: signal.Signals) -> None:
    for process in processes:
        if is_alive(process):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, number)


if __name__ == "__main__":
    _watch(Instance(Path(sys.argv[1]), int(sys.argv[2])))
