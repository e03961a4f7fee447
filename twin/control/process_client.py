"""What control asks of the other processes: health of the edge and the Regions, a Region's start.

Health is asked just before it is told, and only for a moment: a process that does not answer leaves
its endpoints unknown, it never holds an API call up.
"""

import logging
from collections.abc import Mapping
from typing import TypeVar

import aiohttp

from twin import codec
from twin.errors import CodecError, RegionUnknown
from twin.internal_api.schemas import (
    EdgeStatus,
    EndpointState,
    MetricsReport,
    TargetHealth,
    TargetHealthReport,
)
from twin.runtime.instance import Instance, internal_url

log = logging.getLogger(__name__)

ASK_WITHIN_S = 0.5
START_WITHIN_S = 90.0
"""Bounds a Region's start on a busy machine."""

T = TypeVar("T")


class ProcessClient:
    """The twin's other processes, over HTTP."""

    def __init__(self, instance: Instance, session: aiohttp.ClientSession) -> None:
        """Ask through this session."""
        self._instance = instance
        self._session = session

    async def endpoint_health(self) -> Mapping[tuple[str, str], EndpointState]:
        """(ARN of the group, id of the endpoint) -> its state; empty when the edge is silent."""
        status = await self._ask(
            internal_url(self._instance.edge_address, "/_twin/status"), EdgeStatus
        )
        if status is None:
            return {}
        return {
            (group.arn, endpoint.id): endpoint.state
            for accelerator in status.accelerators
            for listener in accelerator.listeners
            for group in listener.groups
            for endpoint in group.endpoints
        }

    async def targets(self, region: str) -> tuple[TargetHealth, ...]:
        """Health of a Region's targets; nothing when it is silent, or no Region at all."""
        try:
            address = self._instance.region_address(region)
        except RegionUnknown:
            return ()
        report = await self._ask(internal_url(address, "/_twin/targets"), TargetHealthReport)
        return report.targets if report else ()

    async def edge_metrics(self) -> MetricsReport | None:
        """What the edge has counted since the last time; None when it is silent."""
        return await self._take(self._instance.edge_address)

    async def region_metrics(self, region: str) -> MetricsReport | None:
        """What a Region has counted since the last time; None when it is silent."""
        try:
            return await self._take(self._instance.region_address(region))
        except RegionUnknown:
            return None

    async def _take(self, address: tuple[str, int]) -> MetricsReport | None:
        return await self._ask(
            internal_url(address, "/_twin/metrics"), MetricsReport, method="POST"
        )

    async def start_region(self, region: str) -> bool:
        """Have the gateway start a Region that never ran; False when it can't be asked just now."""
        address = internal_url(self._instance.gateway_address, f"/_twin/regions/{region}")
        timeout = aiohttp.ClientTimeout(total=START_WITHIN_S)
        try:
            async with self._session.post(address, timeout=timeout) as response:
                if response.status != 200:
                    text = await response.text()
                    log.warning("%s was not started: %d %s", region, response.status, text[:500])
                return True
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def _ask(self, address: str, kind: type[T], method: str = "GET") -> T | None:
        timeout = aiohttp.ClientTimeout(total=ASK_WITHIN_S)
        try:
            async with self._session.request(method, address, timeout=timeout) as response:
                response.raise_for_status()
                return codec.loads(kind, await response.read())
        except (TimeoutError, aiohttp.ClientError, CodecError) as exc:
            log.debug("%s: %r", address, exc)
            return None
