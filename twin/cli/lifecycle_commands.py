"""`twin up` and `twin down`.

Up starts only what is missing, so running it again recovers from a crash, a `kill -9` or a reboot.
The gateway starts first, because its port is the lock on the instance, and ends first, because it
starts Regions. Down leaves no process, whatever state the processes and their files are in.
"""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import click

import twin
from common.clock import SystemClock
from common.command.operator import describe_operator
from common.command.wording import count_of
from common.files.atomic_file import write_atomically
from common.files.file_lock import FileLock
from common.files.private_files import UntrustedFolder, create_private_folder
from common.files.regular_file import read_regular_file
from twin.cli.completion import complete_city
from twin.cli.drill_check import keeps_off_drills
from twin.cli.progress import Progress
from twin.core.faults import PROCESS_FAULTS, Faults
from twin.errors import SettingsError, StateCorrupt, TwinError, UsageError
from twin.faults.store import update_faults
from twin.iam.session_token import load_token_key
from twin.runtime import processes
from twin.runtime.damaged_state import set_other_kinds_aside
from twin.runtime.folder_removal import remove_folder
from twin.runtime.instance import Instance
from twin.runtime.instance_lock import acquire_first_free_instance, acquire_instance
from twin.runtime.process_info import process_age_s
from twin.runtime.roles import GATEWAY, PACKAGE, ProcessState, all_roles
from twin.runtime.run_files import find_process, process_state, session_processes
from twin.settings import TwinSettings, check_settings, load_settings, save_settings

AUTO = "auto"
_HANG_AFTER_S = 10.0
"""A running process that does not answer for this long is restarted."""
_CHECKOUT = Path(twin.__file__).resolve().parents[1]
SOURCES = (_CHECKOUT / "twin", _CHECKOUT / "common")
_LOCK_ATTEMPTS = 10
_ELSEWHERE = "; the variable TWIN_HOME can name a folder elsewhere"
_LOCKS = ("twin.lock", "make.lock")
"""Of which a home has at least one, from the first `up` on."""
_RESTORED = ("state", "instance")
"""What of a home may be restored from a backup, without its locks."""
_STATE = (
    *("certificates", "code", "control", "faults", "identities", "regions"),
    *("session-token", "settings", "topology"),
)
"""The files and folders of the twin's state, without the end of their names."""
_LOGS = "logs"
"""What a command may leave in a home that was never up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpRequest:
    """Options of `twin up`."""

    number: str = ""
    """`0` to `19`; `auto`: the last one, else the first free; empty: the state's, else 0."""
    settings: dict[str, Any] = field(default_factory=dict)
    """Fields of TwinSettings to change; the others stay as they are."""
    package: str = PACKAGE
    """Package of the roles' programs; tests have stand-ins elsewhere."""
    sources: tuple[Path, ...] = SOURCES
    """Folders of the code that the processes run."""
    by: str = ""
    """Who starts it, by which command; empty: not known."""


# -- up


def bring_up(
    instance: Instance, request: UpRequest, environ: Mapping[str, str], progress: Progress
) -> Instance:
    """Start everything that is missing; the instance that runs now. Raises TwinError."""
    with lifecycle_lock(instance, progress):
        chosen = choose_instance(instance, request.number)
        set_other_kinds_aside(chosen.state_dir)
        settings = _apply_settings(chosen, request, progress)
        with _gateway_socket(chosen, request, progress) as (chosen, listen_fd):
            save_settings(chosen, settings)
            load_token_key(chosen)  # before any process needs it
            for path in (chosen.number_path, chosen.last_number_path):
                write_atomically(path, f"{chosen.number}\n")
            summary = f"{chosen.home}, {chosen.endpoint_url}, speed {settings.speed:g}"
            progress.report(f"twin {chosen.number}", summary)
            if settings.enforce_iam:
                progress.report("IAM", "is enforced; the key of .twin/env is the root user's")
            if settings.share:
                progress.report("shared", "with every user of this machine; their code runs as you")
            starter = _Starter(chosen, environ, progress, request.package)
            starter.start(GATEWAY, listen_fd)

        def start(role: str) -> None:
            starter.start(role)
            # At once: who looks for the fault meanwhile must find by whom it was ended.
            now = progress.clock.now()
            update_faults(chosen, lambda faults: faults.end(role, PROCESS_FAULTS, now, request.by))

        run_for_each([role for role in all_roles(chosen) if role != GATEWAY], start)
        now = progress.clock.now()
        update_faults(chosen, lambda faults: _end_process_faults(faults, now, request.by))
        return chosen


