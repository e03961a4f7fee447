"""A client beside a drill that records what users see, without any knowledge of the drill.

`python -m tests.e2e.drills.client_observer FILE` reads an ObserverPlan as one JSON line of standard
input and works until that input ends. It is a process of its own, so that no work of a test can
delay it.
The result of each request is a JSON line of FILE (an ObservedRequest). It shares no code with the
tool that it checks: sockets, schedule and classification of answers are its own.

Requests come due at even intervals, whatever the answers are: `rate` reads per second, and `writes`
per second that store a numbered item. The cities alternate, and each city alternates the addresses.
"""

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO

CONNECT_S = 1.0
"""Time-out of connecting; docs/drills/measurements.md has the same for the tool's probes."""
REQUEST_S = 3.0
STALLED_S = 0.1
"""A time-out that fires this much too late was caused by a stall of this process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObserverPlan:
    """What the observer sends."""

    cities: dict[str, str]
    """Source address by name."""
    addresses: list[str]
    port: int
    rate: float
    writes: float
    item_prefix: str
    """Start of the ids of written items."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedRequest:
    """The result of one request; times in seconds on the machine's monotonic clock."""

    city: str
    due_s: float
    sent_s: float
    ended_s: float
    region: str = ""
    """The Region that answered with a 2xx status; empty for a failure."""
    failure: str = ""
    """Reason of a failure; `stalled` if this process caused it."""
    item: str = ""
    """Id of the item of a write; empty for a read."""

    @property
    def succeeded(self) -> bool:
        return bool(self.region)

    @property
    def is_conclusive(self) -> bool:
        """False if the result was caused by a stall of this process."""
        return self.failure != "stalled"


@dataclass(frozen=True, slots=True)
class DueRequest:
    """A request of the schedule."""

    due_s: float
    city: str
    address: str
    item: str = ""


def monotonic_s() -> float:
    return time.monotonic()  # noqa: TID251 - this program is its own clock


async def send_requests(plan: ObserverPlan, out: TextIO) -> None:
    """Send requests until standard input ends; wait for the last answers."""
    async with asyncio.TaskGroup() as tasks:
        sending = [
            tasks.create_task(_follow_schedule(plan, tasks, out, plan.rate, "")),
            tasks.create_task(_follow_schedule(plan, tasks, out, plan.writes, plan.item_prefix)),
        ]
        await asyncio.to_thread(sys.stdin.read)
        for task in sending:
            task.cancel()


async def _follow_schedule(
    plan: ObserverPlan, tasks: asyncio.TaskGroup, out: TextIO, rate: float, item_prefix: str
) -> None:
    start_s = monotonic_s()
    number = 0
    while rate:
        due_s = start_s + number / rate
        await asyncio.sleep(max(0.0, due_s - monotonic_s()))
        turn, city = divmod(number, len(plan.cities))
        request = DueRequest(
            due_s,
            list(plan.cities)[city],
            plan.addresses[turn % len(plan.addresses)],
            f"{item_prefix}{number:05d}" if item_prefix else "",
        )
        tasks.create_task(_record(plan, request, out))
        number += 1


async def _record(plan: ObserverPlan, request: DueRequest, out: TextIO) -> None:
    sent_s = monotonic_s()
    region, failure = "", ""
    try:
        async with asyncio.timeout(REQUEST_S):
            region, failure = await _send_one(plan, request)
    except TimeoutError:
        failure = (
            "stalled" if monotonic_s() - sent_s > REQUEST_S + STALLED_S else "no answer in time"
        )
    except OSError as exc:
        failure = type(exc).__name__
    observed = ObservedRequest(
        city=request.city,
        due_s=request.due_s,
        sent_s=sent_s,
        ended_s=monotonic_s(),
        region=region,
        failure=failure,
        item=request.item,
    )
    out.write(json.dumps(asdict(observed)) + "\n")


async def _send_one(plan: ObserverPlan, request: DueRequest) -> tuple[str, str]:
    """The Region that answered with a 2xx status, and the reason of a failure; one is empty."""
    started_s = monotonic_s()
    try:
        async with asyncio.timeout(CONNECT_S):
            reader, writer = await asyncio.open_connection(
                request.address, plan.port, local_addr=(plan.cities[request.city], 0)
            )
    except TimeoutError:
        late = monotonic_s() - started_s > CONNECT_S + STALLED_S
        return "", "stalled" if late else "no connection in time"
    try:
        writer.write(_format_request(request))
        return _classify_answer(await reader.read())
    finally:
        writer.transport.abort()


def _format_request(request: DueRequest) -> bytes:
    body = json.dumps({"item_id": request.item}) if request.item else ""
    verb = "POST /create" if request.item else "GET /get/foobar"
    return (
        f"{verb} HTTP/1.1\r\nHost: {request.address}\r\nConnection: close\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def _classify_answer(answer: bytes) -> tuple[str, str]:
    head, end, body = answer.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    fields = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
    status = lines[0].split(" ")[1] if end else ""
    if not status.startswith("2"):
        return "", f"status {status}" if status else "closed"
    whole = len(body) == int(fields.get("content-length", "-1"))
    return (fields.get("x-served-region", ""), "") if whole else ("", "closed")


if __name__ == "__main__":
    with Path(sys.argv[1]).open("w", buffering=1) as file:
        asyncio.run(send_requests(ObserverPlan(**json.loads(sys.stdin.readline())), file))
