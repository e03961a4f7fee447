"""The outbox of one destination: a bounded queue, which a daemon thread empties.

`put` never waits: a notice that finds the queue full is dropped and counted. The thread may hang in
the network; the others have outboxes of their own, and the process does not wait for it at its end.
"""

import queue
import threading
from collections.abc import Callable
from typing import Protocol

from muster.drill.notify.notices import Notice, NoticeKind
from muster.drill.run.unexpected_errors import describe_error
from muster.errors import NotDelivered

CAPACITY = 32
"""Notices that may wait; a whole drill makes about five."""
PAUSES_S = (0.5, 2.0)
"""Before the second and the third attempt."""


class Destination(Protocol):
    """Where notices go. It is called by the outbox's thread alone."""

    @property
    def name(self) -> str:
        """As a person reads it; shows no secret."""
        ...

    @property
    def kinds(self) -> frozenset[NoticeKind]:
        """The notices that it takes."""
        ...

    def prepare(self) -> None:
        """What takes long, and can be done before the first notice. Raises NotDelivered."""
        ...

    def deliver(self, notice: Notice) -> None:
        """Send one notice; may take some seconds. Raises NotDelivered."""
        ...


class Outbox:
    """Starts its thread at once."""

    def __init__(
        self, destination: Destination, wait: Callable[[float], object], capacity: int = CAPACITY
    ) -> None:
        """`wait` blocks for some seconds, between two attempts."""
        self._destination = destination
        self._wait = wait
        # Its capacity is kept by `put`, since the end must find room too.
        self._queue: queue.SimpleQueue[Notice | None] = queue.SimpleQueue()
        self._capacity = capacity
        self._lock = threading.Lock()
        self._accepted = self._delivered = self._failed = self._dropped = 0
        self._why = ""
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    @property
    def name(self) -> str:
        return self._destination.name

    def put(self, notice: Notice) -> None:
        """Never waits, and never fails."""
        if notice.kind not in self._destination.kinds:
            return
        with self._lock:
            if self._accepted - self._delivered - self._failed >= self._capacity:
                self._dropped += 1
                return
            self._accepted += 1
        self._queue.put(notice)

    def close(self) -> None:
        """Take no more notices; the thread ends after those that wait."""
        self._queue.put(None)

    def join(self, timeout_s: float) -> None:
        """Wait for the thread's end, for so long at most."""
        self._thread.join(timeout_s)

    def describe_loss(self) -> str:
        """What was not delivered so far and why, in one line; empty: nothing."""
        with self._lock:
            sent = self._accepted + self._dropped
            lost = sent - self._delivered
            why = self._why or "no answer before the command's end"
        return f"{self.name}: {lost} of {sent} notices not delivered: {why}" if lost else ""

    def _work(self) -> None:
        self._try(self._destination.prepare)
        while (notice := self._queue.get()) is not None:
            delivered = self._deliver(notice)
            with self._lock:
                self._delivered += delivered
                self._failed += not delivered

    def _deliver(self, notice: Notice) -> bool:
        """Whether one of the attempts succeeded."""
        for pause_s in (*PAUSES_S, None):
            error = self._try(lambda: self._destination.deliver(notice))
            if error is None:
                return True
            if pause_s is None or not (isinstance(error, NotDelivered) and error.transient):
                break
            self._wait(pause_s)
        return False

    def _try(self, work: Callable[[], None]) -> Exception | None:
        """The error, which is kept for the report."""
        try:
            work()
        except Exception as exc:  # noqa: BLE001 - the thread's edge: no notice is worth a drill
            with self._lock:
                self._why = describe_error(exc)
            return exc
        return None
