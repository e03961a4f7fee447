"""A client beside a drill that counts for itself what users see; it knows nothing of the drill.

`python -m tests.e2e.client_observer FILE` reads its orders as one JSON line of standard input
(`Orders`) and works until that input ends, in a process of its own, so that nothing a test does
makes it late. What becomes of each request is a JSON line of FILE (`Seen`). It shares no code
with the tool that it checks: sockets, schedule and judgement are its own.

Requests come due at even times, whatever the answers do: `rate` a second are readings, `writes` a
second store an item with a number. Cities take turns, and each of them uses the addresses in turn.
"""

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO

CONNECT_S = 1.0
"""A user's patience; docs/measurements.md gives the same to the tool's probes."""
REQUEST_S = 3.0
STALLED_S = 0.1
"""A time-out that fires so much late says that this process stood still, and nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObserverPlan:
    """What to do."""

    cities: dict[str, str]
    """Source address by name."""
    addresses: list[str]
    port: int
    rate: float
    writes: float
    items: str
    """How the ids of written items begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedRequest:
    """What became of one request; times in seconds of the machine's monotonic clock."""

    city: str
    due_s: float
    sent_s: float
    ended_s: float
    region: str = ""
    """The Region whose 2xx answer it was; none when it failed."""
    why: str = ""
    """Why it failed; `stalled` when that is this process's own fault."""
    item: str = ""
    """What a write stored."""

    @property
    def good(self) -> bool:
        """Whether a user was served."""
        return bool(self.region)

    @property
    def counts(self) -> bool:
        """Whether it says anything of the service."""
        return self.why != "stalled"


@dataclass(frozen=True, slots=True)
class DueRequest:
    """One request that comes due."""

    due_s: float
    city: str
    address: str
    item: str = ""


def monotonic_s() -> float:
    """Monotonic seconds."""
    return time.monotonic()  # noqa: TID251 - this program is its own clock


async def send_requests(orders: ObserverPlan, out: TextIO) -> None:
    """Send until standard input ends; wait for the last answers."""
    async with asyncio.TaskGroup() as answers:
        sending = [
            answers.create_task(_send(orders, answers, out, orders.rate, "")),
            answers.create_task(_send(orders, answers, out, orders.writes, orders.items)),
        ]
        await asyncio.to_thread(sys.stdin.read)
        for task in sending:
            task.cancel()


async def _send(
    orders: ObserverPlan, answers: asyncio.TaskGroup, out: TextIO, rate: float, items: str
) -> None:
    start_s = monotonic_s()
    number = 0
    while rate:
        due_s = start_s + number / rate
        await asyncio.sleep(max(0.0, due_s - monotonic_s()))
        turn, city = divmod(number, len(orders.cities))
        errand = DueRequest(
            due_s,
            list(orders.cities)[city],
            orders.addresses[turn % len(orders.addresses)],
            f"{items}{number:05d}" if items else "",
        )
        answers.create_task(_record(orders, errand, out))
        number += 1


async def _record(orders: ObserverPlan, errand: DueRequest, out: TextIO) -> None:
    sent_s = monotonic_s()
    region, why = "", ""
    try:
        async with asyncio.timeout(REQUEST_S):
            region, why = await _ask(orders, errand)
    except TimeoutError:
        why = "stalled" if monotonic_s() - sent_s > REQUEST_S + STALLED_S else "no answer in time"
    except OSError as exc:
        why = type(exc).__name__
    seen = ObservedRequest(
        city=errand.city,
        due_s=errand.due_s,
        sent_s=sent_s,
        ended_s=monotonic_s(),
        region=region,
        why=why,
        item=errand.item,
    )
    out.write(json.dumps(asdict(seen)) + "\n")


async def _ask(orders: ObserverPlan, errand: DueRequest) -> tuple[str, str]:
    """The Region that answered well, or why none did."""
    began_s = monotonic_s()
    try:
        async with asyncio.timeout(CONNECT_S):
            reader, writer = await asyncio.open_connection(
                errand.address, orders.port, local_addr=(orders.cities[errand.city], 0)
            )
    except TimeoutError:
        late = monotonic_s() - began_s > CONNECT_S + STALLED_S
        return "", "stalled" if late else "no connection in time"
    try:
        writer.write(_request(errand))
        return _judged(await reader.read())
    finally:
        writer.transport.abort()


def _request(errand: DueRequest) -> bytes:
    body = json.dumps({"item_id": errand.item}) if errand.item else ""
    verb = "POST /create" if errand.item else "GET /get/foobar"
    return (
        f"{verb} HTTP/1.1\r\nHost: {errand.address}\r\nConnection: close\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def _judged(answer: bytes) -> tuple[str, str]:
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
