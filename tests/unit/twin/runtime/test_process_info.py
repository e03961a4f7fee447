"""What Linux says about this test's own process."""

import os
import socket
import subprocess
import sys

import pytest

from common.clock import SystemClock
from tests.waiting import eventually
from twin.runtime import process_info

NO_PID = 2**22 + 1
"""Above the highest process id of Linux."""


def test_a_process_is_itself_until_it_ends() -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    info = process_info.read_process(process.pid)
    assert info is not None

    assert process_info.is_alive(info)
    assert (info.session, info.has_ended) == (os.getsid(0), False)
    assert process.pid in [other.pid for other in process_info.list_processes()]

    process.communicate()
    assert not process_info.is_alive(info)


def test_the_age_counts_from_the_start() -> None:
    now = SystemClock().now()
    info = process_info.read_process(os.getpid())
    assert info is not None

    age_s = process_info.process_age_s(info, now)

    assert info.memory_bytes > 0
    assert 0 < info.processor_s < 3600 * 24
    assert 0 <= age_s < 3600 * 24
    assert process_info.process_age_s(info, now + 10) == pytest.approx(age_s + 10)


def test_arguments_and_environment_are_those_of_the_start() -> None:
    program = "input()"
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, env={"ONE": "two"}
    )

    # For a moment after the exec, the kernel has closed the parent's pipe and has no arguments yet.
    command = eventually(lambda: process_info.command_line(process.pid))
    assert command[1:] == ("-c", program)
    assert process_info.process_environment(process.pid)["ONE"] == "two"
    process.communicate()


def test_a_process_that_does_not_exist_is_empty() -> None:
    assert process_info.read_process(NO_PID) is None
    assert process_info.command_line(NO_PID) == ()
    assert process_info.process_environment(NO_PID) == {}


@pytest.mark.parametrize("host", ["127.0.0.1", process_info.EVERY_ADDRESS])
def test_a_listening_process_is_found_by_its_address(host: str) -> None:
    with socket.create_server((host, 0)) as listener:
        port = listener.getsockname()[1]

        assert process_info.find_listening_pid(("127.0.0.1", port)) == os.getpid()
    assert process_info.find_listening_pid(("127.0.0.1", port)) is None


def test_children_that_nobody_has_waited_for_are_counted() -> None:
    with subprocess.Popen(["sh", "-c", "true & read wait"], stdin=subprocess.PIPE) as parent:
        eventually(lambda: process_info.count_children(parent.pid) == 1)
        before = process_info.count_children(os.getpid())
        parent.communicate(b"\n")

    assert before >= 1
    assert process_info.count_children(parent.pid) == 0
