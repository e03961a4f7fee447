"""Network faults of a Region, and a client that notices them."""

import asyncio

from tests.functional.twin.edge.edge_setup import FRANKFURT
from twin.core.faults import Fault, FaultKind, Faults


def cut_network(region: str = FRANKFURT) -> Faults:
    return Faults(faults=(Fault(kind=FaultKind.CUT, role="r", region=region, since_s=0),))


def slow_network(delay_ms: float, region: str = FRANKFURT) -> Faults:
    fault = Fault(kind=FaultKind.SLOW, role="r", region=region, since_s=0, delay_ms=delay_ms)
    return Faults(faults=(fault,))


async def receives_nothing(within_s: float, reader: asyncio.StreamReader) -> bool:
    try:
        await asyncio.wait_for(reader.readline(), within_s)
    except TimeoutError:
        return True
    return False
