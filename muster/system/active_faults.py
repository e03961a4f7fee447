"""What a twin says is broken on purpose: GET /_twin/faults of its endpoint (docs/twin.md).

Decides what its answer means in the tool's words. Asking costs a few milliseconds, where the `twin`
command would have to be started; and it is the twin acted on that answers.
"""

import asyncio
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from muster.aws.clients import AwsClients
from muster.errors import CallFailed
from muster.levers.fis import ReplicationPause
from muster.levers.interface import fault_scope
from muster.levers.throttle import Throttle, ThrottleRecord, active_throttle
from muster.model import ActiveFault, Stack
from muster.system.read_errors import ReadErrors

TWIN_FAULTS_PATH = "/_twin/faults"
REGIONAL_KINDS = ("region-kill", "network-cut", "replication-pause")
"""One of each side that a Region has."""
GLOBAL_KINDS = ("control-stop", "edge-stop")


class TwinFaults:
    """The faults of the twin that is acted on."""

    def __init__(self, clients: AwsClients) -> None:
        """Nothing is asked yet."""
        self._clients = clients

    async def read(self) -> tuple[ActiveFault, ...]:
        """Those that stand. Raises CallFailed, Unreachable."""
        body = await self._clients.fetch(TWIN_FAULTS_PATH)
        try:
            return tuple(parse_twin_faults(json.loads(body)["faults"]))
        except (ValueError, TypeError, KeyError) as exc:
            at, why = self._clients.endpoint_url or "", f"{type(exc).__name__}: {exc}"
            raise CallFailed("twin", TWIN_FAULTS_PATH, at, "NotUnderstood", why) from exc


def twin_fault_scopes(regions: Iterable[str]) -> tuple[str, ...]:
    """Everything of which the twin says whether it is broken."""
    of_regions = (fault_scope(kind, region) for region in regions for kind in REGIONAL_KINDS)
    return (*(fault_scope(kind, None) for kind in GLOBAL_KINDS), *of_regions)


def parse_twin_faults(told: Iterable[Any]) -> Iterator[ActiveFault]:
    """What the twin tells, in the tool's words. Raises KeyError, TypeError, ValueError."""
    for one in told:
        until = one["until_s"]
        delay_ms = float(one.get("delay_ms") or 0.0)
        yield ActiveFault(
            kind=str(one["name"]),
            region=str(one["region"]) if one["region"] else None,
            parameters={"delay_ms": delay_ms} if delay_ms else {},
            until_epoch_s=None if until is None else float(until),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultReading:
    """What is known of some sides of the system."""

    faults: tuple[ActiveFault, ...] | None
    """Those that stand there; None: it could not be read."""
    unread: tuple[str, ...] = ()
    """Sides of which it could not be read."""


@dataclass(frozen=True, slots=True)
class ReservedConcurrency:
    """A function's reserved concurrency, as far as an answer tells."""

    executions: int | None
    """None: none is reserved."""


def merge_readings(readings: Iterable[FaultReading]) -> FaultReading:
    """All of them as one; nothing is known when none of them could be read."""
    given = tuple(readings)
    known = [reading.faults for reading in given if reading.faults is not None]
    return FaultReading(
        faults=tuple(fault for faults in known for fault in faults) if known else None,
        unread=tuple(one for reading in given for one in reading.unread),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveFaultReader:
    """Reads the faults of one stack."""

    stack: Stack
    throttle: Throttle
    replication_pause: ReplicationPause
    twin: TwinFaults | None
    """None: the target is AWS."""

    async def read(self, problems: ReadErrors) -> FaultReading:
        """Everything that stands."""
        functions = (self.of_function(region, problems) for region in self.stack.regions)
        beyond, found = await asyncio.gather(
            self.beyond_functions(problems), asyncio.gather(*functions)
        )
        return merge_readings([beyond, *(reading for reading, _ in found)])

    async def beyond_functions(self, problems: ReadErrors) -> FaultReading:
        """All but throttles."""
        if self.twin is None:
            pauses = (self._paused(region, problems) for region in self.stack.regions)
            return merge_readings(await asyncio.gather(*pauses))
        found = await problems.ask("faults", "the twin", self.twin.read())
        return FaultReading(
            faults=found, unread=() if found is not None else twin_fault_scopes(self.stack.regions)
        )

    async def of_function(
        self, region: str, problems: ReadErrors
    ) -> tuple[FaultReading, ReservedConcurrency | None]:
        """Whether the Region's function is throttled, and what is reserved for it.

        The note alone tells it where AWS Lambda's control plane does not answer, and the other way
        round where nothing is reserved.
        """
        reserved, note = await asyncio.gather(
            problems.ask("concurrency limit", region, self._reserved(region)),
            self._noted(region),
        )
        if note is None or (reserved is not None and reserved.executions is None):
            return FaultReading(faults=()), reserved
        if isinstance(note, CallFailed):
            problems.failed("throttle", region, note)
            return FaultReading(faults=None, unread=(fault_scope("throttle", region),)), reserved
        found = active_throttle(region, note, reserved.executions if reserved else None)
        return FaultReading(faults=(found,)), reserved

    async def _reserved(self, region: str) -> ReservedConcurrency:
        return ReservedConcurrency(await self.throttle.reserved(region))

    async def _noted(self, region: str) -> ThrottleRecord | CallFailed | None:
        try:
            return await self.throttle.noted(region)
        except CallFailed as exc:
            return exc

    async def _paused(self, region: str, problems: ReadErrors) -> FaultReading:
        found = await problems.ask(
            "replication-pause", region, self.replication_pause.standing(region)
        )
        unread = () if found is not None else (fault_scope("replication-pause", region),)
        return FaultReading(faults=found, unread=unread)
