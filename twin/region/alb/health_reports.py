"""Report the health of the Region's load balancers to the edge.

A report is sent at each change, and as a heartbeat, because the edge treats silence as a failure.
While the edge is down, reports are dropped.
"""

import asyncio
import logging

import aiohttp

from twin import codec
from twin.internal_api.schemas import LoadBalancerHealthReport
from twin.region.alb.health_checks import HealthChecker
from twin.runtime.instance import Instance, internal_url

log = logging.getLogger(__name__)

MAX_HEARTBEAT_S = 1.0
_TIMEOUT = aiohttp.ClientTimeout(total=1.0)


async def report_health(instance: Instance, region: str, health: HealthChecker) -> None:
    """Send reports until cancelled."""
    delivered = True
    async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:
        while True:
            health.changed.clear()
            report = LoadBalancerHealthReport(region=region, load_balancers=health.load_balancers())
            problem = await _send(session, instance, report)
            if delivered and problem:
                log.info("the edge does not get this Region's health reports: %s", problem)
            delivered = not problem
            await _wait_for_next(health)


async def _wait_for_next(health: HealthChecker) -> None:
    """Wait for a change, or for the heartbeat: two of them in the shortest check interval."""
    period_s = min(MAX_HEARTBEAT_S, health.shortest_interval_s() / 2)
    try:
        async with asyncio.timeout(period_s):
            await health.changed.wait()
    except TimeoutError:
        return


async def _send(
    session: aiohttp.ClientSession, instance: Instance, report: LoadBalancerHealthReport
) -> str:
    """Send a report once; the problem if that failed, else empty."""
    address = internal_url(instance.edge_address, "/_twin/health")
    try:
        async with session.post(address, data=codec.dumps(report)) as response:
            return "" if response.status < 300 else f"it answers {response.status}"
    except (aiohttp.ClientError, OSError, TimeoutError) as exc:
        return str(exc) or type(exc).__name__
