"""Clients of the shared name beside a drill, without any knowledge of it: one in each city.

Each request is a new connection through the city's entrance, so that the city's resolver decides
where it goes. No code of the tool under test is used.
"""

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from common.clock import SystemClock
from tests.e2e.both_doors.dns_system import NEAR_CITY, DnsSystem

PAUSE_S = 0.2
"""Between two requests of all cities."""
PATH = "/get/foobar"


@dataclass(frozen=True, slots=True)
class NamedRequest:
    """The result of one request; the time is on the machine's monotonic clock."""

    city: str
    sent_s: float
    region: str
    """The Region that answered with 200; empty for a failure."""


@dataclass(slots=True)
class NamedObserver:
    """Its requests until now."""

    system: DnsSystem
    requests: list[NamedRequest] = field(default_factory=list)

    def seen(self, city: str, start_s: float, end_s: float) -> list[str]:
        """What a city's requests of this time got: the Region, or nothing for a failure."""
        return [
            one.region
            for one in self.requests
            if one.city == city and start_s <= one.sent_s < end_s
        ]

    def _send(self, city: str, clock: SystemClock) -> None:
        sent_s, region = clock.monotonic(), ""
        try:
            answer = self.system.get(PATH, city)
            region = answer.region if answer.status == 200 else ""
        except (OSError, http.client.HTTPException):
            pass
        self.requests.append(NamedRequest(city, sent_s, region))

    def run(self, stop: threading.Event) -> None:
        """Send requests until the event is set."""
        clock = SystemClock()
        while not stop.wait(PAUSE_S):
            for city in NEAR_CITY.values():
                self._send(city, clock)


@contextmanager
def observing_names(system: DnsSystem) -> Iterator[NamedObserver]:
    """An observer in a thread of its own while the block runs."""
    observer, stop = NamedObserver(system), threading.Event()
    thread = threading.Thread(target=observer.run, args=(stop,), daemon=True)
    thread.start()
    try:
        yield observer
    finally:
        stop.set()
        thread.join(30)