def _end_process_faults(faults: Faults, now: float, by: str) -> Faults:
    """Every process runs now; faults of network and replication stay until their own end."""
    for role in sorted({fault.role for fault in faults.faults}):
        faults = faults.end(role, PROCESS_FAULTS, now, by)
    return faults


@contextmanager
def lifecycle_lock(instance: Instance, progress: Progress, program: str = "twin") -> Iterator[None]:
    """Let one `up` or `down` of the program work on this home at a time.

    Other users of the machine can't enter the home: it holds state, logs and environments.
    """

    def report_waiting() -> None:
        other = f"another `{program} up` or `{program} down`"
        progress.report("waiting", f"for {other} of this folder")

    with _lock_home(instance.home, f"{program}.lock", report_waiting):
        yield


def _lock_home(home: Path, name: str, on_wait: Callable[[], None]) -> FileLock:
    """Create the home unless it exists, and lock a file in it. Raises SettingsError."""
    attempts = 0
    while True:
        attempts += 1
        try:
            _check_is_home(home)
            create_private_folder(home)
            return FileLock.acquire(home / name, on_wait)
        except UntrustedFolder as exc:
            raise SettingsError(f"{exc}{_ELSEWHERE}") from exc
        except OSError as exc:
            # Deleted meanwhile, unless it is where nobody can create one, as below /proc.
            if isinstance(exc, FileNotFoundError) and attempts < _LOCK_ATTEMPTS:
                continue
            raise SettingsError(f"{home} can't be used: {exc.strerror}{_ELSEWHERE}") from exc


def _check_is_home(folder: Path) -> None:
    """Raises SettingsError for a folder with other content: `down` would delete parts of that."""
    if not folder.is_dir():
        return
    state = folder / "state"
    if state.is_symlink():
        raise SettingsError(
            f"{state} is a symbolic link; `twin down` removes no folder elsewhere. "
            "Let TWIN_HOME name the place itself"
        )
    if any((folder / name).is_file() for name in _LOCKS):
        return
    names = {path.name for path in folder.iterdir()} - {_LOGS}
    if names - set(_RESTORED) or (names and not _is_state(state)):
        raise SettingsError(
            f"{folder} has other files in it and is no twin's folder; TWIN_HOME must name a folder "
            "of its own, new or empty"
        )


def _is_state(folder: Path) -> bool:
    """Whether the folder holds a twin's state, as of a backup, and nothing else."""
    return folder.is_dir() and all(
        path.name.lstrip(".").split(".")[0] in _STATE for path in folder.iterdir()
    )


def choose_instance(instance: Instance, number: str) -> Instance:
    """Apply `--instance`; for `auto`, whether the instance is free is found out later.

    Raises UsageError.
    """
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
    """The number that this home was up with last; None before that. Raises StateCorrupt."""
    path = instance.number_path
    try:
        return int(read_regular_file(path))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        raise StateCorrupt(f"{path}: not a number; delete it to start afresh") from None


def _read_last_number(instance: Instance) -> int | None:
    """The number before the last `down`, so that addresses stay the same; None if unknown."""
    try:
        return int(read_regular_file(instance.last_number_path))
    except (OSError, ValueError):
        return None


def run_for_each(roles: Iterable[str], action: Callable[[str], object]) -> None:
    """Run the action for all roles at once; raises the first TwinError after all have ended."""
    with ThreadPoolExecutor(16) as pool:
        futures = [pool.submit(action, role) for role in roles]
    for future in futures:
        future.result()


