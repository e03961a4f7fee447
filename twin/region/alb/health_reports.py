"""The Region's word to the edge: which of its load balancers are healthy.

Sent at each change and as a heartbeat, since silence is a failure too. The edge may be away for as
long as it likes; nothing here waits for it.
"""

import asyncio
import logging

import aiohttp

from twin import codec
from twin.internal_api.schemas import LoadBalancerHealthReport
from twin.region.alb.health_checks import HealthChecker
from twin.runtime.instance import Instance, internal_url

log = logging.getLogger(__name__)

LONGEST_SILENCE_S = 1.0
_TIMEOUT = aiohttp.ClientTimeout(total=1.0)


async def report_health(instance: Instance, region: str, checks: HealthChecker) -> None:
    """Report for ever."""
    heard = True
    async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:
        while True:
            checks.changed.clear()
            report = LoadBalancerHealthReport(region=region, load_balancers=checks.load_balancers())
            problem = await _send(session, instance, report)
            if heard and problem:
                log.info("the edge does not hear this Region's health: %s", problem)
            heard = not problem
            await _until_due(checks)


async def _until_due(checks: HealthChecker) -> None:
    """Until a change, or the next heartbeat: twice within the time between two checks."""
    period_s = min(LONGEST_SILENCE_S, checks.shortest_interval_s() / 2)
    try:
        async with asyncio.timeout(period_s):
            await checks.changed.wait()
    except TimeoutError:
        return


async def _send(
    session: aiohttp.ClientSession, instance: Instance, report: LoadBalancerHealthReport
) -> str:
    """Send it once; what went wrong, if anything."""
    address = internal_url(instance.edge_address, "/_twin/health")
    try:
        async with session.post(address, data=codec.dumps(report)) as response:
            return "" if response.status < 300 else f"it answers {response.status}"
    except (aiohttp.ClientError, OSError, TimeoutError) as exc:
        return str(exc) or type(exc).__name__
