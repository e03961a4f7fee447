"""A server on a loopback port, with a behaviour that the test sets."""

import asyncio
import json
import socket
import ssl
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum, auto

from muster.probe import ProbeTarget


class ServerBehaviour(Enum):
    """How the server treats its clients."""

    ANSWER = auto()
    UNAVAILABLE = auto()
    SILENT = auto()
    """Accepts and never answers."""
    RESET = auto()
    """Accepts, then resets."""
    NOT_HTTP = auto()
    WITHOUT_REGION = auto()
    """200 without the header that names the Region."""
    ANNOUNCED_CLOSE = auto()
    """Answers with `Connection: close`, and closes."""
    SILENT_CLOSE = auto()
    """Answers, then closes without having announced it."""


@dataclass(slots=True)
class ScriptedServer:
    """A service's state, which may be changed while it serves."""

    region: str = "us-west-2"
    behaviour: ServerBehaviour = ServerBehaviour.ANSWER
    items: set[str] = field(default_factory=set)
    lives_s: set[int] = field(default_factory=set)
    """After which the items expire."""
    peers: list[str] = field(default_factory=list)
    """Source address of each connection."""
    port: int = 0

    @property
    def target(self) -> ProbeTarget:
        """Where it listens."""
        return ProbeTarget(ip="127.0.0.1", port=self.port)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until it ends."""
        self.peers.append(writer.get_extra_info("peername")[0])
        try:
            while await self._answer_one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _answer_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        if self.behaviour is ServerBehaviour.RESET:
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            return False
        head = await reader.readuntil(b"\r\n\r\n")
        if self.behaviour is ServerBehaviour.SILENT:
            await reader.read()
            return False
        if self.behaviour is ServerBehaviour.NOT_HTTP:
            writer.write(b"220 mail.example.com ESMTP\r\n")
            return False
        status = await self._status(head, reader)
        writer.write(self._answer(status))
        await writer.drain()
        return self.behaviour not in (ServerBehaviour.SILENT_CLOSE, ServerBehaviour.ANNOUNCED_CLOSE)

    async def _status(self, head: bytes, reader: asyncio.StreamReader) -> int:
        method, path, _ = head.split(b"\r\n")[0].decode().split(" ")
        if self.behaviour is ServerBehaviour.UNAVAILABLE:
            return 503
        if method == "POST":
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            body = json.loads(await reader.readexactly(length))
            self.items.add(body["item_id"])
            self.lives_s.add(body["expires_in_s"])
            return 201
        item = path.removeprefix("/get/")
        return 200 if item == "foobar" or item in self.items else 404

    def _answer(self, status: int) -> bytes:
        lines = [f"HTTP/1.1 {status} X", "Content-Length: 2"]
        if self.behaviour is not ServerBehaviour.WITHOUT_REGION:
            lines.append(f"X-Served-Region: {self.region}")
        if self.behaviour is ServerBehaviour.ANNOUNCED_CLOSE:
            lines.append("Connection: close")
        return "\r\n".join([*lines, "", "ok"]).encode()


@asynccontextmanager
async def serve_script(context: ssl.SSLContext | None = None) -> AsyncIterator[ScriptedServer]:
    """A service at its own port of 127.0.0.1."""
    service = ScriptedServer()
    server = await asyncio.start_server(service.serve, "127.0.0.1", 0, ssl=context, backlog=1024)
    service.port = server.sockets[0].getsockname()[1]
    try:
        yield service
    finally:
        server.close()
