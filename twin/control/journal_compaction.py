"""Finds the journaled calls that a later call has superseded: a replay may leave them out.

Each call of the table below writes one resource slot as a whole, whatever was in it before, and
nothing else. It is superseded by a later call that writes the same slot, unless a call between them
may have read the slot. Every other call may read every slot. A failed call of the table, and one
that writes another slot of the same service and Region, may too: Lambda checks a reservation of
concurrency against those of the Region's other functions. Calls of the table in other Regions read
nothing of it.

So a replay ends in the same state with and without the superseded calls. Ids and times stay the
same as well, since an entry keeps its number and its time.

Not in the table, though drills and `pulumi up` make them: a published version is a resource that
stays; most updates change some settings and keep the rest; putting an alarm again keeps part of it.
Global Accelerator's calls are not in the journal at all.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from twin.moto.aws_call import AwsCall

# PutFunctionConcurrency and DeleteFunctionConcurrency, as every drill that throttles makes them.
# Only plain names match: an ARN would be another name of the same slot.
# https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html
_SLOT_WRITES = (
    ("lambda", ("PUT", "DELETE"), re.compile(r"/2017-10-31/functions/([\w-]+)/concurrency")),
)


class ResourceSlot(NamedTuple):
    """A piece of state that one call writes as a whole."""

    service: str
    region: str
    name: str


class RecordedCall(NamedTuple):
    """A call of the journal."""

    number: int
    call: AwsCall
    succeeded: bool


def find_superseded_calls(calls: Iterable[RecordedCall]) -> frozenset[int]:
    """Numbers of the calls that a replay of all of them may leave out."""
    superseded: set[int] = set()
    last_writes: dict[tuple[str, str], tuple[ResourceSlot, int]] = {}
    """(service, Region) -> slot and number of the last write that nothing may have read since."""
    for number, call, succeeded in calls:
        slot = find_resource_slot(call) if succeeded else None
        if slot is None:
            last_writes.clear()
            continue
        before = last_writes.get((slot.service, slot.region))
        if before is not None and before[0] == slot:
            superseded.add(before[1])
        last_writes[slot.service, slot.region] = (slot, number)
    return frozenset(superseded)


def find_resource_slot(call: AwsCall) -> ResourceSlot | None:
    """The slot that the call writes as a whole if it succeeds; None for any other call."""
    if call.region is None:
        return None
    for service, methods, path in _SLOT_WRITES:
        match = path.fullmatch(call.path)
        if match and call.service == service and call.method in methods:
            return ResourceSlot(service, call.region, match[1])
    return None
