"""`twin up` and `twin down` with small programs in the daemons' place."""

import os
import shutil
import signal
import socket
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.clock import SystemClock
from tests.functional.twin.runtime.standins import FRANKFURT, STANDIN, set_behaviour
from tests.instances import claim_instance
from tests.waiting import eventually
from twin.cli.lifecycle_commands import (
    AUTO,
    UpRequest,
    bring_down,
    bring_up,
    choose_instance,
    lifecycle_lock,
    newest_change,
)
from twin.cli.main import main
from twin.cli.progress import Progress
from twin.core.faults import Fault, FaultKind
from twin.errors import InstanceInUse, SettingsError, TwinError, UsageError
from twin.faults.store import read_faults, update_faults
from twin.runtime import processes
from twin.runtime.damaged_state import find_damaged
from twin.runtime.instance import Instance
from twin.runtime.instance_lock import bind_gateway_socket
from twin.runtime.process_info import process_age_s
from twin.runtime.roles import CORE_ROLES, ProcessState
from twin.runtime.run_files import find_process, process_state
from twin.settings import TwinSettings, load_settings

BOOT_TIME_ERROR_S = 2.0
"""How wrong the start of a process may be: Linux tells its own in whole seconds."""


class Twin:
    """A home with stand-in daemons; collects the progress lines of the commands."""

    def __init__(self, home: Path, number: int | None = None) -> None:
        self.instance = Instance(home, claim_instance() if number is None else number)
        self.lines: list[str] = []
        self._progress = Progress(SystemClock(), self.lines.append)

    def up(self, number: str = "", sources: tuple[Path, ...] = (), **settings: object) -> Instance:
        self.lines.clear()
        request = UpRequest(number=number, settings=settings, package=STANDIN, sources=sources)
        return bring_up(self.instance, request, os.environ, self._progress)

    def down(self, *, keep_state: bool = False) -> None:
        self.lines.clear()
        bring_down(self.instance, self._progress, keep_state=keep_state, package=STANDIN)

    def progress_of(self, role: str) -> str:
        """The progress line of a role, without name and seconds."""
        (line,) = (line for line in self.lines if line.split()[0] == role)
        return line.strip().removeprefix(role).strip().partition(" (")[0]

    def pid(self, role: str) -> int:
        process = find_process(self.instance, role)
        assert process is not None
        return process.pid

    def age_s(self, role: str) -> float:
        process = find_process(self.instance, role)
        assert process is not None
        return process_age_s(process, SystemClock().now())


@pytest.fixture
def twin(tmp_path: Path) -> Iterator[Twin]:
    twin = Twin(tmp_path / "home")
    yield twin
    twin.down()


def test_up_starts_the_three_processes_and_records_the_instance(twin: Twin) -> None:
    twin.up()

    assert [twin.progress_of(role) for role in CORE_ROLES] == ["started"] * len(CORE_ROLES)
    assert all(processes.is_answering(twin.instance, role) for role in CORE_ROLES)
    assert (twin.instance.home / "instance").read_text() == f"{claim_instance()}\n"
    assert load_settings(twin.instance) == TwinSettings()


def test_other_users_cannot_enter_the_home(twin: Twin) -> None:
    twin.instance.home.mkdir(mode=0o755)

    twin.up()

    assert stat.S_IMODE(twin.instance.home.stat().st_mode) == 0o700


def test_a_home_that_others_could_exchange_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)

    with pytest.raises(SettingsError, match=f"chmod o-w {tmp_path}"):
        Twin(tmp_path / "home").up()


def test_a_home_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "home").touch()

    with pytest.raises(
        SettingsError, match=f"{tmp_path}/home can't be used: File exists; .*TWIN_HOME"
    ):
        Twin(tmp_path / "home").up()


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    """A wrong TWIN_HOME must not cost a project its folder `state`."""
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "own.txt").touch()
    tmp_path.chmod(0o755)
    stray = Twin(tmp_path)

    with pytest.raises(SettingsError, match=f"{tmp_path} has other files in it"):
        stray.down()
    with pytest.raises(SettingsError, match="TWIN_HOME must name a folder of its own"):
        stray.up()

    assert [path.name for path in tmp_path.rglob("*")] == ["state", "own.txt"]
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


