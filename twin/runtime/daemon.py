"""The frame around each process of the twin: settings, signals, log, leash.

A role's `main` gets a Context and returns when `stop` is set, having closed what it opened.
TWIN_LEASH, when set, is a process id: the daemon stops by itself once that process is gone, so
that a test run that is killed leaves nothing behind.
"""

import asyncio
import logging
import os
import resource
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from common.clock import Clock, SystemClock
from twin.errors import SettingsError, TwinError
from twin.runtime.instance import Instance, find_instance
from twin.settings import TwinSettings, load_settings

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonContext:
    """What every role's main is given."""

    instance: Instance
    settings: TwinSettings
    clock: Clock
    stop: asyncio.Event
    """Set on SIGTERM, SIGINT, or when the leash is gone."""


DaemonMain = Callable[[DaemonContext], Awaitable[None]]


def run_daemon(main: DaemonMain) -> int:
    """Run a role until it is told to stop; the exit code of its process."""
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    _allow_many_connections()
    try:
        instance = find_instance(os.environ, Path.cwd())
        asyncio.run(_supervised(main, instance, os.environ))
    except TwinError as exc:
        log.error("%s", exc)
        return 1
    return 0


async def _supervised(main: DaemonMain, instance: Instance, environ: Mapping[str, str]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    leash = _hold_leash(environ.get("TWIN_LEASH", ""), stop)
    settings = load_settings(instance)
    try:
        await main(
            DaemonContext(instance=instance, settings=settings, clock=SystemClock(), stop=stop)
        )
    finally:
        if leash is not None:
            loop.remove_reader(leash)
            os.close(leash)


def _allow_many_connections() -> None:
    """Each connection takes a descriptor or two; take as many as this user may have."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _hold_leash(leash: str, stop: asyncio.Event) -> int | None:
    """Set `stop` once process `leash` ends; the descriptor that watches it, if any."""
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
