"""Bringing a twin up: what to start, restart, thaw or leave, in which order.

Running it again starts only what is missing, so it also recovers from a crash, a `kill -9` or a
reboot. The gateway comes first, because its port is the claim on the instance.
"""

import fcntl
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from twin import claim, fault_book, processes, roles
from twin import settings as settings_module
from twin.cli.progress import Progress
from twin.core.faults import PROCESS, Faults
from twin.errors import StateCorrupt, UsageError
from twin.instance import Instance
from twin.roles import ProcessState
from twin.settings import Settings

AUTO = "auto"
_ANSWER_WITHIN_S = 10.0
"""A running process that is silent for longer hangs."""
_POLL_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What `twin up` was asked for."""

    number: str = ""
    """`0` to `19`, `auto` for the first free, empty for the recorded one (else 0)."""
    settings: dict[str, Any] = field(default_factory=dict)
    """Fields of Settings to change; the others stay as they are."""
    package: str = roles.PACKAGE
    """Where the programs of the roles are; tests have stand-ins elsewhere."""


def bring_up(
    instance: Instance, wanted: Wanted, environ: Mapping[str, str], progress: Progress
) -> Instance:
    """Start all that is missing; the instance that runs. Raises TwinError."""
    with alone(instance, progress):
        chosen = choose(instance, wanted.number)
        settings = _agree(chosen, wanted, progress)
        with _claimed(chosen, wanted, progress) as (chosen, listen_fd):
            settings_module.save(chosen, settings)
            (chosen.home / "instance").write_text(f"{chosen.number}\n")
            where = f"{chosen.home}, {chosen.endpoint_url}, speed {settings.speed:g}"
            progress.say(f"twin {chosen.number}", where)
            starter = _Starter(chosen, environ, progress, wanted.package)
            starter.start(roles.GATEWAY, listen_fd)
        each([role for role in roles.every(chosen) if role != roles.GATEWAY], starter.start)
        fault_book.change(chosen, _without_those_of_processes)
        return chosen


def _without_those_of_processes(faults: Faults) -> Faults:
    """All processes run now; what is paused, cut or slow stays so until its own end."""
    for role in {fault.role for fault in faults.faults}:
        faults = faults.ended(role, PROCESS)
    return faults


@contextmanager
def alone(instance: Instance, progress: Progress, program: str = "twin") -> Iterator[None]:
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


def choose(instance: Instance, number: str) -> Instance:
    """The instance that is meant, before a look at which are free. Raises UsageError."""
    recorded = recorded_number(instance)
    if number == AUTO:
        return instance if recorded is None else Instance(instance.home, recorded)
    if number and not number.isdecimal():
        raise UsageError(f"--instance {number}: neither a number nor {AUTO}")
    chosen = Instance(instance.home, int(number) if number else instance.number)
    if recorded not in (None, chosen.number) and instance.state.exists():
        raise UsageError(
            f"the state in {instance.home} belongs to instance {recorded}, not {chosen.number}: "
            "its addresses are part of it. `twin down` (`make down`) removes it"
        )
    return chosen


def recorded_number(instance: Instance) -> int | None:
    """The number that this home was up with last. Raises StateCorrupt."""
    path = instance.home / "instance"
    try:
        return int(path.read_text())
    except FileNotFoundError:
        return None
    except ValueError:
        raise StateCorrupt(f"{path}: not a number; delete it to start afresh") from None


def each(names: Iterable[str], do: Callable[[str], object]) -> None:
    """Do it for all at once; raises the first TwinError after all have ended."""
    with ThreadPoolExecutor(16) as pool:
        futures = [pool.submit(do, name) for name in names]
    for future in futures:
        future.result()


def _agree(instance: Instance, wanted: Wanted, progress: Progress) -> Settings:
    """The settings to run with; ends the processes that run with others. Raises SettingsError."""
    before = settings_module.load(instance)
    settings = settings_module.check(replace(before, **wanted.settings))
    running = [role for role in roles.every(instance) if roles.find(instance, role)]
    if settings != before and running:
        progress.say("settings", "changed: restarting all processes")
        each(running, lambda role: processes.stop(instance, role, clock=progress.clock))
    return settings


@contextmanager
def _claimed(
    instance: Instance, wanted: Wanted, progress: Progress
) -> Iterator[tuple[Instance, int | None]]:
    """The instance and its gateway's socket; no socket when its gateway has it already."""
    if strays := processes.end_strays(instance, clock=progress.clock, package=wanted.package):
        progress.say("strays", f"ended {strays} that ran without a run file")
    if _answers(instance, roles.GATEWAY, progress):
        yield instance, None
        return
    processes.kill(instance, roles.GATEWAY, clock=progress.clock)
    if wanted.number == AUTO and recorded_number(instance) is None:
        instance, listener = claim.claim_first_free(instance)
    else:
        listener = claim.claim(instance)
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
            processes.kill(self.instance, role, clock=self.progress.clock)
        with self.progress.timed(role, "started"):
            processes.start(
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
        processes.thaw(instance, role)
    while processes.state(instance, role) is ProcessState.RUNNING:
        left_s = deadline - progress.clock.monotonic()
        if left_s <= 0:
            return False
        if processes.answers(instance, role, timeout_s=left_s):
            return True
        progress.clock.wait(_POLL_S)
    return False
