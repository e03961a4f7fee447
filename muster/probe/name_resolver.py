"""Resolve a service's name as one client does: which resolver it asks, and how long it remembers.

`ClientCache` is what a client keeps of its own, beside the resolver's cache; pure. A browser keeps
an address for a fixed time whatever the TTL says, since the system's resolver does not tell it:
https://textslashplain.com/2022/03/31/chromiums-dns-cache/
A JVM with a security manager keeps it for ever:
https://docs.aws.amazon.com/sdk-for-java/latest/developer-guide/jvm-ttl-dns.html
"""

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import dns.asyncquery
import dns.exception
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rdtypes.IN.A
import dns.resolver

from muster.probe.plan import ResolverAddress

QUERY_TIMEOUT_S = 1.0


class NameUnresolved(Exception):
    """The resolver gave no address of the name."""


@dataclass(frozen=True, slots=True)
class ResolvedName:
    """An answer: addresses, and for how long they may be kept."""

    addresses: tuple[str, ...]
    ttl_s: float


class NameResolver(Protocol):
    async def resolve(
        self, name: str, resolver: ResolverAddress | None, source: str | None
    ) -> ResolvedName:
        """Ask a resolver (None: the machine's own) from a source address.

        Raises NameUnresolved.
        """
        ...


class DnsResolver:
    """Asks over UDP, and over TCP what does not fit."""

    async def resolve(
        self, name: str, resolver: ResolverAddress | None, source: str | None
    ) -> ResolvedName:
        where = resolver or _system_resolver()
        query = dns.message.make_query(name, dns.rdatatype.A)
        try:
            async with asyncio.timeout(QUERY_TIMEOUT_S):
                answer, _ = await dns.asyncquery.udp_with_fallback(
                    query, where.ip, timeout=QUERY_TIMEOUT_S, port=where.port, source=source
                )
        except (TimeoutError, OSError, dns.exception.DNSException) as exc:
            why = str(exc) or "no answer"
            raise NameUnresolved(f"{name}: {where.ip}:{where.port}: {why}") from exc
        return _parse_answer(name, answer)


def _system_resolver() -> ResolverAddress:
    """The first resolver of /etc/resolv.conf."""
    try:
        servers = dns.resolver.Resolver().nameservers
    except dns.exception.DNSException as exc:
        raise NameUnresolved(f"this machine names no resolver: {exc}") from exc
    return ResolverAddress(str(servers[0]))


def _parse_answer(name: str, answer: dns.message.Message) -> ResolvedName:
    addresses = [
        record.address
        for rrset in answer.answer
        for record in rrset
        if isinstance(record, dns.rdtypes.IN.A.A)
    ]
    if not addresses:
        raise NameUnresolved(f"{name}: {dns.rcode.to_text(answer.rcode())}, no address")
    return ResolvedName(tuple(addresses), float(min(rrset.ttl for rrset in answer.answer)))


class ClientCache:
    """The addresses that one client keeps, for `keeps_s` seconds from their arrival.

    0: it keeps none, and asks its resolver for each new connection. Infinite: it never asks again.
    """

    def __init__(self, keeps_s: float, *, first_share: float = 1.0) -> None:
        """The first address is kept for a share (above 0, at most 1) of the time only.

        So clients that begin together are at different points of their time, as users are.
        """
        self._keeps_s = keeps_s
        self._share = first_share
        self._addresses: tuple[str, ...] = ()
        self._until_s = -math.inf

    def get(self, now_s: float) -> tuple[str, ...]:
        """The addresses that are still kept; none if it must ask."""
        return self._addresses if now_s < self._until_s else ()

    def put(self, addresses: Sequence[str], now_s: float) -> None:
        self._addresses = tuple(addresses)
        self._until_s = now_s + self._keeps_s * self._share
        self._share = 1.0
