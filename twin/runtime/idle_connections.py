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
        self._waiting: dict[asyncio.StreamWriter, None] = {}

    @contextmanager
    def waiting(self, writer: asyncio.StreamWriter) -> Iterator[None]:
        """Let the connection be closed meanwhile."""
        self._waiting[writer] = None
        try:
            yield
        finally:
            self._waiting.pop(writer, None)

    def close_longest(self) -> bool:
        """Close the connection that has waited longest; False if none waits."""
        writer = next(iter(self._waiting), None)
        if writer is None:
            return False
        del self._waiting[writer]
        writer.transport.abort()
        return True
