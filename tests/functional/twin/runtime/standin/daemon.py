"""A daemon that answers 200, or misbehaves as the file `behaviour` in its home says."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from twin import codec
from twin.internal_api.schemas import WhoAmI
from twin.runtime.instance import Instance, find_instance
from twin.runtime.roles import internal_address


def main(role: str) -> None:
    """Serve until ended."""
    mine = find_instance(os.environ, Path.cwd())
    behaviour = mine.home / "behaviour"
    wanted = behaviour.read_text() if behaviour.exists() else ""
    sys.stderr.write(f"{role} starts as {os.getpid()}, {wanted or 'well-behaved'}\n")
    sys.stderr.flush()
    if wanted == "ends at once":
        sys.exit("no reason at all")
    if wanted == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if wanted == "with a worker":
        subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
    _serve(_listener(mine, role), _document(mine), behaviour)


def _document(mine: Instance) -> bytes:
    """Good enough as an answer of the gateway; the others' are not read."""
    return codec.dumps(WhoAmI(home=str(mine.home), instance=mine.number, pid=os.getpid())).encode()


def _listener(mine: Instance, role: str) -> socket.socket:
    if number := os.environ.get("TWIN_LISTEN_FD"):
        return socket.socket(fileno=int(number))
    return socket.create_server(internal_address(mine, role))


def _serve(listener: socket.socket, document: bytes, behaviour: Path) -> None:
    while True:
        connection, _ = listener.accept()
        with connection:
            connection.recv(1000)
            if not behaviour.exists() or behaviour.read_text() != "silent":
                connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + document)
