"""Starting, stopping, killing and freezing, with small programs in the daemons' place."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from common.clock import SystemClock
from tests.instances import claim_instance
from tests.waiting import eventually
from twin import codec
from twin.errors import NotRunning, RegionUnknown, StartFailed, UsageError
from twin.runtime import processes, roles
from twin.runtime.instance import Instance
from twin.runtime.process_info import process_environment, read_boot_id, read_process
from twin.runtime.roles import ProcessState
from twin.runtime.run_files import (
    RunFile,
    find_process,
    find_stray_daemons,
    process_state,
    session_processes,
)

STANDIN = "tests.functional.twin.runtime.standin"
FRANKFURT = "region/eu-central-1"
CLOCK = SystemClock()


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    mine = Instance(tmp_path / "home", claim_instance())
    mine.home.mkdir()
    yield mine
    for role in roles.all_roles(mine):
        processes.kill_process(mine, role, clock=CLOCK)
    processes.end_stray_daemons(mine, clock=CLOCK, package=STANDIN)


def start(instance: Instance, role: str, *, timeout_s: float = 20.0) -> int:
    return processes.start_process(
        instance,
        role,
        environ=os.environ | {"TWIN_LEASH": str(os.getpid()), "UNRELATED": "1"},
        clock=CLOCK,
        timeout_s=timeout_s,
        package=STANDIN,
    )


def behave(instance: Instance, how: str) -> None:
    (instance.home / "behaviour").write_text(how)


def test_a_started_process_answers_and_is_known(instance: Instance) -> None:
    assert process_state(instance, "control") is ProcessState.ABSENT

    pid = start(instance, "control")

    assert processes.is_answering(instance, "control")
    assert process_state(instance, "control") is ProcessState.RUNNING
    found = find_process(instance, "control")
    assert found is not None
    assert found.pid == pid
    assert "well-behaved" in roles.log_path(instance, "control").read_text()


def test_a_daemon_holds_nothing_of_its_starter(instance: Instance) -> None:
    kept_open, other_end = os.pipe()
    os.set_inheritable(other_end, True)

    pid = start(instance, "control")

    assert os.getsid(pid) == pid
    assert Path(f"/proc/{pid}/cwd").readlink() == Path(__file__).parents[4]
    log = str(roles.log_path(instance, "control"))
    held = {os.readlink(f"/proc/{pid}/fd/{fd}") for fd in ("0", "1", "2")}
    assert held == {"/dev/null", log}
    os.close(other_end)
    assert os.read(kept_open, 1) == b""  # nobody else has the writing end
    os.close(kept_open)
    environment = process_environment(pid)
    assert environment["TWIN_HOME"] == str(instance.home)
    assert environment["TWIN_INSTANCE"] == str(claim_instance())
    assert environment["TWIN_LEASH"] == str(os.getpid())
    assert "UNRELATED" not in environment


def test_starting_again_changes_nothing(instance: Instance) -> None:
    pid = start(instance, "edge")

    assert start(instance, "edge") == pid


def test_many_starts_at_once_make_one_process(instance: Instance) -> None:
    with ThreadPoolExecutor(6) as pool:
        pids = list(pool.map(lambda _: start(instance, FRANKFURT), range(6)))

    assert len(set(pids)) == 1
    log = roles.log_path(instance, FRANKFURT).read_text()
    assert log.count("starts as") == 1


def test_a_killed_process_is_dead_and_starts_anew(instance: Instance) -> None:
    pid = start(instance, FRANKFURT)

    assert processes.kill_process(instance, FRANKFURT, clock=CLOCK)

    assert process_state(instance, FRANKFURT) is ProcessState.DEAD
    assert not processes.kill_process(instance, FRANKFURT, clock=CLOCK)
    assert start(instance, FRANKFURT) != pid


def test_a_kill_from_outside_is_seen(instance: Instance) -> None:
    pid = start(instance, FRANKFURT)

    os.kill(pid, signal.SIGKILL)

    eventually(lambda: process_state(instance, FRANKFURT) is ProcessState.DEAD)


def test_a_killed_region_takes_its_workers_along(instance: Instance) -> None:
    behave(instance, "with a worker")
    start(instance, FRANKFURT)
    assert len(session_processes(instance, FRANKFURT)) == 2

    processes.kill_process(instance, FRANKFURT, clock=CLOCK)

    assert session_processes(instance, FRANKFURT) == ()


def test_a_worker_that_outlived_its_region_ends_with_the_next_start(instance: Instance) -> None:
    behave(instance, "with a worker")
    pid = start(instance, FRANKFURT)
    (worker,) = (p for p in session_processes(instance, FRANKFURT) if p.pid != pid)
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: process_state(instance, FRANKFURT) is ProcessState.DEAD)
    assert read_process(worker.pid) is not None

    behave(instance, "")
    start(instance, FRANKFURT)

    eventually(lambda: _gone(worker.pid))


def test_a_frozen_process_is_seen_and_thawed(instance: Instance) -> None:
    behave(instance, "with a worker")
    pid = start(instance, FRANKFURT)

    processes.freeze_process(instance, FRANKFURT)

    eventually(lambda: process_state(instance, FRANKFURT) is ProcessState.FROZEN)
    eventually(lambda: all(p.is_stopped for p in session_processes(instance, FRANKFURT)))
    assert not processes.is_answering(instance, FRANKFURT, timeout_s=0.1)

    processes.thaw_process(instance, FRANKFURT)

    assert processes.is_answering(instance, FRANKFURT)
    assert session_processes(instance, FRANKFURT)[0].pid == pid


def test_starting_thaws_a_frozen_process(instance: Instance) -> None:
    pid = start(instance, "edge")
    processes.freeze_process(instance, "edge")

    assert start(instance, "edge") == pid
    assert processes.is_answering(instance, "edge")


def test_stopping_ends_a_frozen_process_in_peace(instance: Instance) -> None:
    start(instance, "edge")
    processes.freeze_process(instance, "edge")

    started = CLOCK.monotonic()
    assert processes.stop_process(instance, "edge", clock=CLOCK)

    assert CLOCK.monotonic() - started < 4.0
    assert process_state(instance, "edge") is ProcessState.DEAD
    assert not processes.stop_process(instance, "edge", clock=CLOCK)


def test_stopping_ends_by_force_what_does_not_listen(instance: Instance) -> None:
    behave(instance, "deaf")
    start(instance, "edge")

    assert processes.stop_process(instance, "edge", clock=CLOCK, timeout_s=0.2)

    assert process_state(instance, "edge") is ProcessState.DEAD


@pytest.mark.parametrize("action", [processes.freeze_process, processes.thaw_process])
def test_a_dead_process_can_not_be_frozen_or_thawed(
    instance: Instance, action: Callable[[Instance, str], None]
) -> None:
    with pytest.raises(NotRunning, match=r"edge is not running \(it is absent\)"):
        action(instance, "edge")


def test_a_process_that_ends_while_starting_tells_its_last_words(instance: Instance) -> None:
    behave(instance, "ends at once")

    with pytest.raises(StartFailed, match=r"(?s)control ended while starting.*no reason at all"):
        start(instance, "control")

    assert process_state(instance, "control") is ProcessState.ABSENT


def test_a_failed_start_leaves_a_region_that_had_run_dead(instance: Instance) -> None:
    start(instance, FRANKFURT)
    processes.kill_process(instance, FRANKFURT, clock=CLOCK)
    behave(instance, "ends at once")

    with pytest.raises(StartFailed):
        start(instance, FRANKFURT)

    assert process_state(instance, FRANKFURT) is ProcessState.DEAD


def test_a_process_that_never_answers_is_ended(instance: Instance) -> None:
    behave(instance, "silent")

    with pytest.raises(StartFailed, match="control does not answer 1 s after its start"):
        start(instance, "control", timeout_s=1.0)

    assert find_stray_daemons(instance, STANDIN) == ()


def test_another_program_with_the_recorded_pid_is_not_ours(instance: Instance) -> None:
    start(instance, "edge")
    processes.kill_process(instance, "edge", clock=CLOCK)
    impostor = RunFile(role="edge", pid=os.getpid(), start_ticks=1, boot_id=read_boot_id())
    roles.run_file_path(instance, "edge").write_text(codec.dumps(impostor))

    assert process_state(instance, "edge") is ProcessState.DEAD
    assert not processes.kill_process(instance, "edge", clock=CLOCK)


def test_a_run_file_of_an_earlier_boot_names_nobody(instance: Instance) -> None:
    me = read_process(os.getpid())
    assert me is not None
    earlier = RunFile(role="edge", pid=me.pid, start_ticks=me.start_ticks, boot_id="another boot")
    instance.run_dir.mkdir()
    roles.run_file_path(instance, "edge").write_text(codec.dumps(earlier))

    assert process_state(instance, "edge") is ProcessState.DEAD
    assert session_processes(instance, "edge") == ()


def test_a_run_file_cut_short_is_a_dead_process(instance: Instance) -> None:
    instance.run_dir.mkdir()
    roles.run_file_path(instance, "edge").write_text('{"pid": 1')

    assert process_state(instance, "edge") is ProcessState.DEAD


def test_a_region_with_state_and_no_process_is_dead(instance: Instance) -> None:
    instance.region_state("us-west-2").mkdir(parents=True)

    assert process_state(instance, "region/us-west-2") is ProcessState.DEAD
    assert roles.started_regions(instance) == ("us-west-2",)


def test_daemons_whose_folder_was_deleted_are_found_again(instance: Instance) -> None:
    pid = start(instance, "control")
    shutil.rmtree(instance.home)
    instance.home.mkdir()

    assert [p.pid for p in find_stray_daemons(instance, STANDIN)] == [pid]
    fresh = start(instance, "control")

    assert fresh != pid
    assert _gone(pid)
    assert find_stray_daemons(instance, STANDIN) == ()


def test_the_gateway_serves_on_the_socket_it_is_given(instance: Instance) -> None:
    with socket.create_server(instance.gateway_address) as listener:
        os.set_inheritable(listener.fileno(), True)
        processes.start_process(
            instance,
            "gateway",
            environ=os.environ,
            clock=CLOCK,
            listen_fd=listener.fileno(),
            package=STANDIN,
        )

    assert processes.is_answering(instance, "gateway")


def test_a_long_log_is_set_aside_at_the_next_start(instance: Instance) -> None:
    instance.logs_dir.mkdir()
    log = roles.log_path(instance, "edge")
    with log.open("wb") as opened:
        opened.truncate(processes.MAX_LOG_BYTES + 1)

    start(instance, "edge")

    assert log.stat().st_size < 1000
    assert log.with_suffix(".log.1").stat().st_size > processes.MAX_LOG_BYTES


def test_unknown_roles_and_regions_are_named(instance: Instance) -> None:
    with pytest.raises(UsageError, match="no process 'console'"):
        start(instance, "console")
    with pytest.raises(RegionUnknown, match="'mars-1'"):
        start(instance, "region/mars-1")


def test_the_starter_ends_while_its_daemons_live_on(instance: Instance) -> None:
    program = (
        "import os, pathlib\n"
        "from twin.runtime import processes\n"
        "from common.clock import SystemClock\n"
        "from twin.runtime.instance import Instance\n"
        f"home = pathlib.Path({str(instance.home)!r})\n"
        f"processes.start_process(Instance(home, {claim_instance()}),"
        f" 'edge',"
        f" environ=os.environ, clock=SystemClock(), package={STANDIN!r})\n"
        "print('started')\n"
    )

    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=20, check=True
    )

    assert ended.stdout == "started\n"
    assert process_state(instance, "edge") is ProcessState.RUNNING


def _gone(pid: int) -> bool:
    found = read_process(pid)
    return found is None or found.has_ended
