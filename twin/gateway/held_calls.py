"""What the gateway keeps of a call: its body, until it is answered, and then the answer.

All calls share one memory (twin.internal_api.request_memory). A caller that has to go while it
sends its body gets an error; one that does not read its answer is disconnected.
"""

import asyncio
import io
from dataclasses import dataclass

from aiohttp import web

from twin.gateway.routing import (
    Rejection,
    reject_full_memory,
    reject_large_body,
    reject_slow_body,
)
from twin.internal_api.request_memory import RequestMemory

UNCOUNTED_ANSWER_BYTES = 64 * 1024
"""An answer of this size goes to the connection at once, whether its caller reads it or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyLimits:
    """What a body may take."""

    max_bytes: int
    timeout_s: float


class HeldCall:
    """One call; `release` ends it."""

    def __init__(self, memory: RequestMemory, request: web.Request) -> None:
        self._memory = memory
        self._request = request
        self._share = memory.share(self._give_up)
        self._deadline: asyncio.Timeout | None = None
        """Of the body, while it arrives."""
        self._body = io.BytesIO()

    async def read_body(self, limits: BodyLimits) -> io.BytesIO | Rejection:
        """The body, or why it is not taken: it is too large or too slow, or there is no room."""
        too_large = reject_large_body(limits.max_bytes)
        if (self._request.content_length or 0) > limits.max_bytes:
            return too_large
        body = self._body
        try:
            async with asyncio.timeout(limits.timeout_s) as self._deadline:
                # request.read() would let aiohttp take much more ahead from the connection.
                while chunk := await self._request.content.readany():
                    body.write(chunk)
                    if body.tell() > limits.max_bytes:
                        return too_large
                    if not self._share.hold(body.tell(), for_client=True):
                        return self._reject_full()
        except TimeoutError:
            return reject_slow_body(limits.timeout_s) if self._share.size else self._reject_full()
        finally:
            self._deadline = None
        if not self._share.hold(body.tell(), for_client=False):
            return self._reject_full()
        body.seek(0)
        return body

    def _reject_full(self) -> Rejection:
        return reject_full_memory(self._memory.max_bytes)

    async def send(self, answer: web.Response) -> web.Response:
        """Send the answer, as large as it is, to a caller that reads it."""
        body = answer.body
        if isinstance(body, bytes) and len(body) > UNCOUNTED_ANSWER_BYTES:
            self._share.hold(len(body), for_client=True)
            await answer.prepare(self._request)
            await answer.write_eof()
        return answer

    def release(self) -> None:
        """Keep nothing; the traceback of an error may refer to the body for long."""
        self._body.close()
        self._share.release()

    def _give_up(self) -> None:
        if self._deadline is None:
            if self._request.transport is not None:
                self._request.transport.abort()
        elif not self._deadline.expired():
            self._deadline.reschedule(asyncio.get_running_loop().time())
