"""The lock on an instance: its gateway port, so that two twins never share addresses.

The bound socket is handed to the gateway process. For the error message, the holder of a taken
port is asked for its name over HTTP, and looked up by process when it is no twin.
"""

import socket

from twin.errors import InstanceInUse, NotRunning
from twin.internal_api.client import fetch_document
from twin.internal_api.schemas import WhoAmI
from twin.runtime.instance import MAX_INSTANCE, Instance
from twin.runtime.process_info import command_line, find_listening_pid
from twin.runtime.socket_owner import find_listening_user


def bind_gateway_socket(instance: Instance) -> socket.socket | None:
    """Bind the gateway port and listen; None when it is taken."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(instance.gateway_address)
        listener.listen(1024)
    except OSError:
        listener.close()
        return None
    return listener


def acquire_instance(instance: Instance) -> socket.socket:
    """Bind the gateway port. Raises InstanceInUse with the name of its holder."""
    listener = bind_gateway_socket(instance)
    if listener is None:
        raise InstanceInUse(
            f"instance {instance.number} (port {instance.gateway_address[1]}) is held by "
            f"{describe_holder(instance)}; take another: --instance auto, or --instance 0 to"
            f" {MAX_INSTANCE} "
            "(make up INSTANCE=auto)"
        )
    return listener


def acquire_first_free_instance(
    instance: Instance, preferred: int | None = None
) -> tuple[Instance, socket.socket]:
    """Bind the preferred gateway port, else the first free one, from instance 0 up.

    Raises InstanceInUse.
    """
    numbers = [*range(MAX_INSTANCE + 1)]
    for number in sorted(numbers, key=lambda number: number != preferred):
        candidate = Instance(instance.home, number)
        if (listener := bind_gateway_socket(candidate)) is not None:
            return candidate, listener
    raise InstanceInUse(f"all instances, 0 to {MAX_INSTANCE}, are in use")


def fetch_whoami(instance: Instance) -> WhoAmI | None:
    """Ask the gateway port which twin it belongs to; None when no twin answers."""
    try:
        return fetch_document(instance.gateway_address, "/_twin/whoami", WhoAmI)
    except NotRunning:
        return None


def describe_holder(instance: Instance) -> str:
    """Holder of the gateway port, as a phrase for an error."""
    if (twin := fetch_whoami(instance)) is not None:
        return f"the twin of {twin.home} (pid {twin.pid})"
    pid = find_listening_pid(instance.gateway_address)
    if pid is None:
        return describe_user(find_listening_user(*instance.gateway_address))
    return f"another program (pid {pid}: {' '.join(command_line(pid))[:60]})"


def describe_user(uid: int | None) -> str:
    """A program that this user can't look into, by its own user."""
    return "another program" if uid is None else f"a program of user {uid}, perhaps a twin"
