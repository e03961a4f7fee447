"""What clients get at the DNS door: the answer of each place's resolver, and whose address it is.

A Region is known by the addresses of its API Gateway endpoint. An answer is asked for now: no cache
of a client is imitated.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from muster.model import DnsOutputs
from muster.probe.name_resolver import NameResolver, NameUnresolved
from muster.probe.plan import VantagePoint


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceAnswer:
    """The answer to a client in one place."""

    place: str
    addresses: tuple[str, ...] = ()
    region: str | None = None
    """None: an address of no Region of the stack, or no answer."""
    ttl_s: float | None = None
    """What is left of it in the resolver."""
    problem: str = ""
    """Why there is no answer."""


async def read_answers(
    resolver: NameResolver, dns: DnsOutputs, places: Sequence[VantagePoint]
) -> tuple[PlaceAnswer, ...]:
    """The answers in the order of the places."""
    if not places:
        return ()
    regions = await _region_addresses(resolver, dns, places[0])
    asked = (_read_answer(resolver, dns.domain, place, regions) for place in places)
    return tuple(await asyncio.gather(*asked))


async def _region_addresses(
    resolver: NameResolver, dns: DnsOutputs, place: VantagePoint
) -> Mapping[str, str]:
    """Address -> the Region that it is of."""
    names = {one.region: one.regional_domain for one in dns.regions.values()}
    found: dict[str, str] = {}
    for region, name in names.items():
        try:
            answer = await resolver.resolve(name, place.resolver_address, place.source)
        except NameUnresolved:
            continue
        found |= dict.fromkeys(answer.addresses, region)
    return found


async def _read_answer(
    resolver: NameResolver, domain: str, place: VantagePoint, regions: Mapping[str, str]
) -> PlaceAnswer:
    try:
        answer = await resolver.resolve(domain, place.resolver_address, place.source)
    except NameUnresolved as exc:
        return PlaceAnswer(place=place.name, problem=str(exc))
    known = {regions.get(address) for address in answer.addresses}
    return PlaceAnswer(
        place=place.name,
        addresses=answer.addresses,
        region=known.pop() if len(known) == 1 else None,
        ttl_s=answer.ttl_s,
    )
