"""Which calls of the journal a later one has made void, so that a replay may leave them out.

A call of the table below writes one slot, in whole and whatever was in it before, and nothing else.
It is void once a later call has written the same slot, if nobody can have looked at the slot in
between. Every other call may look at everything; and so may a call of the table that failed, or one
that writes another slot of the same service and Region (a reservation of concurrency is judged by
those of the other functions). Calls of the table in other Regions see nothing of it.

So the state after a replay is the same with and without what is void. Ids and times stay as they
were, since an entry keeps its number and its moment.

Not in the table, though a drill or `pulumi up` makes them: a published version is a resource that
stays; most updates change some settings and keep the rest; an alarm that is put once more keeps
what it had at first. And Global Accelerator's calls are not in the journal at all.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from twin.moto.aws_call import AwsCall

# PutFunctionConcurrency and DeleteFunctionConcurrency, as every drill that throttles makes them.
# A plain name only: an ARN would be another name of the same slot.
# https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html
_WRITES = (
    ("lambda", ("PUT", "DELETE"), re.compile(r"/2017-10-31/functions/([\w-]+)/concurrency")),
)


class ResourceSlot(NamedTuple):
    """What a call writes in whole."""

    service: str
    region: str
    name: str


class RecordedCall(NamedTuple):
    """A call of the journal."""

    number: int
    call: AwsCall
    succeeded: bool


def find_superseded_calls(recorded: Iterable[RecordedCall]) -> frozenset[int]:
    """The numbers of the calls that may be left out of a replay of all of them."""
    found: set[int] = set()
    last: dict[tuple[str, str], tuple[ResourceSlot, int]] = {}
    """Service and Region -> what was written there last, unless somebody may have looked since."""
    for number, call, succeeded in recorded:
        slot = find_resource_slot(call) if succeeded else None
        if slot is None:
            last.clear()
            continue
        before = last.get((slot.service, slot.region))
        if before is not None and before[0] == slot:
            found.add(before[1])
        last[slot.service, slot.region] = (slot, number)
    return frozenset(found)


def find_resource_slot(call: AwsCall) -> ResourceSlot | None:
    """What the call writes in whole if it succeeds; None when it may do anything else."""
    if call.region is None:
        return None
    for service, methods, path in _WRITES:
        match = path.fullmatch(call.path)
        if match and call.service == service and call.method in methods:
            return ResourceSlot(service, call.region, match[1])
    return None
