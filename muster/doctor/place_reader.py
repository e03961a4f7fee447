"""Reads the prober's place: its source addresses, and how late this machine wakes up."""

import socket
from collections.abc import Awaitable, Callable, Iterable
from ipaddress import ip_address

from muster.doctor.model import PlaceReading
from muster.measure.quality import LATE_S
from muster.probe.plan import VantagePoint

SLEEPS = 100
SLEEP_S = 0.005


def read_places(vantages: Iterable[VantagePoint]) -> tuple[PlaceReading, ...]:
    """Whether this machine can bind each source address; nothing is sent."""
    return tuple(
        PlaceReading(name=one.name, source=one.source or "", error=_bind_error(one.source))
        for one in vantages
    )


def _bind_error(source: str | None) -> str:
    if not source:
        return ""
    is_v6 = ip_address(source).version == 6
    try:
        with socket.socket(socket.AF_INET6 if is_v6 else socket.AF_INET) as attempt:
            attempt.bind((source, 0))
    except OSError as exc:
        return exc.strerror or str(exc)
    return ""


async def measure_late_share(
    monotonic: Callable[[], float], sleep: Callable[[float], Awaitable[None]]
) -> float:
    """Share (0 to 1) of short sleeps that ended as late as a late send of the prober."""
    late = 0
    for _ in range(SLEEPS):
        due_s = monotonic() + SLEEP_S
        await sleep(SLEEP_S)
        late += monotonic() - due_s > LATE_S
    return late / SLEEPS