@pytest.mark.parametrize("mark", ["instance/", "instance", "state/regions/", "state/settings.json"])
def test_a_project_with_folders_named_as_those_of_a_home_is_left_alone(
    tmp_path: Path, mark: str
) -> None:
    """Such as `instance` of a web application."""
    own = tmp_path / "state" / "own.txt"
    own.parent.mkdir()
    own.touch()
    if mark.endswith("/"):
        (tmp_path / mark).mkdir()
    else:
        (tmp_path / mark).write_text(f"{claim_instance()}\n")

    with pytest.raises(SettingsError, match=f"{tmp_path} has other files in it"):
        Twin(tmp_path).down()

    assert own.exists()


def test_a_state_that_is_a_link_to_elsewhere_is_refused(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    home = tmp_path / "home"
    home.mkdir()
    (home / "twin.lock").touch()
    (home / "state").symlink_to(elsewhere)

    with pytest.raises(SettingsError, match=f"{home}/state is a symbolic link"):
        Twin(home).down()

    assert elsewhere.is_dir()


def test_a_home_where_no_folder_can_be_created_is_refused() -> None:
    with pytest.raises(SettingsError, match="/proc/none/twin can't be used: No such file"):
        Twin(Path("/proc/none/twin")).up()


def test_up_again_starts_nothing(twin: Twin) -> None:
    twin.up()
    pids = [twin.pid(role) for role in CORE_ROLES]

    twin.up()

    assert [twin.progress_of(role) for role in CORE_ROLES] == ["already running"] * len(CORE_ROLES)
    assert [twin.pid(role) for role in CORE_ROLES] == pids


@pytest.mark.parametrize("role", [*CORE_ROLES, FRANKFURT])
def test_up_recovers_from_a_kill_of_any_process(twin: Twin, role: str) -> None:
    twin.instance.region_state("eu-central-1").mkdir(parents=True)
    twin.up()
    os.kill(twin.pid(role), signal.SIGKILL)
    eventually(lambda: process_state(twin.instance, role) is ProcessState.DEAD)

    twin.up()

    assert twin.progress_of(role) == "started"
    others = {*CORE_ROLES, FRANKFURT} - {role}
    assert {twin.progress_of(other) for other in others} == {"already running"}


def test_up_starts_with_fifos_in_place_of_files(twin: Twin) -> None:
    twin.up()
    twin.down(keep_state=True)
    instance = twin.instance
    logs = list(instance.logs_dir.iterdir())
    instance.run_dir.mkdir()
    for path in (instance.settings_path, instance.run_dir / "edge.json", *logs):
        path.unlink(missing_ok=True)
        os.mkfifo(path)

    twin.up()

    assert twin.progress_of("edge") == "started"
    assert load_settings(instance) == TwinSettings()
    assert find_damaged(instance.state_dir) == (instance.state_dir / "settings.json.damaged-1",)
    assert all(path.is_file() for path in logs)


def test_up_starts_the_regions_that_have_state(twin: Twin) -> None:
    twin.instance.region_state("eu-central-1").mkdir(parents=True)

    twin.up()

    assert processes.is_answering(twin.instance, FRANKFURT)


def test_up_thaws_what_is_frozen(twin: Twin) -> None:
    twin.up()
    pid = twin.pid("edge")
    processes.freeze_process(twin.instance, "edge")

    twin.up()

    assert twin.progress_of("edge") == "thawed"
    assert twin.pid("edge") == pid


def test_up_records_the_end_of_a_fault_although_other_processes_do_not_start(twin: Twin) -> None:
    """A drill asks by whom its fault was ended as soon as it is."""
    twin.instance.region_state("eu-central-1").mkdir(parents=True)
    twin.up()
    freeze = Fault(kind=FaultKind.FREEZE, role=FRANKFURT, region="eu-central-1", since_s=1.0)
    update_faults(twin.instance, lambda faults: faults.with_fault(freeze))
    processes.freeze_process(twin.instance, FRANKFURT)
    os.kill(twin.pid("control"), signal.SIGKILL)
    eventually(lambda: process_state(twin.instance, "control") is ProcessState.DEAD)
    set_behaviour(twin.instance, "ends at once")

    with pytest.raises(TwinError, match="control"):
        twin.up()

    assert [one.fault for one in read_faults(twin.instance).ended] == [freeze]


def test_start_says_that_it_thawed_what_was_frozen(
    twin: Twin, capsys: pytest.CaptureFixture[str]
) -> None:
    twin.up()
    processes.freeze_process(twin.instance, "edge")

    assert main(["edge", "start"], twin.instance) == 0

    assert capsys.readouterr().out.split()[:2] == ["edge", "thawed"]
    assert processes.is_answering(twin.instance, "edge")


@pytest.mark.parametrize("keep_state", [True, False])
def test_a_process_of_a_twin_that_is_down_is_not_started_alone(
    twin: Twin, capsys: pytest.CaptureFixture[str], keep_state: bool
) -> None:
    twin.up()
    twin.down(keep_state=keep_state)

    assert main(["edge", "start"], twin.instance) == 1

    assert "the twin is not running; start it: `twin up`" in capsys.readouterr().err
    assert find_process(twin.instance, "edge") is None


def test_a_start_during_down_waits_for_it_and_then_starts_nothing(
    twin: Twin, capsys: pytest.CaptureFixture[str]
) -> None:
    """Such as that of a drill's rollback."""
    twin.up()
    codes: list[int] = []
    start = threading.Thread(target=lambda: codes.append(main(["edge", "start"], twin.instance)))

    with lifecycle_lock(twin.instance, Progress(SystemClock())):
        start.start()
        eventually(lambda: "waiting" in capsys.readouterr().out)
        for role in CORE_ROLES:
            processes.stop_process(twin.instance, role, clock=SystemClock())
    start.join(timeout=30)

    assert codes == [1]
    assert find_process(twin.instance, "edge") is None


def test_up_restarts_all_with_changed_settings_and_keeps_the_others(twin: Twin) -> None:
    twin.up(speed=20.0)
    pids = {twin.pid(role) for role in CORE_ROLES}

    twin.up(home_city="Tokyo")

    assert pids.isdisjoint(twin.pid(role) for role in CORE_ROLES)
    settings = load_settings(twin.instance)
    assert (settings.speed, settings.home_city) == (20.0, "Tokyo")


def test_up_restarts_the_processes_that_are_older_than_their_code(
    twin: Twin, tmp_path: Path
) -> None:
    twin.up()
    old = twin.pid("control")
    (tmp_path / "code").mkdir()
    eventually(lambda: all(twin.age_s(role) > BOOT_TIME_ERROR_S for role in CORE_ROLES))
    (tmp_path / "code" / "module.py").touch()

    twin.up(sources=(tmp_path / "code",))

    assert f"is newer than {len(CORE_ROLES)} processes: restarting" in "\n".join(twin.lines)
    assert twin.pid("control") != old


def test_code_of_the_future_is_older_than_any_process(tmp_path: Path) -> None:
    past, future = tmp_path / "past.py", tmp_path / "future.py"
    for path, time in ((past, 100.0), (future, 300.0)):
        path.touch()
        os.utime(path, (time, time))

    assert newest_change((tmp_path,), now=200.0) == 100.0
    assert newest_change((), now=200.0) == 0.0


def test_up_refuses_wrong_settings_before_it_touches_anything(twin: Twin) -> None:
    with pytest.raises(SettingsError, match="speed: 0"):
        twin.up(speed=0.0)

    assert not twin.instance.run_dir.exists()


def test_an_instance_is_held_by_one_home(twin: Twin, tmp_path: Path) -> None:
    twin.up()
    second = Twin(tmp_path / "second")

    with pytest.raises(InstanceInUse, match=rf"held by the twin of {twin.instance.home} \(pid \d+"):
        second.up()

    assert find_process(second.instance, "gateway") is None


def test_a_port_held_by_another_program_names_it(twin: Twin) -> None:
    expected = rf"another program \(pid {os.getpid()}: "

    with (
        socket.create_server(twin.instance.gateway_address),
        pytest.raises(InstanceInUse, match=expected),
    ):
        twin.up()


def test_auto_takes_the_first_free_instance_and_stays_with_it(twin: Twin) -> None:
    taken = [number for number in range(20) if _is_taken(Instance(twin.instance.home, number))]

    chosen = twin.up(AUTO)

    twin.instance = chosen
    assert chosen.number == min(set(range(20)) - set(taken))
    assert twin.up(AUTO).number == chosen.number
    assert twin.progress_of("gateway") == "already running"


def test_auto_takes_the_same_instance_again_after_down_if_it_is_free(twin: Twin) -> None:
    twin.up()
    own = twin.instance
    twin.down()

    chosen = twin.up(AUTO)

    assert chosen.number == own.number
    twin.down()
    with socket.create_server(own.gateway_address):
        twin.instance = other = twin.up(AUTO)
        assert other.number != own.number
        twin.down()


def test_auto_stays_with_the_number_that_another_up_has_recorded_meanwhile(tmp_path: Path) -> None:
    """This one has read its instance before it waited for the other one's end."""
    read_before = Instance(tmp_path, 0)
    read_before.number_path.write_text("7\n")

    assert choose_instance(read_before, AUTO) == Instance(tmp_path, 7)


def _is_taken(instance: Instance) -> bool:
    listener = bind_gateway_socket(instance)
    if listener is not None:
        listener.close()
    return listener is None


def test_state_stays_with_its_instance(twin: Twin) -> None:
    twin.up()

    with pytest.raises(UsageError, match=f"belongs to instance {claim_instance()}, not 3"):
        twin.up("3")
    with pytest.raises(UsageError, match="--instance many: neither a number nor auto"):
        twin.up("many")


def test_down_leaves_nothing_running_and_no_state(twin: Twin) -> None:
    twin.instance.region_state("eu-central-1").mkdir(parents=True)
    twin.up()
    processes.freeze_process(twin.instance, FRANKFURT)

    twin.down()

    assert [twin.progress_of(r) for r in (*CORE_ROLES, FRANKFURT)] == ["stopped"] * 6
    assert not any(processes.is_answering(twin.instance, r, 0.1) for r in (*CORE_ROLES, FRANKFURT))
    left = {path.name for path in twin.instance.home.iterdir()}
    assert left == {"last-instance", "logs", "twin.lock"}


@pytest.mark.parametrize(("keep_state", "word"), [(False, "deleting"), (True, "keeping")])
def test_down_says_first_whose_processes_end_and_what_becomes_of_the_state(
    twin: Twin, keep_state: bool, word: str
) -> None:
    twin.up()

    twin.down(keep_state=keep_state)

    subject = f"twin {twin.instance.number}"
    assert twin.lines[0] == (
        f"  {subject:<22} ending all processes, {word} all resources and items of"
        f" {twin.instance.home}"
    )


def test_down_says_what_to_do_with_state_that_it_cannot_remove(twin: Twin, tmp_path: Path) -> None:
    twin.up()
    twin.instance.state_dir.rename(tmp_path / "elsewhere")
    twin.instance.state_dir.touch()  # can't be removed as a folder; neither can a mount

    with pytest.raises(TwinError, match=r"state can't be removed: .*; unmount or remove it"):
        twin.down()

    assert not any(processes.is_answering(twin.instance, role, 0.1) for role in CORE_ROLES)
    twin.instance.state_dir.unlink()


def test_down_again_is_no_error(twin: Twin) -> None:
    twin.up()
    twin.down()

    twin.down()

    assert twin.lines == []


def test_down_ends_processes_whose_folder_was_deleted_with_its_number(twin: Twin) -> None:
    twin.up()
    shutil.rmtree(twin.instance.home)
    unnumbered = Instance(twin.instance.home, 0)

    lines: list[str] = []
    progress = Progress(SystemClock(), lines.append)
    bring_down(unnumbered, progress, keep_state=False, package=STANDIN)

    assert lines == [f"  {'strays':<22} ended 5 that ran without a run file"]
    assert not any(processes.is_answering(twin.instance, role, 0.1) for role in CORE_ROLES)
    assert not twin.instance.home.exists()


def test_down_can_keep_the_state(twin: Twin) -> None:
    twin.instance.region_state("eu-central-1").mkdir(parents=True)
    twin.up(speed=5.0)

    twin.down(keep_state=True)
    twin.up()

    assert load_settings(twin.instance).speed == 5.0
    assert twin.progress_of(FRANKFURT) == "started"


def test_up_recovers_when_the_folder_was_deleted_under_the_processes(twin: Twin) -> None:
    twin.up()
    old = twin.pid("gateway")
    shutil.rmtree(twin.instance.home)

    twin.up()

    assert twin.progress_of("strays") == "ended 5 that ran without a run file"
    assert twin.pid("gateway") != old
