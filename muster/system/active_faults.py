"""The faults that are active now, whatever their origin.

Each source answers for some scopes of faults. A throttle is known from its record in the control
table and from AWS Lambda's reserved concurrency; a replication pause on AWS from AWS FIS; every
other fault, and on a twin the pause too, from GET /_twin/faults of the twin's endpoint
(docs/twin.md), which takes milliseconds, unlike the `twin` command. The scopes of a source that
fails are listed as unread.
"""

import asyncio
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from muster.aws.clients import AwsClients
from muster.errors import CallFailed
from muster.levers.aws_faults import ReplicationPause, Throttle, ThrottleRecord, active_throttle
from muster.levers.interface import fault_scope
from muster.model import ActiveFault, Stack
from muster.system.read_errors import ReadErrors

T = TypeVar("T")
TWIN_FAULTS_PATH = "/_twin/faults"
REGIONAL_KINDS = ("region-kill", "network-cut", "replication-pause")
"""One kind for each scope of a Region that a twin reports."""
GLOBAL_KINDS = ("control-stop", "edge-stop")


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultReading:
    """The active faults of some scopes."""

    faults: tuple[ActiveFault, ...] | None
    """None: could not be read."""
    unread: tuple[str, ...] = ()
    """The scopes that could not be read."""
    twin_gone: bool = False
    """Nothing listens at the twin's endpoint: no fault of a drill does that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedFault:
    """A fault that a command of the twin has ended."""

    kind: str
    region: str | None
    at: float
    """Seconds since 1970."""
    by: str
    """Who, by which command."""


@dataclass(frozen=True, slots=True)
class ReservedConcurrency:
    """A function's reserved concurrency, once it has been read."""

    executions: int | None
    """None: none is reserved."""


def merge_readings(readings: Iterable[FaultReading]) -> FaultReading:
    """One reading of all scopes; its faults are None if no reading has any."""
    parts = tuple(readings)
    known = [part.faults for part in parts if part.faults is not None]
    return FaultReading(
        faults=tuple(fault for faults in known for fault in faults) if known else None,
        unread=tuple(scope for part in parts for scope in part.unread),
        twin_gone=any(part.twin_gone for part in parts),
    )


class TwinFaults:
    """Reads the faults of a twin from its endpoint."""

    def __init__(self, clients: AwsClients) -> None:
        self._clients = clients

    async def read(self) -> tuple[ActiveFault, ...]:
        """The twin's active faults. Raises CallFailed, Unreachable."""
        return await self._fetch(lambda answer: parse_twin_faults(answer["faults"]))

    async def read_ended(self) -> tuple[EndedFault, ...]:
        """What commands of the twin have ended. Raises CallFailed, Unreachable."""
        return await self._fetch(lambda answer: parse_ended_faults(answer.get("ended", ())))

    async def _fetch(self, parse: Callable[[Any], Iterator[T]]) -> tuple[T, ...]:
        body = await self._clients.fetch(TWIN_FAULTS_PATH)
        try:
            return tuple(parse(json.loads(body)))
        except (ValueError, TypeError, KeyError, AttributeError) as exc:
            endpoint, why = self._clients.endpoint_url or "", f"{type(exc).__name__}: {exc}"
            raise CallFailed("twin", TWIN_FAULTS_PATH, endpoint, "NotUnderstood", why) from exc


def twin_fault_scopes(regions: Iterable[str]) -> tuple[str, ...]:
    """The scopes that a twin reports."""
    regional = (fault_scope(kind, region) for region in regions for kind in REGIONAL_KINDS)
    return (*(fault_scope(kind, None) for kind in GLOBAL_KINDS), *regional)


def parse_twin_faults(documents: Iterable[Any]) -> Iterator[ActiveFault]:
    """The faults of the twin's answer. Raises KeyError, TypeError, ValueError."""
    for document in documents:
        until = document["until_s"]
        delay_ms = float(document.get("delay_ms") or 0.0)
        yield ActiveFault(
            kind=str(document["name"]),
            region=str(document["region"]) if document["region"] else None,
            parameters={"delay_ms": delay_ms} if delay_ms else {},
            until_epoch_s=None if until is None else float(until),
            since_epoch_s=float(document["since_s"]),
            by=str(document.get("by") or ""),
        )


def parse_ended_faults(documents: Iterable[Any]) -> Iterator[EndedFault]:
    """What the twin's answer says of ended faults. Raises KeyError, TypeError, ValueError."""
    for document in documents:
        yield EndedFault(
            kind=str(document["name"]),
            region=str(document["region"]) if document["region"] else None,
            at=float(document["at_s"]),
            by=str(document["by"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveFaultReader:
    stack: Stack
    throttle: Throttle
    replication_pause: ReplicationPause
    twin: TwinFaults | None
    """None on AWS."""

    async def read(self, errors: ReadErrors) -> FaultReading:
        functions = (self.read_throttle(region, errors) for region in self.stack.regions)
        others, throttles = await asyncio.gather(
            self.read_other_faults(errors), asyncio.gather(*functions)
        )
        return merge_readings([others, *(reading for reading, _ in throttles)])

    async def read_other_faults(self, errors: ReadErrors) -> FaultReading:
        """All active faults but throttles."""
        if self.twin is None:
            pauses = (self._read_pauses(region, errors) for region in self.stack.regions)
            return merge_readings(await asyncio.gather(*pauses))
        try:
            return FaultReading(faults=await self.twin.read())
        except CallFailed as exc:
            errors.add_failed_call("faults", "the twin", exc)
            unread = twin_fault_scopes(self.stack.regions)
            gone = exc.code == ConnectionRefusedError.__name__
            return FaultReading(faults=None, unread=unread, twin_gone=gone)

    async def read_throttle(
        self, region: str, errors: ReadErrors
    ) -> tuple[FaultReading, ReservedConcurrency | None]:
        """The throttle of a Region's function, if any, and its reserved concurrency.

        Either source is enough to rule a throttle out, and the record is enough for an active one.
        """
        reserved, record = await asyncio.gather(
            errors.attempt("concurrency limit", region, partial(self._read_reserved, region)),
            self._read_record(region),
        )
        if record is None or (reserved is not None and reserved.executions is None):
            return FaultReading(faults=()), reserved
        if isinstance(record, CallFailed):
            errors.add_failed_call("throttle", region, record)
            return FaultReading(faults=None, unread=(fault_scope("throttle", region),)), reserved
        fault = active_throttle(region, record, reserved.executions if reserved else None)
        return FaultReading(faults=(fault,)), reserved

    async def _read_reserved(self, region: str) -> ReservedConcurrency:
        return ReservedConcurrency(await self.throttle.read_reserved(region))

    async def _read_record(self, region: str) -> ThrottleRecord | CallFailed | None:
        try:
            return await self.throttle.read_record(region)
        except CallFailed as exc:
            return exc

    async def _read_pauses(self, region: str, errors: ReadErrors) -> FaultReading:
        faults = await errors.attempt(
            "replication-pause", region, partial(self.replication_pause.active_faults, region)
        )
        unread = () if faults is not None else (fault_scope("replication-pause", region),)
        return FaultReading(faults=faults, unread=unread)
