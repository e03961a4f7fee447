"""The gateway as a process, started as the twin starts it."""

import http.client
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.clock import SystemClock
from tests.functional.twin.strangers import connect_as_stranger
from tests.instances import claim_instance
from twin.errors import StartFailed
from twin.gateway.process import OsProcesses
from twin.runtime import processes, roles
from twin.runtime.instance import Instance
from twin.runtime.instance_lock import acquire_instance, fetch_whoami
from twin.runtime.roles import ProcessState
from twin.runtime.run_files import process_state
from twin.settings import TwinSettings, save_settings

CLOCK = SystemClock()


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    instance = Instance(tmp_path, claim_instance())
    yield instance
    processes.kill_process(instance, roles.GATEWAY, clock=CLOCK)


def start(instance: Instance, listening: socket.socket | None) -> int:
    environ = os.environ | {"TWIN_LEASH": str(os.getpid())}
    listen_fd = None if listening is None else listening.fileno()
    return processes.start_process(
        instance, roles.GATEWAY, environ=environ, clock=CLOCK, listen_fd=listen_fd
    )


def test_it_serves_on_the_inherited_socket(instance: Instance) -> None:
    with acquire_instance(instance) as listening:
        pid = start(instance, listening)

    found = fetch_whoami(instance)
    assert found is not None
    assert (found.pid, found.home) == (pid, str(instance.home))


def test_without_an_inherited_socket_it_binds_its_own(instance: Instance) -> None:
    start(instance, None)

    connection = http.client.HTTPConnection(*instance.gateway_address, timeout=5)
    connection.request("GET", "/")
    assert f"Twin number {claim_instance()}".encode() in connection.getresponse().read()
    connection.close()


@pytest.mark.parametrize("shared", [False, True])
def test_the_setting_decides_whether_other_users_are_served(
    instance: Instance, shared: bool
) -> None:
    """Only root can act as another user; then the answer tells a shared twin from its own."""
    save_settings(instance, TwinSettings(share=shared))
    start(instance, None)

    with connect_as_stranger(instance.gateway_address) as caller:
        caller.sendall(
            b"GET /_twin/whoami HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
        )
        status_line = caller.makefile("rb").readline()

    served = shared or os.geteuid() != 0
    assert status_line.split()[1] == (b"200" if served else b"403")


def test_a_region_whose_files_can_t_be_written_fails_to_start(instance: Instance) -> None:
    """So that the call which asks for the Region gets an error, and the gateway goes on."""
    instance.logs_dir.write_text("a file in the folder's place")

    with pytest.raises(StartFailed, match=f"edge can't be started: .*{instance.logs_dir}"):
        OsProcesses(instance, os.environ).start(roles.EDGE)


def test_it_ends_on_a_stop(instance: Instance) -> None:
    start(instance, None)

    assert processes.stop_process(instance, roles.GATEWAY, clock=CLOCK, timeout_s=4.0)
    assert process_state(instance, roles.GATEWAY) is ProcessState.DEAD


def test_the_error_for_a_taken_port_names_the_port(instance: Instance) -> None:
    with (
        acquire_instance(instance),
        pytest.raises(
            StartFailed, match=f"port {4566 + claim_instance()} of instance {claim_instance()}"
        ),
    ):
        start(instance, None)
