"""When an accelerator's change has spread: the edge has it, and the propagation delay is over.

AWS's accelerators are IN_PROGRESS while a change spreads, then DEPLOYED; AWS publishes no duration
(https://docs.aws.amazon.com/global-accelerator/latest/api/API_Accelerator.html). While the edge is
away they stay IN_PROGRESS.
"""

import logging
from collections.abc import Callable

from common.clock import Clock
from twin.control.topology_publisher import TopologyPublisher

log = logging.getLogger(__name__)

EDGE = "edge"
RETRY_S = 1.0


class DeploymentTracker:
    """Accelerators whose last change is still spreading."""

    def __init__(
        self,
        publisher: TopologyPublisher,
        clock: Clock,
        delay_s: float,
        settled: Callable[[str], None],
    ) -> None:
        """`settled` gets the ARN of each accelerator that has become DEPLOYED."""
        self._publisher = publisher
        self._clock = clock
        self._delay_s = delay_s
        self._settled = settled
        self._waiting: dict[str, int] = {}
        """ARN -> the version of the Topology that carries its last change."""

    def changed(self, arn: str, version: int) -> None:
        """The accelerator changed; this version of the Topology carries it."""
        self._waiting[arn] = version
        self._publisher.wake()

    def forget(self, arn: str) -> None:
        """The accelerator is gone."""
        self._waiting.pop(arn, None)

    async def run(self) -> None:
        """Settle accelerators, for ever."""
        while True:
            reached = self._publisher.acknowledged.get(EDGE, 0)
            ready = {arn: v for arn, v in self._waiting.items() if v <= reached}
            if not ready:
                await self._publisher.news()
                continue
            await self._clock.sleep(self._delay_s)
            for arn, version in ready.items():
                # A later change has a later version, and waits for that.
                if self._waiting.get(arn) == version:
                    await self._settle(arn)

    async def _settle(self, arn: str) -> None:
        """Once that can't be saved, it is tried again: the accelerator stays IN_PROGRESS."""
        try:
            self._settled(arn)
        except OSError as exc:
            log.error("%s can't be saved as DEPLOYED: %s", arn, exc)
            await self._clock.sleep(RETRY_S)
        else:
            del self._waiting[arn]