def _apply_settings(instance: Instance, request: UpRequest, progress: Progress) -> TwinSettings:
    """Settings to run with. Stops all processes if they changed, else those with older code.

    Raises SettingsError.
    """
    before = load_settings(instance)
    settings = check_settings(replace(before, **request.settings))
    running = [role for role in all_roles(instance) if find_process(instance, role)]
    if settings != before and running:
        progress.report("settings", "changed: restarting all processes")
    else:
        changed_at = newest_change(request.sources, progress.clock.now())
        running = [role for role in running if _started_at(instance, role, progress) < changed_at]
        if running:
            what = count_of(len(running), "process", "processes")
            progress.report("code", f"is newer than {what}: restarting")
    run_for_each(running, lambda role: processes.stop_process(instance, role, clock=progress.clock))
    return settings


def newest_change(folders: Iterable[Path], now: float) -> float:
    """When a Python file in these folders was last changed, in seconds since 1970.

    What seems to be changed in the future is left out: it would be newer than any process.
    """
    times = (path.stat().st_mtime for folder in folders for path in folder.rglob("*.py"))
    return max((time for time in times if time <= now), default=0.0)


def _started_at(instance: Instance, role: str, progress: Progress) -> float:
    """Seconds since 1970; now for a process that has ended meanwhile."""
    now = progress.clock.now()
    process = find_process(instance, role)
    return now if process is None else now - process_age_s(process, now)


@contextmanager
def _gateway_socket(
    instance: Instance, request: UpRequest, progress: Progress
) -> Iterator[tuple[Instance, int | None]]:
    """Lock the instance: it, and its gateway's socket; None when its gateway holds that already."""
    _end_strays(instance, progress, request.package)
    if _is_working(instance, GATEWAY, progress):
        yield instance, None
        return
    processes.kill_process(instance, GATEWAY, clock=progress.clock)
    if request.number == AUTO and read_instance_number(instance) is None:
        instance, listener = acquire_first_free_instance(instance, _read_last_number(instance))
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
        """Start the role's process, unless it works."""
        before = process_state(self.instance, role)
        if _is_working(self.instance, role, self.progress):
            thawed = before is ProcessState.FROZEN
            self.progress.report(role, "thawed" if thawed else "already running")
            return
        if before in (ProcessState.RUNNING, ProcessState.FROZEN):
            self.progress.report(role, "hangs: restarting")
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


def _is_working(instance: Instance, role: str, progress: Progress) -> bool:
    """Thaw a frozen process, wait for a starting one; False if it is dead or hangs.

    Control repeats its journal before it answers: one that works is not killed and started again.
    """
    if process_state(instance, role) is ProcessState.FROZEN:
        processes.thaw_process(instance, role)
    return processes.answers_while_it_works(
        instance, role, clock=progress.clock, timeout_s=_HANG_AFTER_S
    )


# -- down


def bring_down(
    instance: Instance, progress: Progress, *, keep_state: bool, package: str = PACKAGE
) -> None:
    """End every process of this home's twin; remove its state unless `keep_state`."""
    if not instance.home.exists():
        # Somebody may have deleted the folder under running processes.
        if not _end_strays(instance, progress, package):
            progress.report("twin", f"nothing in {instance.home}")
        return
    with lifecycle_lock(instance, progress):
        number = read_instance_number(instance)
        recorded = instance if number is None else Instance(instance.home, number)
        if number is not None or recorded.state_dir.exists():
            _announce_end(recorded, progress, keep_state=keep_state)
        _stop(recorded, GATEWAY, progress)
        run_for_each(all_roles(recorded), lambda role: _stop(recorded, role, progress))
        _end_strays(recorded, progress, package)
        _check_all_ended(recorded)
        shutil.rmtree(recorded.run_dir, ignore_errors=True)
        if not keep_state:
            _remove_state(recorded, progress)


def _announce_end(instance: Instance, progress: Progress, *, keep_state: bool) -> None:
    """Say whose processes end, and what is deleted, before anything is."""
    state = "keeping" if keep_state else "deleting"
    what = f"ending all processes, {state} all resources and items"
    progress.report(f"twin {instance.number}", f"{what} of {instance.home}")


def _end_strays(instance: Instance, progress: Progress, package: str) -> int:
    strays = processes.end_stray_daemons(instance, clock=progress.clock, package=package)
    if strays:
        progress.report("strays", f"ended {strays} that ran without a run file")
    return strays


