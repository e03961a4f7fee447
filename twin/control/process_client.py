"""HTTP requests of control to the other processes: health, metrics, a Region's first start.

Health is fetched for each API call that shows it, with a short timeout: a process that does not
answer leaves its endpoints unknown, and never delays an API call for long.
"""

import logging
from typing import TypeVar

import aiohttp

from twin import codec
from twin.control.globalaccelerator.call_context import HealthByEndpoint
from twin.errors import CodecError, RegionUnknown
from twin.internal_api.schemas import (
    EdgeStatus,
    MetricsReport,
    TargetHealth,
    TargetHealthReport,
)
from twin.runtime.instance import Instance, internal_url

log = logging.getLogger(__name__)

REQUEST_TIMEOUT_S = 0.5
START_TIMEOUT_S = 90.0
"""Longest start of a Region on a busy machine."""

T = TypeVar("T")


class ProcessClient:
    """Client of the edge, the Regions and the gateway."""

    def __init__(self, instance: Instance, session: aiohttp.ClientSession) -> None:
        self._instance = instance
        self._session = session

    async def fetch_endpoint_health(self) -> HealthByEndpoint:
        """Health of all endpoints; empty when the edge does not answer."""
        url = internal_url(self._instance.edge_address, "/_twin/status")
        status = await self._request("GET", url, EdgeStatus)
        if status is None:
            return {}
        return {
            (group.arn, endpoint.id): endpoint.state
            for accelerator in status.accelerators
            for listener in accelerator.listeners
            for group in listener.groups
            for endpoint in group.endpoints
        }

    async def fetch_targets(self, region: str) -> tuple[TargetHealth, ...]:
        """Health of a Region's targets; empty when it does not answer, or is no Region."""
        try:
            url = internal_url(self._instance.region_address(region), "/_twin/targets")
        except RegionUnknown:
            return ()
        report = await self._request("GET", url, TargetHealthReport)
        return report.targets if report else ()

    async def take_edge_metrics(self) -> MetricsReport | None:
        """What the edge has counted since the last call; None when it does not answer."""
        return await self._take_metrics(self._instance.edge_address)

    async def take_region_metrics(self, region: str) -> MetricsReport | None:
        """What a Region has counted since the last call; None when it does not answer."""
        try:
            return await self._take_metrics(self._instance.region_address(region))
        except RegionUnknown:
            return None

    async def _take_metrics(self, address: tuple[str, int]) -> MetricsReport | None:
        return await self._request("POST", internal_url(address, "/_twin/metrics"), MetricsReport)

    async def start_region(self, region: str) -> bool:
        """Let the gateway start a Region that has never run; False when it does not answer."""
        url = internal_url(self._instance.gateway_address, f"/_twin/regions/{region}")
        timeout = aiohttp.ClientTimeout(total=START_TIMEOUT_S)
        try:
            async with self._session.post(url, timeout=timeout) as response:
                if response.status != 200:
                    text = await response.text()
                    log.warning("%s was not started: %d %s", region, response.status, text[:500])
                return True
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def _request(self, method: str, url: str, cls: type[T]) -> T | None:
        timeout = aiohttp.ClientTimeout(total=REQUEST_TIMEOUT_S)
        try:
            async with self._session.request(method, url, timeout=timeout) as response:
                response.raise_for_status()
                return codec.loads(cls, await response.read())
        except (TimeoutError, aiohttp.ClientError, CodecError) as exc:
            log.debug("%s: %r", url, exc)
            return None
