"""Claiming an instance: who binds its gateway port has it, so two twins never share addresses.

The bound socket goes on to the gateway process. Who holds a taken port is asked politely, and
looked up in /proc when no twin answers.
"""

import socket

from twin.errors import InstanceInUse, NotRunning
from twin.internal_api.client import fetch_document
from twin.internal_api.schemas import WhoAmI
from twin.runtime.instance import MAX_INSTANCE, Instance
from twin.runtime.process_info import command_line, find_listening_pid


def bind_gateway_socket(instance: Instance) -> socket.socket | None:
    """The instance's gateway socket, listening; None when it is taken."""
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
    """The gateway socket. Raises InstanceInUse, naming who holds it."""
    listener = bind_gateway_socket(instance)
    if listener is None:
        raise InstanceInUse(
            f"instance {instance.number} (port {instance.gateway_address[1]}) is held by "
            f"{describe_holder(instance)}; take another: --instance auto, or --instance 0 to"
            f" {MAX_INSTANCE} "
            "(make up INSTANCE=auto)"
        )
    return listener


def acquire_first_free_instance(instance: Instance) -> tuple[Instance, socket.socket]:
    """The first instance of this home whose gateway port is free. Raises InstanceInUse."""
    for number in range(MAX_INSTANCE + 1):
        candidate = Instance(instance.home, number)
        if (listener := bind_gateway_socket(candidate)) is not None:
            return candidate, listener
    raise InstanceInUse(f"all instances, 0 to {MAX_INSTANCE}, are in use")


def fetch_whoami(instance: Instance) -> WhoAmI | None:
    """Which twin answers on the gateway port; None when none does."""
    try:
        return fetch_document(instance.gateway_address, "/_twin/whoami", WhoAmI)
    except NotRunning:
        return None


def describe_holder(instance: Instance) -> str:
    """Who holds the gateway port, in words."""
    if (twin := fetch_whoami(instance)) is not None:
        return f"the twin of {twin.home} (pid {twin.pid})"
    pid = find_listening_pid(instance.gateway_address)
    if pid is None:
        return "another program"
    return f"another program (pid {pid}: {' '.join(command_line(pid))[:60]})"
