"""Routes calls by the present states and faults, and makes their Regions ready.

Both ways through the gateway use it: the application (twin.gateway.gateway) and the fast path
(twin.gateway.data_plane_calls).
"""

import logging

from twin.core.faults import CLEAR_NETWORK, NetworkState
from twin.errors import TwinError
from twin.gateway.process_table import ProcessTable
from twin.gateway.routing import (
    ApiCall,
    Forward,
    Rejection,
    reject_control_down,
    reject_interrupted,
    reject_region_down,
    reject_start_failed,
    route_call,
)
from twin.runtime import roles

log = logging.getLogger(__name__)


class CallRouter:
    def __init__(self, processes: ProcessTable, own_key: str) -> None:
        """`own_key` is the access key that names this twin."""
        self.network: NetworkState = CLEAR_NETWORK
        self._processes = processes
        self._own_key = own_key

    def route(self, call: ApiCall) -> Forward | Rejection:
        return route_call(call, self._processes.state, self.network, own_key=self._own_key)

    def is_ready(self, forward: Forward) -> bool:
        """Whether `make_ready` has nothing to wait for."""
        return not (forward.start_first or self._processes.is_starting(forward.role))

    async def make_ready(self, forward: Forward) -> Forward | Rejection:
        """Wait for the first start of a Region, and start it if the route says so."""
        region = roles.region_of(forward.role)
        if region is None or not forward.start_first:
            await self._processes.wait_for_first_start(forward.role)
            return forward
        try:
            await self._processes.start_if_absent(region)
        except TwinError as exc:
            log.error("%s", exc)
            return reject_start_failed(region, str(exc))
        return forward

    def reject_unreachable(self, role: str, reason: str) -> Rejection:
        """The error for a call that the process has not received."""
        log.warning("%s refuses the connection: %s", role, reason)
        region = roles.region_of(role)
        if region is None:
            return reject_control_down()
        return reject_region_down(region, self._processes.refresh_state(role))

    def reject_disconnected(self, role: str, reason: str) -> Rejection:
        """The error for a call that the process may have executed."""
        log.warning("%s closed the connection without an answer: %s", role, reason)
        self._processes.refresh_state(role)
        return reject_interrupted(role)

    async def delay(self, rejection: Rejection) -> None:
        """Wait as long as the caller has to wait for the rejection."""
        await self._processes.clock.sleep(rejection.after_s)
