"""Run files against the processes that they name."""

import os
import shutil

from tests.functional.twin.runtime.standins import (
    CLOCK,
    STANDIN,
    has_ended,
    start_standin,
)
from twin import codec
from twin.runtime import processes, roles
from twin.runtime.instance import Instance
from twin.runtime.process_info import read_boot_id, read_process
from twin.runtime.roles import ProcessState
from twin.runtime.run_files import (
    RunFile,
    find_stray_daemons,
    process_state,
    session_processes,
)


def test_another_program_with_the_recorded_pid_is_not_ours(instance: Instance) -> None:
    start_standin(instance, "edge")
    processes.kill_process(instance, "edge", clock=CLOCK)
    impostor = RunFile(role="edge", pid=os.getpid(), start_ticks=1, boot_id=read_boot_id())
    roles.run_file_path(instance, "edge").write_text(codec.dumps(impostor))

    assert process_state(instance, "edge") is ProcessState.DEAD
    assert not processes.kill_process(instance, "edge", clock=CLOCK)


def test_a_run_file_of_an_earlier_boot_names_no_process(instance: Instance) -> None:
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
    pid = start_standin(instance, "control")
    shutil.rmtree(instance.home)
    instance.home.mkdir()

    assert [p.pid for p in find_stray_daemons(instance, STANDIN)] == [pid]
    restarted = start_standin(instance, "control")

    assert restarted != pid
    assert has_ended(pid)
    assert find_stray_daemons(instance, STANDIN) == ()