def _stop(instance: Instance, role: str, progress: Progress) -> None:
    if processes.stop_process(instance, role, clock=progress.clock):
        progress.report(role, "stopped")


def _check_all_ended(instance: Instance) -> None:
    left = [p.pid for role in all_roles(instance) for p in session_processes(instance, role)]
    if left:
        raise TwinError(
            f"these processes can't be ended: {', '.join(map(str, left))}; see why (`ps -fp ID`),"
            " end them, then repeat the command"
        )


def _remove_state(instance: Instance, progress: Progress) -> None:
    if instance.state_dir.exists():
        try:
            remove_folder(instance.state_dir)
        except OSError as exc:
            raise TwinError(
                f"all processes have ended, but {instance.state_dir} can't be removed: {exc}; "
                "unmount or remove it, then repeat the command"
            ) from exc
        progress.report("state", "removed")
    instance.number_path.unlink(missing_ok=True)


# -- the commands


def _seconds_option(name: str, text: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Option `--NAME SECONDS` for the field `NAME_s` of TwinSettings."""
    field = f"{name.replace('-', '_')}_s"
    return click.option(f"--{name}", field, type=float, metavar="SECONDS", help=text)


@click.command()
@click.option(
    "--instance",
    "number",
    metavar="N|auto",
    default="",
    help="Addresses to use: 0 to 19; auto: those of the last time, else the first free ones.",
)
@click.option(
    "--speed", type=float, metavar="NUMBER", help="Divides the intervals, delays and lags of AWS."
)
@click.option(
    "--home-city",
    metavar="CITY",
    help="Where clients are that have no city's address (twin places).",
    shell_complete=complete_city,
)
@_seconds_option("propagation", "An accelerator's change takes this long.")
@_seconds_option(
    "route53-propagation", "A change of Route 53 reaches all name servers in this time."
)
@_seconds_option("endpoint-fail", "The accelerator follows a load balancer's failure after this.")
@_seconds_option("endpoint-recover", "It follows a recovery after this.")
@_seconds_option("checker-report", "Name servers follow a Route 53 health checker after this.")
@_seconds_option("replication-lag", "Half of all writes take less than this to the other Regions.")
@click.option(
    "--replication-spread",
    type=float,
    metavar="NUMBER",
    help="How far these lags lie apart: 0 not at all.",
)
@_seconds_option("idle-timeout", "The accelerator's idle time-out of a connection.")
@click.option(
    "--client-subnet/--no-client-subnet",
    default=None,
    help="The cities' resolvers tell name servers their clients' network.",
)
@click.option(
    "--resolver-city",
    metavar="CITY",
    help="Where all resolvers stand; '' is each in its own city.",
    shell_complete=complete_city,
)
@click.option("--fsync/--no-fsync", default=None, help="Wait for the disk at each write.")
@click.option(
    "--enforce-iam/--no-enforce-iam",
    default=None,
    help="Check signatures and permissions of AWS calls.",
)
@click.option(
    "--share/--no-share",
    default=None,
    help="Let other users of this machine call it; what they deploy runs as you.",
)
@click.pass_obj
@keeps_off_drills
def up(instance: Instance, /, number: str, **options: Any) -> None:  # noqa: ANN401 - click's options
    """Start the twin: its processes, and every Region that has run before.

    Running it again starts what is missing, and thaws what is frozen. An option that is not given
    keeps its value; a changed one restarts the processes.
    """
    request = UpRequest(
        number=number,
        settings={name: value for name, value in options.items() if value is not None},
        by=describe_operator(os.environ, "twin up", SystemClock().now()),
    )
    progress = Progress(SystemClock())
    with progress.telling_of_interruption("`twin up` starts what is missing"):
        bring_up(instance, request, os.environ, progress)


@click.command()
@click.option("--keep-state", is_flag=True, help="Keep resources and items for the next `twin up`.")
@click.pass_obj
@keeps_off_drills
def down(instance: Instance, keep_state: bool) -> None:
    """End all processes of the twin, frozen and hanging ones too, and remove its state."""
    bring_down(instance, Progress(SystemClock()), keep_state=keep_state)
