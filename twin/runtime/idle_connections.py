"""Connections of a port with a limit that wait for their client, so that one of them can be closed.

Where all places are taken, a new connection takes that of the one that has waited longest: so
silent clients keep nobody out. https://www.rfc-editor.org/rfc/rfc7766#section-6.2.3
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class IdleConnections:
    """The connections that wait, the one that has waited longest first."""

    def __init__(self) -> None:
        self._waiting: dict[asyncio.StreamWriter, float] = {}
        """Connection -> since when it waits, by the event loop's clock in seconds."""

    @contextmanager
    def waiting(self, writer: asyncio.StreamWriter) -> Iterator[None]:
        """Let the connection be closed meanwhile."""
        self._waiting[writer] = asyncio.get_running_loop().time()
        try:
            yield
        finally:
            self._waiting.pop(writer, None)

    def moved(self, writer: asyncio.StreamWriter) -> None:
        """Note that a connection that may be closed has moved data: it waits anew."""
        if self._waiting.pop(writer, None) is not None:
            self._waiting[writer] = asyncio.get_running_loop().time()

    def close_longest(self, *, min_s: float = 0.0) -> bool:
        """Close the connection that has waited longest; False if none has waited for `min_s`."""
        writer = next(iter(self._waiting), None)
        if writer is None or asyncio.get_running_loop().time() - self._waiting[writer] < min_s:
            return False
        del self._waiting[writer]
        writer.transport.abort()
        return True
