"""What clients in each place get at the DNS door."""

from dataclasses import dataclass, field

from muster.model import DnsOutputs
from muster.probe.name_resolver import NameUnresolved, ResolvedName
from muster.probe.plan import ResolverAddress, VantagePoint
from muster.system.dns_answers import read_answers
from tests.unit.muster.sample_stack import DOMAIN, FRANKFURT, OREGON, make_two_door_stack

PLACES = (
    VantagePoint(name="Frankfurt", source="127.210.1.1", resolver="127.160.1.1:5300"),
    VantagePoint(name="Portland", source="127.210.7.1", resolver="127.160.7.1:5300"),
)


@dataclass
class FakeResolvers:
    """Resolvers by their address; an endpoint's address ends with its Region's number."""

    answers: dict[str, str]
    """Resolver -> its answer to the shared name; none: no answer."""
    asked: list[tuple[str, str | None]] = field(default_factory=list)

    async def resolve(
        self, name: str, resolver: ResolverAddress | None, source: str | None
    ) -> ResolvedName:
        self.asked.append((name, source))
        if name != DOMAIN:
            return ResolvedName(("192.0.2.1" if FRANKFURT in name else "192.0.2.2",), 60.0)
        address = self.answers.get(resolver.ip if resolver else "")
        if address is None:
            raise NameUnresolved(f"{name}: SERVFAIL, no address")
        return ResolvedName((address,), 42.0)


def dns_door() -> DnsOutputs:
    dns = make_two_door_stack().dns
    assert dns is not None
    return dns


async def test_an_answer_is_known_by_the_region_whose_endpoint_has_the_address() -> None:
    resolvers = FakeResolvers({"127.160.1.1": "192.0.2.1", "127.160.7.1": "192.0.2.2"})

    found = await read_answers(resolvers, dns_door(), PLACES)

    assert [(one.place, one.region, one.ttl_s) for one in found] == [
        ("Frankfurt", FRANKFURT, 42.0),
        ("Portland", OREGON, 42.0),
    ]
    assert (DOMAIN, "127.210.7.1") in resolvers.asked


async def test_another_address_is_of_no_region_and_no_answer_has_its_reason() -> None:
    resolvers = FakeResolvers({"127.160.1.1": "203.0.113.9"})

    frankfurt, portland = await read_answers(resolvers, dns_door(), PLACES)

    assert (frankfurt.addresses, frankfurt.region) == (("203.0.113.9",), None)
    assert (portland.region, "SERVFAIL" in portland.problem) == (None, True)


async def test_nobody_is_asked_without_places() -> None:
    resolvers = FakeResolvers({})

    assert await read_answers(resolvers, dns_door(), ()) == ()
    assert resolvers.asked == []
