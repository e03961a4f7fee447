"""A response whose bytes are ready, for aiohttp's low-level server.

aiohttp parses requests and keeps connections; the bytes of the hot answers are written here, in
one piece, because their order and spelling are part of what the twin emulates.
"""

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter


class Rendered(web.StreamResponse):
    """Status line, headers and body as they go over the wire."""

    def __init__(self, wire: bytes, *, close: bool = False) -> None:
        """`close` ends the connection after this response; `wire` must say so as well."""
        super().__init__()
        self._wire = wire
        self._writer: AbstractStreamWriter | None = None
        self._stays_open = not close

    @property
    def keep_alive(self) -> bool:
        """Whether the connection waits for another request."""
        return self._stays_open

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Write everything. Raises ConnectionResetError when the client is gone."""
        transport = request.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError("the client is gone")
        transport.write(self._wire)
        self._writer = request.writer
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing is left to write; a client that does not read gets no other answer meanwhile."""
        if self._writer is not None:
            await self._writer.drain()
