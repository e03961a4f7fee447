"""The gateway port as an instance's lock, and who holds it."""

import os
import socket
from pathlib import Path

import pytest

from tests.instances import claim_instance
from twin.errors import InstanceInUse
from twin.runtime.instance import Instance
from twin.runtime.instance_lock import (
    acquire_first_free_instance,
    acquire_instance,
    bind_gateway_socket,
    describe_user,
    fetch_whoami,
)


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    """An instance whose port nobody holds."""
    return Instance(tmp_path, claim_instance())


def test_an_instance_is_held_while_its_socket_is_open(instance: Instance) -> None:
    with acquire_instance(instance):
        taken = bind_gateway_socket(instance)
    again = bind_gateway_socket(instance)

    assert taken is None
    assert again is not None
    again.close()


def test_the_error_for_a_held_instance_names_the_holder_and_the_remedy(instance: Instance) -> None:
    number = instance.number
    # A program that holds the port and is no twin: it resets whoever asks it for its name.
    with socket.create_server(instance.gateway_address, backlog=1) as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        holder.settimeout(0.0)
        with pytest.raises(InstanceInUse) as caught:
            acquire_instance(instance)

    message = str(caught.value)
    assert message.startswith(
        f"instance {number} (port {4566 + number}) is held by another program"
    )
    assert f"pid {os.getpid()}: " in message
    assert "--instance auto" in message


@pytest.mark.parametrize(
    ("uid", "text"), [(None, "another program"), (1001, "a program of user 1001, perhaps a twin")]
)
def test_the_program_of_another_user_is_named_by_its_user(uid: int | None, text: str) -> None:
    assert describe_user(uid) == text


def test_a_free_instance_is_found_and_keeps_the_home(instance: Instance) -> None:
    found, listener = acquire_first_free_instance(instance)

    with listener:
        assert listener.getsockname() == found.gateway_address
        assert found.home == instance.home
        assert bind_gateway_socket(found) is None


def test_nobody_answers_for_an_instance_that_does_not_run(instance: Instance) -> None:
    assert fetch_whoami(instance) is None
