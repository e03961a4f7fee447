"""How much memory the requests of a process may take together, until they are answered. Pure.

A client may stop in the middle of a request, read no response, or send more than is answered in
time. What the process keeps for it meanwhile is a share of one memory with a limit. Where the
limit is reached, the client that has kept the process waiting longest has to go, so that nobody who
stops keeps others out. A request that is being answered keeps its share; if those alone fill the
memory, a new request is refused.
"""

from collections.abc import Callable

MAX_BYTES = 128 * 1024 * 1024
"""Of one process: more than the largest request, a function's zip of 50 MB in base64, and little
enough for a machine of 4 GiB. Copies in another form, such as a function's event, come on top."""

MAX_CALL_BYTES = 96 * 1024 * 1024
"""Of a call to AWS: more than any service takes, so that the service itself refuses a larger one. A
function's zip of 50 MB is 70 MB in base64,
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""

GIVE_BACK_BYTES = 32 * 1024 * 1024
"""What is freed after at least so much was held goes back to the operating system."""


def keep_freed() -> None:
    """Leave freed memory to the process."""


class RequestMemory:
    """The memory of all requests of a process."""

    def __init__(
        self, max_bytes: int = MAX_BYTES, *, give_back: Callable[[], None] = keep_freed
    ) -> None:
        """`give_back` is called when most of a large part is released and is about to be freed."""
        self.max_bytes = max_bytes
        self.held_bytes = 0
        self._give_back = give_back
        self._peak_bytes = 0
        self._waiting: dict[RequestShare, None] = {}
        """Shares whose client is waited for, the one that has waited longest first."""

    def share(self, give_up: Callable[[], None]) -> "RequestShare":
        """A share of nothing yet; `give_up` ends its client, whose share is released before."""
        return RequestShare(self, give_up)

    def make_room(self) -> bool:
        """Give up clients, longest first, until the limit is kept; False if it can't be."""
        while self.held_bytes > self.max_bytes:
            longest = next(iter(self._waiting), None)
            if longest is None:
                return False
            longest.release()
            longest.give_up()
        return True

    def take(self, share: "RequestShare", change: int, *, for_client: bool) -> None:
        """Note a share that has changed by so many bytes."""
        self.held_bytes += change
        self._peak_bytes = max(self._peak_bytes, self.held_bytes)
        if self._peak_bytes >= GIVE_BACK_BYTES and self.held_bytes <= self._peak_bytes // 4:
            self._peak_bytes = self.held_bytes
            self._give_back()
        if for_client:
            self._waiting.setdefault(share)
        else:
            self._waiting.pop(share, None)


class RequestShare:
    """What is kept for one request, or for a client that is to send one."""

    __slots__ = ("_memory", "give_up", "size")

    def __init__(self, memory: RequestMemory, give_up: Callable[[], None]) -> None:
        self._memory = memory
        self.give_up = give_up
        self.size = 0

    def hold(self, size: int, *, for_client: bool) -> bool:
        """Keep `size` bytes from now on; `for_client`: until its client sends or reads more.

        False, and nothing is kept, if there is no room; `give_up` was called if it is for a client.
        """
        self._memory.take(self, size - self.size, for_client=for_client and size > 0)
        self.size = size
        if self._memory.make_room():
            return self.size == size
        self.release()
        return False

    def release(self) -> None:
        """Keep nothing."""
        self._memory.take(self, -self.size, for_client=False)
        self.size = 0
