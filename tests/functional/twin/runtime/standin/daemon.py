"""A daemon that answers 200, or misbehaves as the file `behaviour` in its home says."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from twin import codec
from twin.internal_api.schemas import WhoAmI
from twin.runtime.instance import Instance, find_instance
from twin.runtime.roles import internal_address

BUSY_S = 3.0
"""Processor time."""


def main(role: str) -> None:
    """Serve until ended."""
    instance = find_instance(os.environ, Path.cwd())
    behaviour = instance.home / "behaviour"
    how = behaviour.read_text() if behaviour.exists() else ""
    sys.stderr.write(f"{role} starts as {os.getpid()}, {how or 'well-behaved'}\n")
    sys.stderr.flush()
    if how == "ends at once":
        sys.exit("no reason at all")
    if how == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if how == "busy":
        _work(BUSY_S)
    if how == "with a worker":
        subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
    _serve(_listener(instance, role), _response_body(instance), behaviour)


def _work(processor_s: float) -> None:
    """Use the processor for so long, as control does that repeats its journal."""
    while time.process_time() < processor_s:
        pass


def _response_body(instance: Instance) -> bytes:
    """A gateway's answer to whoami; nobody reads the other roles' answers."""
    return codec.dumps(
        WhoAmI(home=str(instance.home), instance=instance.number, pid=os.getpid())
    ).encode()


def _listener(instance: Instance, role: str) -> socket.socket:
    if number := os.environ.get("TWIN_LISTEN_FD"):
        return socket.socket(fileno=int(number))
    return socket.create_server(internal_address(instance, role))


def _serve(listener: socket.socket, document: bytes, behaviour: Path) -> None:
    while True:
        connection, _ = listener.accept()
        with connection:
            connection.recv(1000)
            if not behaviour.exists() or behaviour.read_text() != "silent":
                connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + document)
