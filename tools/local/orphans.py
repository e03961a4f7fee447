"""Ends what a killed `make up` has left running: Pulumi, its language host, the twin's provider.

They know each other by a variable of their environment. Only one `make` works on a folder at a time
(twin.cli.lifecycle_commands.lifecycle_lock), so whatever carries the folder's mark belongs to one
that is gone.
"""

import contextlib
import os
import signal
from collections.abc import Mapping
from pathlib import Path

from common.clock import WaitingClock
from common.command.wording import count_of
from tools.setup.progress import ProgressStep
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
