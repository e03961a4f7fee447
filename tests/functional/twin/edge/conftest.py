"""An edge that runs in the test's process."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from common.clock import SystemClock
from tests.functional.twin.edge.edge_setup import FRANKFURT, OREGON, both_regions, health_report
from twin.edge.edge import Edge
from twin.settings import TwinSettings


async def _update_often(edge: Edge) -> None:
    while True:
        edge.update_health()
        edge.sweep()
        await asyncio.sleep(0.01)


@pytest.fixture
def settings() -> TwinSettings:
    """Delays short enough for a test; tests of the delays override this fixture."""
    return TwinSettings(endpoint_fail_s=0.1, endpoint_recover_s=0.4, idle_timeout_s=60.0)


@pytest.fixture
async def edge(settings: TwinSettings) -> AsyncIterator[Edge]:
    """Both Regions healthy, dials at 100."""
    edge = Edge(settings, SystemClock(), asyncio.get_running_loop(), connect_timeout_s=0.3)
    edge.apply_topology(both_regions())
    for region in (FRANKFURT, OREGON):
        edge.take_health_report(health_report(region))
    updates = asyncio.get_running_loop().create_task(_update_often(edge))
    yield edge
    updates.cancel()
    edge.close()
