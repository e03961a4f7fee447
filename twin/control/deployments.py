"""When a change of an accelerator is deployed: the edge has it, and the propagation delay is over.

AWS's accelerators are IN_PROGRESS while a change propagates, then DEPLOYED; AWS publishes no
duration (https://docs.aws.amazon.com/global-accelerator/latest/api/API_Accelerator.html). While the
edge does not run they stay IN_PROGRESS.
"""

import logging
from collections.abc import Callable

from common.clock import Clock
from twin.control.topology_publisher import TopologyPublisher
from twin.runtime.roles import EDGE

log = logging.getLogger(__name__)

RETRY_S = 1.0


class DeploymentTracker:
    """Accelerators whose last change is not deployed yet."""

    def __init__(
        self,
        publisher: TopologyPublisher,
        clock: Clock,
        delay_s: float,
        mark_deployed: Callable[[str], None],
    ) -> None:
        """`mark_deployed` takes the accelerator's ARN; it may raise OSError."""
        self._publisher = publisher
        self._clock = clock
        self._delay_s = delay_s
        self._mark_deployed = mark_deployed
        self._pending: dict[str, int] = {}
        """ARN -> Topology version that carries its last change."""

    def track(self, arn: str, version: int) -> None:
        """The accelerator has changed; this Topology version carries the change."""
        self._pending[arn] = version
        self._publisher.wake()

    def forget(self, arn: str) -> None:
        """The accelerator was deleted."""
        self._pending.pop(arn, None)

    async def run(self) -> None:
        """Mark accelerators as deployed, for ever."""
        while True:
            acknowledged = self._publisher.acknowledged.get(EDGE, 0)
            ready = {arn: v for arn, v in self._pending.items() if v <= acknowledged}
            if not ready:
                await self._publisher.wait_for_event()
                continue
            await self._clock.sleep(self._delay_s)
            for arn, version in ready.items():
                # A change during the delay has a later version, and waits for that.
                if self._pending.get(arn) == version:
                    await self._finish(arn)

    async def _finish(self, arn: str) -> None:
        """Mark one as deployed; if that can't be saved, it stays pending and is tried again."""
        try:
            self._mark_deployed(arn)
        except OSError as exc:
            log.error("%s can't be saved as DEPLOYED: %s", arn, exc)
            await self._clock.sleep(RETRY_S)
        else:
            del self._pending[arn]
