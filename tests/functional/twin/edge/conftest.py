"""A running edge, in this process."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.functional.twin.edge.edge_setup import FRANKFURT, OREGON, both_regions, report
from twin.clock import SystemClock
from twin.edge.edge import Edge
from twin.settings import TwinSettings


async def _often(edge: Edge) -> None:
    while True:
        edge.pass_time()
        edge.tend()
        await asyncio.sleep(0.01)


@pytest.fixture
def settings() -> TwinSettings:
    """Waits short enough for a test; one that is about them has its own."""
    return TwinSettings(endpoint_fail_s=0.1, endpoint_recover_s=0.4, idle_timeout_s=60.0)


@pytest.fixture
async def edge(settings: TwinSettings) -> AsyncIterator[Edge]:
    """Both Regions healthy, dials at 100."""
    edge = Edge(settings, SystemClock(), asyncio.get_running_loop(), connect_timeout_s=0.3)
    edge.apply(both_regions())
    for region in (FRANKFURT, OREGON):
        edge.hear(report(region))
    time = asyncio.get_running_loop().create_task(_often(edge))
    yield edge
    time.cancel()
    edge.close()
