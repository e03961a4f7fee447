"""HTTP requests of control to the other processes: health, metrics, a Region's first start.

Health is fetched for each API call that shows it, with a short timeout: a process that does not
answer never delays an API call for long. What it last said counts a while longer, since a busy
process is not a dead one; after that, its endpoints are unknown.

`RegionStarter` starts the process of each Region with something to serve, once. A Region that has
run has a state folder. Whether its process runs after that is the operator's decision (drills stop
Regions), so control asks the gateway for a Region's first start only.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

import aiohttp

from common.clock import Clock
from twin import codec
from twin.control.globalaccelerator.call_context import HealthByEndpoint
from twin.control.topology_publisher import TopologyPublisher
from twin.errors import CodecError, RegionUnknown
from twin.internal_api.schemas import (
    DnsTestReport,
    DnsTestRequest,
    EdgeStatus,
    HealthCheckStatus,
    MetricsReport,
    TargetHealth,
    TargetHealthReport,
)
from twin.runtime.instance import Instance, internal_url

log = logging.getLogger(__name__)

REQUEST_TIMEOUT_S = 0.5
FIRST_TIMEOUT_S = 2.0
"""For a process that has not answered yet, so that there is no last answer."""
LAST_ANSWER_S = 5.0
"""How long the last answer of a process counts when it answers late."""
START_TIMEOUT_S = 90.0
"""Longest start of a Region on a busy machine."""

T = TypeVar("T")


class ProcessClient:
    """Client of the edge, the Regions and the gateway."""

    def __init__(
        self,
        instance: Instance,
        session: aiohttp.ClientSession,
        clock: Clock,
        *,
        timeout_s: float = REQUEST_TIMEOUT_S,
        first_timeout_s: float = FIRST_TIMEOUT_S,
    ) -> None:
        self._instance = instance
        self._session = session
        self._clock = clock
        self._timeout_s = timeout_s
        self._first_timeout_s = first_timeout_s
        self._last_answers: dict[str, tuple[float, object]] = {}
        """URL -> (monotonic time, the last answer; None: it has been asked without one)."""

    async def fetch_endpoint_health(self) -> HealthByEndpoint:
        """Health of all endpoints; empty when the edge is down or silent."""
        url = internal_url(self._instance.edge_address, "/_twin/status")
        status = await self._fetch_recent(url, EdgeStatus)
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
        """Health of a Region's targets; empty when it is down or silent, or is no Region."""
        try:
            url = internal_url(self._instance.region_address(region), "/_twin/targets")
        except RegionUnknown:
            return ()
        report = await self._fetch_recent(url, TargetHealthReport)
        return report.targets if report else ()

    async def fetch_health_check(self, check_id: str) -> HealthCheckStatus | None:
        """A health check in Route 53's process; None when it does not have it, or not answer."""
        url = internal_url(self._instance.route53_address, f"/_twin/health_checks/{check_id}")
        return await self._request("GET", url, HealthCheckStatus)

    async def fetch_dns_answer(self, asked: DnsTestRequest) -> DnsTestReport | None:
        """What the name servers answer; None when they do not."""
        url = internal_url(self._instance.route53_address, "/_twin/dns")
        return await self._request("POST", url, DnsTestReport, codec.dumps(asked).encode())

    async def take_edge_metrics(self) -> MetricsReport | None:
        """What the edge has counted since the last call; None when it does not answer."""
        return await self._take_metrics(self._instance.edge_address)

    async def take_route53_metrics(self) -> MetricsReport | None:
        """What Route 53's process has counted since the last call; None without an answer."""
        return await self._take_metrics(self._instance.route53_address)

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

    async def _fetch_recent(self, url: str, cls: type[T]) -> T | None:
        """The answer of a process, or its last one if that is recent and this one is late."""
        is_first = url not in self._last_answers
        answered_at, last = self._last_answers.setdefault(url, (0.0, None))
        try:
            timeout_s = self._first_timeout_s if is_first else self._timeout_s
            answer = await self._send("GET", url, cls, timeout_s)
        except TimeoutError as exc:
            log.debug("%s: %r", url, exc)
            is_recent = self._clock.monotonic() - answered_at < LAST_ANSWER_S
            return last if is_recent and isinstance(last, cls) else None
        except (aiohttp.ClientError, CodecError) as exc:
            log.debug("%s: %r", url, exc)
            return None
        self._last_answers[url] = (self._clock.monotonic(), answer)
        return answer

    async def _request(
        self, method: str, url: str, cls: type[T], body: bytes | None = None
    ) -> T | None:
        try:
            return await self._send(method, url, cls, self._timeout_s, body)
        except (TimeoutError, aiohttp.ClientError, CodecError) as exc:
            log.debug("%s: %r", url, exc)
            return None

    async def _send(
        self, method: str, url: str, cls: type[T], timeout_s: float, body: bytes | None = None
    ) -> T:
        """Raises TimeoutError, aiohttp.ClientError and CodecError."""
        timeout = aiohttp.ClientTimeout(total=timeout_s)
        async with self._session.request(method, url, timeout=timeout, data=body) as response:
            response.raise_for_status()
            return codec.loads(cls, await response.read())


RETRY_S = 0.5


class RegionStarter:
    """Asks for a first start of the Regions in the Topology."""

    def __init__(
        self,
        instance: Instance,
        publisher: TopologyPublisher,
        start_region: Callable[[str], Awaitable[bool]],
        clock: Clock,
    ) -> None:
        """`start_region` is False when the gateway can't be asked just now."""
        self._instance = instance
        self._publisher = publisher
        self._start_region = start_region
        self._clock = clock
        self._requested: set[str] = set()

    async def run(self) -> None:
        """Ask for each Region that has never been started, for ever."""
        while True:
            missing = self._missing_regions()
            if not missing:
                await self._publisher.wait_for_event()
                continue
            for region in missing:
                if await self._start_region(region):
                    self._requested.add(region)
                else:
                    await self._clock.sleep(RETRY_S)

    def _missing_regions(self) -> list[str]:
        # A Region that was emptied may have lost its process, and is asked for once more.
        self._requested &= set(self._publisher.current.regions)
        return [
            region
            for region in self._publisher.current.regions
            if region not in self._requested and not self._instance.region_state(region).exists()
        ]
