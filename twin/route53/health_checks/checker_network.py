"""The network between the health checkers and the Regions' endpoints, under injected faults.

    endpoint           who minds a cut or slow network
    load balancer      this module: its connections, and each exchange on them
    API Gateway        this module: its connections; the Region's process: all that is exchanged
    static addresses   the edge

So a check of an API Gateway behind a cut network waits for its connection, as for one whose packets
are lost, though the kernel would accept it.
"""

from common.clock import Clock
from twin.core.faults import CLEAR_NETWORK, NetworkState
from twin.topology.model import Topology

CUT_POLL_S = 0.25
"""How often a check that waits for a cut network looks whether it is healed."""


class CheckerNetwork:
    """Makes checks wait as long as their packets travel; for ever while a network is cut."""

    def __init__(self, clock: Clock) -> None:
        self.state: NetworkState = CLEAR_NETWORK
        self._clock = clock
        self._load_balancers: dict[str, str] = {}
        self._api_gateways: dict[str, str] = {}
        """Address -> Region."""

    def configure(self, topology: Topology) -> None:
        """Know the addresses of this Topology."""
        self._load_balancers = {
            balancer.address: region
            for region, resources in topology.regions.items()
            for balancer in resources.load_balancers
        }
        self._api_gateways = {
            resources.api_gateway.address: region for region, resources in topology.regions.items()
        }

    async def connect(self, address: str) -> None:
        """Wait for the first packet of a connection to arrive, and its answer to return."""
        region = self._load_balancers.get(address) or self._api_gateways.get(address)
        await self._travel(region)

    async def exchange(self, address: str) -> None:
        """Wait for bytes to arrive at an endpoint that does not wait by itself, and to return."""
        await self._travel(self._load_balancers.get(address))

    async def _travel(self, region: str | None) -> None:
        if region is None:
            return
        while self.state.link(region).cut:
            await self._clock.sleep(CUT_POLL_S)
        if delay_s := self.state.link(region).delay_s:
            await self._clock.sleep(2 * delay_s)
