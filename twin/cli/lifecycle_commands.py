"""Bringing a twin up: what to start, restart, thaw or leave, in which order.

Running it again starts only what is missing, so it also recovers from a crash, a `kill -9` or a
reboot. The gateway comes first, because its port is the claim on the instance.
"""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import click

from common.clock import SystemClock
from twin.cli.progress import Progress
from twin.core.faults import PROCESS_FAULTS, Faults
from twin.errors import StateCorrupt, TwinError, UsageError
from twin.faults.store import update_faults
from twin.runtime import processes
from twin.runtime.instance import Instance
from twin.runtime.instance_lock import acquire_first_free_instance, acquire_instance
from twin.runtime.processes import end_stray_daemons, stop_process
from twin.runtime.roles import (
    GATEWAY,
    PACKAGE,
    ProcessState,
    all_roles,
    find_process,
    session_processes,
)
from twin.settings import TwinSettings, check_settings, load_settings, save_settings

AUTO = "auto"
_ANSWER_WITHIN_S = 10.0
"""A running process that is silent for longer hangs."""
_POLL_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class UpRequest:
    """What `twin up` was asked for."""

    number: str = ""
    """`0` to `19`, `auto` for the first free, empty for the recorded one (else 0)."""
    settings: dict[str, Any] = field(default_factory=dict)
    """Fields of Settings to change; the others stay as they are."""
    package: str = PACKAGE
    """Where the programs of the roles are; tests have stand-ins elsewhere."""


def bring_up(
    instance: Instance, wanted: UpRequest, environ: Mapping[str, str], progress: Progress
) -> Instance:
    """Start all that is missing; the instance that runs. Raises TwinError."""
    with lifecycle_lock(instance, progress):
        chosen = choose_instance(instance, wanted.number)
        settings = _agree(chosen, wanted, progress)
        with _claimed(chosen, wanted, progress) as (chosen, listen_fd):
            save_settings(chosen, settings)
            (chosen.home / "instance").write_text(f"{chosen.number}\n")
            where = f"{chosen.home}, {chosen.endpoint_url}, speed {settings.speed:g}"
            progress.say(f"twin {chosen.number}", where)
            starter = _Starter(chosen, environ, progress, wanted.package)
            starter.start(GATEWAY, listen_fd)
        run_for_each([role for role in all_roles(chosen) if role != GATEWAY], starter.start)
        update_faults(chosen, _without_those_of_processes)
        return chosen


def _without_those_of_processes(faults: Faults) -> Faults:
    """All processes run now; what is paused, cut or slow stays so until its own end."""
    for role in {fault.role for fault in faults.faults}:
        faults = faults.without_kinds(role, PROCESS_FAULTS)
    return faults


@contextmanager
def lifecycle_lock(instance: Instance, progress: Progress, program: str = "twin") -> Iterator[None]:
    """Let one `up` or `down` of the program work on this home at a time."""
    instance.home.mkdir(parents=True, exist_ok=True)
    with (instance.home / f"{program}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress.say(
                "waiting", f"for another `{program} up` or `{program} down` of this folder"
            )
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def choose_instance(instance: Instance, number: str) -> Instance:
    """The instance that is meant, before a look at which are free. Raises UsageError."""
    recorded = read_instance_number(instance)
    if number == AUTO:
        return instance if recorded is None else Instance(instance.home, recorded)
    if number and not number.isdecimal():
        raise UsageError(f"--instance {number}: neither a number nor {AUTO}")
    chosen = Instance(instance.home, int(number) if number else instance.number)
    if recorded not in (None, chosen.number) and instance.state_dir.exists():
        raise UsageError(
            f"the state in {instance.home} belongs to instance {recorded}, not {chosen.number}: "
            "its addresses are part of it. `twin down` (`make down`) removes it"
        )
    return chosen


def read_instance_number(instance: Instance) -> int | None:
    """The number that this home was up with last. Raises StateCorrupt."""
    path = instance.home / "instance"
    try:
        return int(path.read_text())
    except FileNotFoundError:
        return None
    except ValueError:
        raise StateCorrupt(f"{path}: not a number; delete it to start afresh") from None


def run_for_each(names: Iterable[str], do: Callable[[str], object]) -> None:
    """Do it for all at once; raises the first TwinError after all have ended."""
    with ThreadPoolExecutor(16) as pool:
        futures = [pool.submit(do, name) for name in names]
    for future in futures:
        future.result()


def _agree(instance: Instance, wanted: UpRequest, progress: Progress) -> TwinSettings:
    """The settings to run with; ends the processes that run with others. Raises SettingsError."""
    before = load_settings(instance)
    settings = check_settings(replace(before, **wanted.settings))
    running = [role for role in all_roles(instance) if find_process(instance, role)]
    if settings != before and running:
        progress.say("settings", "changed: restarting all processes")
        run_for_each(
            running, lambda role: processes.stop_process(instance, role, clock=progress.clock)
        )
    return settings


@contextmanager
def _claimed(
    instance: Instance, wanted: UpRequest, progress: Progress
) -> Iterator[tuple[Instance, int | None]]:
    """The instance and its gateway's socket; no socket when its gateway has it already."""
    if strays := processes.end_stray_daemons(
        instance, clock=progress.clock, package=wanted.package
    ):
        progress.say("strays", f"ended {strays} that ran without a run file")
    if _answers(instance, GATEWAY, progress):
        yield instance, None
        return
    processes.kill_process(instance, GATEWAY, clock=progress.clock)
    if wanted.number == AUTO and read_instance_number(instance) is None:
        instance, listener = acquire_first_free_instance(instance)
    else:
        listener = acquire_instance(instance)
    with listener:
        yield instance, listener.fileno()


