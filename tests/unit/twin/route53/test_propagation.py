"""A change of hosted zones reaches the name servers one after the other."""

from dataclasses import replace

from tests.clocks import ManualClock
from tests.unit.twin.core.dns.zone_setup import NAME_SERVERS, a_record, ask, hosted_zone
from twin.core.dns.zones import DnsIndex, build_dns_index
from twin.route53.propagation import Propagation
from twin.topology.model import RegionTopology, Topology
from twin.topology.route53 import CidrCollection, HealthCheck, Route53Topology

OLD, NEW = "192.0.2.1", "192.0.2.2"


def topology(address: str, version: int = 1) -> Topology:
    """A Topology with a zone, in which the name leads to the address."""
    return Topology(
        version=version, route53=Route53Topology(zones=(hosted_zone(a_record(address)),))
    )


class NameServers(ManualClock):
    """Name servers, and a clock that notes at each sleep what they answer."""

    def __init__(self) -> None:
        super().__init__(100.0)
        self.indexes: list[DnsIndex] = [build_dns_index(Route53Topology())] * len(NAME_SERVERS)
        self.answered: list[list[str]] = []
        """What the servers answer at the begin of each sleep."""
        self.propagation = Propagation(self.indexes, NAME_SERVERS, self, delay_s=2.0)

    async def sleep(self, seconds: float) -> None:
        self.answered.append(self.answers())
        await super().sleep(seconds)

    def answers(self) -> list[str]:
        """The address that each server answers with."""
        return [ask(index).answer[0].values[0] for index in self.indexes]


async def test_the_first_topology_is_in_force_at_once() -> None:
    """A resolver would keep what it is told without zones."""
    servers = NameServers()

    await servers.propagation.apply(topology(OLD))

    assert (servers.answers(), servers.slept) == ([OLD] * 4, [])


async def test_the_old_answer_is_served_until_a_server_has_the_change() -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html"""
    servers = NameServers()
    await servers.propagation.apply(topology(OLD))

    await servers.propagation.apply(topology(NEW, 2))

    assert servers.answered == [
        [OLD, OLD, OLD, OLD],
        [NEW, OLD, OLD, OLD],
        [NEW, NEW, OLD, OLD],
        [NEW, NEW, NEW, OLD],
    ]
    assert servers.answers() == [NEW] * 4
    assert servers.seconds == 102.0


async def test_a_change_of_cidr_blocks_takes_as_long() -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy-ipbased.html"""
    servers, first = NameServers(), topology(OLD)
    await servers.propagation.apply(first)
    blocks = CidrCollection(id="c1", name="n", locations={"home": ("127.210.7.0/24",)})

    await servers.propagation.apply(
        replace(first, version=2, route53=replace(first.route53, cidr_collections=(blocks,)))
    )

    assert servers.seconds == 102.0


async def test_what_is_in_no_zone_is_in_force_at_once() -> None:
    servers, first = NameServers(), topology(OLD)
    await servers.propagation.apply(first)
    check = HealthCheck(id="h", version=1, type="TCP", ip_address="127.120.9.1", port=80)

    await servers.propagation.apply(
        replace(
            first,
            version=2,
            regions={"eu-central-1": RegionTopology()},
            route53=replace(first.route53, health_checks=(check,)),
        )
    )

    assert (servers.answers(), servers.slept) == ([OLD] * 4, [])
