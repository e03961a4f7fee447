"""How a change of hosted zones reaches the name servers: one after the other, within a delay.

On AWS a change is PENDING until all servers of the zone have it, "generally within 60 seconds".
Until then a server may answer as before:
https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html
https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetChange.html

The names that AWS owns are in no hosted zone; they change at once, as long as no zone does.
"""

from collections.abc import Sequence

from common.clock import Clock
from twin.core.dns.service_names import index_topology
from twin.core.dns.zones import DnsIndex
from twin.topology.model import Topology


class Propagation:
    """What the name servers have of the Topology."""

    def __init__(
        self, indexes: list[DnsIndex], addresses: Sequence[str], clock: Clock, *, delay_s: float
    ) -> None:
        """`indexes`: of each server, changed in place. `addresses`: of each server."""
        self._indexes = indexes
        self._addresses = addresses
        self._clock = clock
        self._delay_s = delay_s
        self._current: Topology | None = None

    async def apply(self, topology: Topology) -> None:
        """Return once all servers have the Topology: the first one that they get at once."""
        index = index_topology(topology, self._addresses)
        waits = self._current is not None and _has_other_zones(topology, self._current)
        self._current = topology
        for server in range(len(self._indexes)):
            if waits:
                await self._clock.sleep(self._delay_s / len(self._indexes))
            self._indexes[server] = index


def _has_other_zones(one: Topology, other: Topology) -> bool:
    """Whether they differ in what users write: records, and the blocks that records refer to."""
    return (one.route53.zones, one.route53.cidr_collections) != (
        other.route53.zones,
        other.route53.cidr_collections,
    )
