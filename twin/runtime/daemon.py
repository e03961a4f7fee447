"""Runs the main coroutine of a daemon: settings, signals, log, exit code.

A role's main gets a DaemonContext, and returns once `stop` is set and it has closed everything.
TWIN_LEASH is the id of a process with which the daemon ends, so that a killed test run leaves no
daemon behind.
"""

import asyncio
import errno
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.clock import Clock, SystemClock
from common.files.private_files import make_new_files_private
from twin.errors import SettingsError, TwinError
from twin.runtime.damaged_state import set_other_kinds_aside
from twin.runtime.descriptors import raise_descriptor_limit
from twin.runtime.instance import Instance, find_instance
from twin.settings import TwinSettings, load_settings

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonContext:
    """Argument of every role's main."""

    instance: Instance
    settings: TwinSettings
    clock: Clock
    stop: asyncio.Event
    """Set on SIGTERM, on SIGINT, and at the end of the process TWIN_LEASH."""

    async def run_until_stopped(self, *jobs: Coroutine[Any, Any, None]) -> None:
        """Run jobs that never end until the stop event is set; the error of one ends all."""
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(job) for job in jobs]
            await self.stop.wait()
            for task in running:
                task.cancel()


DaemonMain = Callable[[DaemonContext], Awaitable[None]]


FULL_DISK = frozenset({errno.ENOSPC, errno.EDQUOT})
_NOT_ALLOWED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


def run_daemon(main: DaemonMain) -> int:
    """Run a role's main until a signal stops it; the exit code of the process."""
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    make_new_files_private()
    raise_descriptor_limit()
    try:
        instance = find_instance(os.environ, Path.cwd())
    except TwinError as exc:
        log.error("%s", exc)
        return 1
    try:
        set_other_kinds_aside(instance.state_dir)
        asyncio.run(_run_main(main, instance, os.environ))
    except (TwinError, OSError, ExceptionGroup) as exc:
        causes = [_explain(cause, instance) for cause in _causes(exc)]
        if None in causes:
            raise
        for cause in dict.fromkeys(causes):
            log.error("%s", cause)
        return 1
    return 0


def _causes(error: Exception) -> list[Exception]:
    """The errors of the tasks that a group of tasks ended with; else the error itself."""
    if isinstance(error, ExceptionGroup):
        return [cause for one in error.exceptions for cause in _causes(one)]
    return [error]


def _explain(error: Exception, instance: Instance) -> str | None:
    """What the user can do about it; None for a defect, of which the traceback tells."""
    if isinstance(error, TwinError):
        return str(error)
    if not isinstance(error, OSError):
        return None
    if error.errno in FULL_DISK:
        return f"{instance.home} has no space left: {error.strerror}; free some, then `twin up`"
    if not _is_of_state(error, instance):
        return None
    allow = "let this user read and write it"  # to move it away would lose what it holds
    todo = allow if error.errno in _NOT_ALLOWED else "move it away"
    return f"{error.filename} can't be used: {error.strerror}; {todo}, then `twin up`"


def _is_of_state(error: OSError, instance: Instance) -> bool:
    """Whether a file of the twin's state is to blame, such as one that became a directory."""
    path = error.filename
    return isinstance(path, str) and Path(path).is_relative_to(instance.state_dir)


async def _run_main(main: DaemonMain, instance: Instance, environ: Mapping[str, str]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    leash = _watch_leash(environ.get("TWIN_LEASH", ""), stop)
    settings = load_settings(instance)
    try:
        await main(
            DaemonContext(instance=instance, settings=settings, clock=SystemClock(), stop=stop)
        )
    finally:
        if leash is not None:
            loop.remove_reader(leash)
            os.close(leash)


def _watch_leash(leash: str, stop: asyncio.Event) -> int | None:
    """Set `stop` when process `leash` ends; the pidfd that watches it, if any."""
    if not leash:
        return None
    try:
        descriptor = os.pidfd_open(int(leash))
    except ValueError:
        raise SettingsError(f"TWIN_LEASH '{leash}': not a process id") from None
    except ProcessLookupError:
        stop.set()
        return None
    asyncio.get_running_loop().add_reader(descriptor, stop.set)
    return descriptor
