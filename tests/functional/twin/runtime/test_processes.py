"""Starting, stopping, killing and freezing, with small programs in the daemons' place."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.functional.twin.runtime.standins import (
    CLOCK,
    FRANKFURT,
    STANDIN,
    has_ended,
    set_behaviour,
    start_standin,
)
from tests.instances import claim_instance
from tests.waiting import eventually
from twin.errors import NotRunning, RegionUnknown, StartFailed, UsageError
from twin.runtime import processes, roles
from twin.runtime.instance import Instance
from twin.runtime.process_info import process_environment, read_process
from twin.runtime.roles import ProcessState
from twin.runtime.run_files import (
    find_process,
    find_stray_daemons,
    process_state,
    session_processes,
)


def test_a_started_process_answers_and_has_a_run_file(instance: Instance) -> None:
    assert process_state(instance, "control") is ProcessState.ABSENT

    pid = start_standin(instance, "control")

    assert processes.is_answering(instance, "control")
    assert process_state(instance, "control") is ProcessState.RUNNING
    process = find_process(instance, "control")
    assert process is not None
    assert process.pid == pid
    assert "well-behaved" in roles.log_path(instance, "control").read_text()


def test_a_daemon_holds_nothing_of_its_starter(instance: Instance) -> None:
    kept_open, other_end = os.pipe()
    os.set_inheritable(other_end, True)

    pid = start_standin(instance, "control")

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


def test_a_start_whose_run_file_can_t_be_written_leaves_no_process(instance: Instance) -> None:
    draft = instance.run_dir / f".control.json.{os.getpid()}.new"
    draft.mkdir(parents=True)  # in its place nothing can be written

    with pytest.raises(OSError, match=r"control\.json"):
        start_standin(instance, "control")

    assert find_stray_daemons(instance, STANDIN) == ()


def test_starting_again_changes_nothing(instance: Instance) -> None:
    pid = start_standin(instance, "edge")

    assert start_standin(instance, "edge") == pid


def test_many_starts_at_once_make_one_process(instance: Instance) -> None:
    with ThreadPoolExecutor(6) as pool:
        pids = list(pool.map(lambda _: start_standin(instance, FRANKFURT), range(6)))

    assert len(set(pids)) == 1
    log = roles.log_path(instance, FRANKFURT).read_text()
    assert log.count("starts as") == 1


def test_a_killed_process_is_dead_and_starts_anew(instance: Instance) -> None:
    pid = start_standin(instance, FRANKFURT)

    assert processes.kill_process(instance, FRANKFURT, clock=CLOCK)

    assert process_state(instance, FRANKFURT) is ProcessState.DEAD
    assert not processes.kill_process(instance, FRANKFURT, clock=CLOCK)
    assert start_standin(instance, FRANKFURT) != pid


def test_a_kill_from_outside_is_seen(instance: Instance) -> None:
    pid = start_standin(instance, FRANKFURT)

    os.kill(pid, signal.SIGKILL)

    eventually(lambda: process_state(instance, FRANKFURT) is ProcessState.DEAD)


def test_a_killed_region_takes_its_workers_along(instance: Instance) -> None:
    set_behaviour(instance, "with a worker")
    start_standin(instance, FRANKFURT)
    assert len(session_processes(instance, FRANKFURT)) == 2

    processes.kill_process(instance, FRANKFURT, clock=CLOCK)

    assert session_processes(instance, FRANKFURT) == ()


def test_what_a_function_starts_in_a_session_of_its_own_ends_with_the_region(
    instance: Instance,
) -> None:
    """As a browser or a daemon that the function has started; Lambda leaves none either."""
    start_standin(instance, FRANKFURT)
    code = instance.region_state("eu-central-1") / "code" / "sha"
    program = [sys.executable, "-c", "import signal; signal.pause()"]
    with (
        subprocess.Popen(
            program, start_new_session=True, env={"LAMBDA_TASK_ROOT": str(code)}
        ) as own,
        subprocess.Popen(program, env={"LAMBDA_TASK_ROOT": "/elsewhere/code"}) as other,
    ):
        eventually(lambda: own.pid in {p.pid for p in session_processes(instance, FRANKFURT)})

        processes.stop_process(instance, FRANKFURT, clock=CLOCK)

        assert own.wait(5) == -signal.SIGKILL
        assert other.poll() is None
        other.kill()


def test_a_worker_that_outlived_its_region_ends_with_the_next_start(instance: Instance) -> None:
    set_behaviour(instance, "with a worker")
    pid = start_standin(instance, FRANKFURT)
    (worker,) = (p for p in session_processes(instance, FRANKFURT) if p.pid != pid)
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: process_state(instance, FRANKFURT) is ProcessState.DEAD)
    assert read_process(worker.pid) is not None

    set_behaviour(instance, "")
    start_standin(instance, FRANKFURT)

    eventually(lambda: has_ended(worker.pid))


def test_a_frozen_process_is_seen_and_thawed(instance: Instance) -> None:
    set_behaviour(instance, "with a worker")
    pid = start_standin(instance, FRANKFURT)

    processes.freeze_process(instance, FRANKFURT)

    eventually(lambda: process_state(instance, FRANKFURT) is ProcessState.FROZEN)
    eventually(lambda: all(p.is_stopped for p in session_processes(instance, FRANKFURT)))
    assert not processes.is_answering(instance, FRANKFURT, timeout_s=0.1)

    processes.thaw_process(instance, FRANKFURT)

    assert processes.is_answering(instance, FRANKFURT)
    assert session_processes(instance, FRANKFURT)[0].pid == pid


def test_starting_thaws_a_frozen_process(instance: Instance) -> None:
    pid = start_standin(instance, "edge")
    processes.freeze_process(instance, "edge")

    assert start_standin(instance, "edge") == pid
    assert processes.is_answering(instance, "edge")


def test_stopping_ends_a_frozen_process_by_sigterm(instance: Instance) -> None:
    start_standin(instance, "edge")
    processes.freeze_process(instance, "edge")

    started = CLOCK.monotonic()
    assert processes.stop_process(instance, "edge", clock=CLOCK)

    assert CLOCK.monotonic() - started < 4.0
    assert process_state(instance, "edge") is ProcessState.DEAD
    assert not processes.stop_process(instance, "edge", clock=CLOCK)


def test_stopping_kills_a_process_that_ignores_sigterm(instance: Instance) -> None:
    set_behaviour(instance, "deaf")
    start_standin(instance, "edge")

    assert processes.stop_process(instance, "edge", clock=CLOCK, timeout_s=0.2)

    assert process_state(instance, "edge") is ProcessState.DEAD


@pytest.mark.parametrize("action", [processes.freeze_process, processes.thaw_process])
def test_a_dead_process_can_not_be_frozen_or_thawed(
    instance: Instance, action: Callable[[Instance, str], None]
) -> None:
    with pytest.raises(NotRunning, match=r"edge is not running \(it is absent\)"):
        action(instance, "edge")


def test_the_error_of_a_failed_start_has_the_end_of_the_log(instance: Instance) -> None:
    set_behaviour(instance, "ends at once")

    with pytest.raises(StartFailed, match=r"(?s)control ended while starting.*no reason at all"):
        start_standin(instance, "control")

    assert process_state(instance, "control") is ProcessState.ABSENT


def test_a_failed_start_leaves_a_region_that_had_run_dead(instance: Instance) -> None:
    start_standin(instance, FRANKFURT)
    processes.kill_process(instance, FRANKFURT, clock=CLOCK)
    set_behaviour(instance, "ends at once")

    with pytest.raises(StartFailed):
        start_standin(instance, FRANKFURT)

    assert process_state(instance, FRANKFURT) is ProcessState.DEAD


def test_a_process_that_never_answers_is_ended(instance: Instance) -> None:
    set_behaviour(instance, "silent")
    instance.logs_dir.mkdir()
    roles.log_path(instance, "control").write_text("of an earlier start\n")

    with pytest.raises(
        StartFailed, match=r"control does not answer [1-9] s after its start"
    ) as failed:
        start_standin(instance, "control", timeout_s=1.0)

    assert "control starts as" in str(failed.value)
    assert "of an earlier start" not in str(failed.value)
    assert find_stray_daemons(instance, STANDIN) == ()


def test_a_process_that_works_gets_more_time_to_start(instance: Instance) -> None:
    set_behaviour(instance, "busy")

    start_standin(instance, "control", timeout_s=2.0)

    assert processes.is_answering(instance, "control")


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
    with log.open("wb") as file:
        file.truncate(processes.MAX_LOG_BYTES + 1)

    start_standin(instance, "edge")

    assert log.stat().st_size < 1000
    assert log.with_suffix(".log.1").stat().st_size > processes.MAX_LOG_BYTES


def test_unknown_roles_and_regions_are_named(instance: Instance) -> None:
    with pytest.raises(UsageError, match="no process 'console'"):
        start_standin(instance, "console")
    with pytest.raises(RegionUnknown, match="'mars-1'"):
        start_standin(instance, "region/mars-1")


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