@dataclass(frozen=True, slots=True)
class _Starter:
    """Starts the processes of one twin."""

    instance: Instance
    environ: Mapping[str, str]
    progress: Progress
    package: str

    def start(self, role: str, listen_fd: int | None = None) -> None:
        """Start the role's process, or say why there is no need to."""
        before = processes.state(self.instance, role)
        if _answers(self.instance, role, self.progress):
            thawed = before is ProcessState.FROZEN
            self.progress.say(role, "thawed" if thawed else "already running")
            return
        if before in (ProcessState.RUNNING, ProcessState.FROZEN):
            self.progress.say(role, "hangs: restarting")
            processes.kill_process(self.instance, role, clock=self.progress.clock)
        with self.progress.timed(role, "started"):
            processes.start_process(
                self.instance,
                role,
                environ=self.environ,
                clock=self.progress.clock,
                listen_fd=listen_fd,
                package=self.package,
            )


def _answers(instance: Instance, role: str, progress: Progress) -> bool:
    """Whether the role's own process works; thaws a frozen one, waits for one that is starting."""
    deadline = progress.clock.monotonic() + _ANSWER_WITHIN_S
    if processes.state(instance, role) is ProcessState.FROZEN:
        processes.thaw_process(instance, role)
    while processes.state(instance, role) is ProcessState.RUNNING:
        left_s = deadline - progress.clock.monotonic()
        if left_s <= 0:
            return False
        if processes.is_answering(instance, role, timeout_s=left_s):
            return True
        progress.clock.wait(_POLL_S)
    return False


def bring_down(
    instance: Instance, progress: Progress, *, keep_state: bool, package: str = PACKAGE
) -> None:
    """End every process of this home's twin; remove its state unless told to keep it."""
    if not instance.home.exists():
        if not _end_strays(instance, progress, package):  # it may have been deleted under them
            progress.say("twin", f"nothing in {instance.home}")
        return
    with lifecycle_lock(instance, progress):
        number = read_instance_number(instance)
        mine = instance if number is None else Instance(instance.home, number)
        _end(mine, GATEWAY, progress)  # first, since it starts Regions
        run_for_each(all_roles(mine), lambda role: _end(mine, role, progress))
        _end_strays(mine, progress, package)
        _check_all_gone(mine)
        shutil.rmtree(mine.run_dir, ignore_errors=True)
        if not keep_state:
            _remove_state(mine, progress)


def _end_strays(instance: Instance, progress: Progress, package: str) -> int:
    strays = end_stray_daemons(instance, clock=progress.clock, package=package)
    if strays:
        progress.say("strays", f"ended {strays} that ran without a run file")
    return strays


def _end(instance: Instance, role: str, progress: Progress) -> None:
    if stop_process(instance, role, clock=progress.clock):
        progress.say(role, "stopped")


def _check_all_gone(instance: Instance) -> None:
    left = [p.pid for role in all_roles(instance) for p in session_processes(instance, role)]
    if left:
        raise TwinError(f"these processes can't be ended: {', '.join(map(str, left))}")


def _remove_state(instance: Instance, progress: Progress) -> None:
    if instance.state_dir.exists():
        shutil.rmtree(instance.state_dir)
        progress.say("state", "removed")
    (instance.home / "instance").unlink(missing_ok=True)


def _seconds_option(name: str, text: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """An option in seconds for the field `NAME_s` of Settings."""
    field = f"{name.replace('-', '_')}_s"
    return click.option(f"--{name}", field, type=float, metavar="SECONDS", help=text)


@click.command(short_help="Start the twin, or whatever of it is missing.")
@click.option("--instance", "number", metavar="N|auto", default="", help="0 to 19, or first free.")
@click.option("--speed", type=float, help="Divides the intervals, delays and lags of AWS.")
@click.option("--home-city", help="Where clients are that have no city's address (twin places).")
@_seconds_option("propagation", "An accelerator's change takes this long.")
@_seconds_option("endpoint-fail", "The accelerator follows a load balancer's failure after this.")
@_seconds_option("endpoint-recover", "It follows a recovery after this.")
@_seconds_option("replication-lag", "Half of all writes take less than this to the other Regions.")
@click.option(
    "--replication-spread", type=float, help="How far these lags lie apart: 0 not at all."
)
@_seconds_option("idle-timeout", "The accelerator's idle time-out of a connection.")
@click.option("--fsync/--no-fsync", default=None, help="Wait for the disk at each write.")
@click.pass_obj
def up(instance: Instance, /, number: str, **options: Any) -> None:  # noqa: ANN401 - click's options
    """Start the twin: gateway, control, edge and every Region that has run before.

    Running it again starts what is missing, and thaws what is frozen. An option that is not given
    keeps its value; a changed one restarts the processes.
    """
    wanted = UpRequest(
        number=number,
        settings={name: value for name, value in options.items() if value is not None},
    )
    bring_up(instance, wanted, os.environ, Progress(SystemClock()))


@click.command(short_help="End all processes and remove the state.")
@click.option("--keep-state", is_flag=True, help="Keep resources and items for the next `twin up`.")
@click.pass_obj
def down(instance: Instance, keep_state: bool) -> None:
    """End all processes of the twin, frozen and hanging ones too, and remove its state."""
    bring_down(instance, Progress(SystemClock()), keep_state=keep_state)
