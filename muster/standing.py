"""Which faults stand now, whoever has injected them.

Decides who is asked about which side of the system: a throttle is a note in the control table and
what AWS Lambda has reserved; a pause of replication is an experiment of AWS FIS; all other faults,
and on a twin that one too, are the twin's to tell. What nobody answers for is named as unread.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from muster.errors import CallFailed
from muster.levers import side
from muster.levers.experiments import ReplicationPause
from muster.levers.throttle import Note, Throttle, standing
from muster.levers.twin_faults import TwinFaults, sides
from muster.model import Stack, StandingFault
from muster.problems import Problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What is known of some sides of the system."""

    faults: tuple[StandingFault, ...] | None
    """Those that stand there; None: it could not be read."""
    unread: tuple[str, ...] = ()
    """Sides of which it could not be read."""


@dataclass(frozen=True, slots=True)
class Reserved:
    """A function's reserved concurrency, as far as an answer tells."""

    executions: int | None
    """None: none is reserved."""


def together(readings: Iterable[Reading]) -> Reading:
    """All of them as one; nothing is known when none of them could be read."""
    given = tuple(readings)
    known = [reading.faults for reading in given if reading.faults is not None]
    return Reading(
        faults=tuple(fault for faults in known for fault in faults) if known else None,
        unread=tuple(one for reading in given for one in reading.unread),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingFaults:
    """Reads the faults of one stack."""

    stack: Stack
    throttle: Throttle
    replication_pause: ReplicationPause
    twin: TwinFaults | None
    """None: the target is AWS."""

    async def read(self, problems: Problems) -> Reading:
        """Everything that stands."""
        functions = (self.of_function(region, problems) for region in self.stack.regions)
        beyond, found = await asyncio.gather(
            self.beyond_functions(problems), asyncio.gather(*functions)
        )
        return together([beyond, *(reading for reading, _ in found)])

    async def beyond_functions(self, problems: Problems) -> Reading:
        """All but throttles."""
        if self.twin is None:
            pauses = (self._paused(region, problems) for region in self.stack.regions)
            return together(await asyncio.gather(*pauses))
        found = await problems.ask("faults", "the twin", self.twin.read())
        return Reading(faults=found, unread=() if found is not None else sides(self.stack.regions))

    async def of_function(self, region: str, problems: Problems) -> tuple[Reading, Reserved | None]:
        """Whether the Region's function is throttled, and what is reserved for it.

        The note alone tells it where AWS Lambda's control plane does not answer, and the other way
        round where nothing is reserved.
        """
        reserved, note = await asyncio.gather(
            problems.ask("concurrency limit", region, self._reserved(region)),
            self._noted(region),
        )
        if note is None or (reserved is not None and reserved.executions is None):
            return Reading(faults=()), reserved
        if isinstance(note, CallFailed):
            problems.failed("throttle", region, note)
            return Reading(faults=None, unread=(side("throttle", region),)), reserved
        found = standing(region, note, reserved.executions if reserved else None)
        return Reading(faults=(found,)), reserved

    async def _reserved(self, region: str) -> Reserved:
        return Reserved(await self.throttle.reserved(region))

    async def _noted(self, region: str) -> Note | CallFailed | None:
        try:
            return await self.throttle.noted(region)
        except CallFailed as exc:
            return exc

    async def _paused(self, region: str, problems: Problems) -> Reading:
        found = await problems.ask(
            "replication-pause", region, self.replication_pause.standing(region)
        )
        unread = () if found is not None else (side("replication-pause", region),)
        return Reading(faults=found, unread=unread)
