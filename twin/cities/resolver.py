"""A city's caching resolver: it asks Route 53's name servers, and keeps their answers.

It resolves names of the twin only: whatever the name servers refuse is SERVFAIL here, as for a name
whose servers can't be reached. Several clients with the same question wait for one query.

A resolver tells the name servers its client's network (EDNS Client Subnet), or hides it. The name
servers then see the resolver's own place, which may be another city.
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy-edns0.html
"""

import asyncio
import ipaddress
import logging
import random
from collections.abc import Awaitable, Callable, Sequence

import dns.asyncquery
import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from common.clock import Clock
from twin.cities.answer_cache import AnswerCache, Question, ResolvedAnswer
from twin.runtime.own_user import require_own_listener, require_own_udp_server

log = logging.getLogger(__name__)

QUERY_TIMEOUT_S = 1.0
"""For one query to one name server; real time, never scaled."""
MAX_QUERIES = 4
"""Before a name server's silence is SERVFAIL."""
MAX_CNAMES = 8
EDNS_PAYLOAD = 1232
"""https://www.dnsflagday.net/2020/"""
_SUBNET_BITS = 24

Exchange = Callable[[dns.message.Message, tuple[str, int]], Awaitable[dns.message.Message]]
"""Sends a query to a name server. Raises one of NO_RESPONSE."""

NO_RESPONSE = (dns.exception.DNSException, OSError, TimeoutError, EOFError)
"""EOFError: the name server has hung up, as one that is killed does."""


class ResolutionFailed(Exception):
    """No name server has answered."""


class CityResolver:
    """The resolver of the clients of one city."""

    def __init__(  # noqa: PLR0913 - what it is, and what it needs
        self,
        *,
        client_ip: str,
        send_client_subnet: bool,
        name_servers: Sequence[tuple[str, int]],
        exchange: Exchange,
        clock: Clock,
        rng: random.Random,
        tasks: asyncio.TaskGroup,
        speed: float = 1.0,
    ) -> None:
        """`client_ip` is an address of the city; its network is sent if `send_client_subnet`.

        `tasks` runs the queries, so that no client's end stops the others'.
        """
        self.cache = AnswerCache(speed)
        self.queries = 0
        """From clients."""
        self.cached_answers = 0
        subnet = dns.edns.ECSOption(_network_of(client_ip), _SUBNET_BITS)
        self._options: list[dns.edns.Option] = [subnet] if send_client_subnet else []
        self._name_servers = tuple(name_servers)
        self._exchange = exchange
        self._clock = clock
        self._rng = rng
        self._tasks = tasks
        self._running: dict[Question, asyncio.Task[ResolvedAnswer]] = {}

    async def resolve(self, name: dns.name.Name, rdtype: dns.rdatatype.RdataType) -> ResolvedAnswer:
        """The answer to a question, from the cache if it is there."""
        self.queries += 1
        question = (name.canonicalize(), rdtype)
        kept = self.cache.get(question, self._clock.monotonic())
        if kept is not None:
            self.cached_answers += 1
            return kept
        running = self._running.get(question)
        if running is None:
            running = self._tasks.create_task(self._resolve(question))
            self._running[question] = running
            running.add_done_callback(lambda _: self._running.pop(question, None))
        return await asyncio.shield(running)

    async def find_address(self, host: str) -> str | None:
        """An IPv4 address of a host, one of several at random; None if it has none."""
        try:
            name = dns.name.from_text(host)
        except (dns.exception.DNSException, UnicodeError):
            return None
        resolved = await self.resolve(name, dns.rdatatype.A)
        addresses = [
            rdata.to_text()
            for rrset in resolved.answer
            if rrset.rdtype == dns.rdatatype.A
            for rdata in rrset
        ]
        return self._rng.choice(addresses) if addresses else None

    async def _resolve(self, question: Question) -> ResolvedAnswer:
        try:
            answer = await self._follow(question)
        except ResolutionFailed as exc:
            log.info("%s %s: %s", question[0], question[1].name, exc)
            return ResolvedAnswer(rcode=dns.rcode.SERVFAIL)
        self.cache.put(question, answer, self._clock.monotonic())
        return answer

    async def _follow(self, question: Question) -> ResolvedAnswer:
        """Ask, and go on where an alias name leads out of the answer."""
        name, rdtype = question
        collected: list[dns.rrset.RRset] = []
        for _ in range(MAX_CNAMES):
            response = await self._ask(name, rdtype)
            if response.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
                return ResolvedAnswer(rcode=dns.rcode.SERVFAIL)
            collected += response.answer
            target = _last_target(name, response.answer)
            found = any(rrset.rdtype == rdtype for rrset in response.answer)
            if target == name or found or rdtype == dns.rdatatype.CNAME:
                return ResolvedAnswer(
                    rcode=response.rcode(),
                    answer=tuple(collected),
                    authority=_soa_records(response) if not found else (),
                )
            name = target
        raise ResolutionFailed("the alias names go on for ever")

    async def _ask(
        self, name: dns.name.Name, rdtype: dns.rdatatype.RdataType
    ) -> dns.message.Message:
        """Ask one name server after the other, until one answers. Raises ResolutionFailed."""
        query = dns.message.make_query(
            name, rdtype, use_edns=0, payload=EDNS_PAYLOAD, options=self._options
        )
        query.flags &= ~dns.flags.RD
        servers = self._rng.sample(self._name_servers, len(self._name_servers))
        for server in (servers * MAX_QUERIES)[:MAX_QUERIES]:
            try:
                return await self._exchange(query, server)
            except NO_RESPONSE as exc:
                log.debug("%s does not answer: %r", server[0], exc)
        raise ResolutionFailed("no name server answers")


def make_exchange(source_ip: str) -> Exchange:
    """Queries over UDP, and over TCP for a truncated answer, from this address.

    No program of another user that has the address of a dead name server is asked.
    """

    async def exchange(query: dns.message.Message, server: tuple[str, int]) -> dns.message.Message:
        require_own_udp_server(server)
        require_own_listener(server)
        host, port = server
        response, _ = await dns.asyncquery.udp_with_fallback(
            query, host, timeout=QUERY_TIMEOUT_S, port=port, source=source_ip
        )
        return response

    return exchange


def answer_query(query: dns.message.Message, resolved: ResolvedAnswer) -> dns.message.Message:
    """The response to a client's query."""
    response = dns.message.make_response(query, recursion_available=True)
    response.set_rcode(resolved.rcode)
    response.answer = list(resolved.answer)
    response.authority = list(resolved.authority)
    return response


def _network_of(client_ip: str) -> str:
    """The first address of the network; the rest of the client's address is nobody's business."""
    network = ipaddress.ip_network(f"{client_ip}/{_SUBNET_BITS}", strict=False)
    return str(network.network_address)


def _last_target(name: dns.name.Name, rrsets: Sequence[dns.rrset.RRset]) -> dns.name.Name:
    """Where the CNAMEs of an answer lead to from a name."""
    targets = {
        rrset.name: rrset[0].target for rrset in rrsets if rrset.rdtype == dns.rdatatype.CNAME
    }
    for _ in range(len(targets)):
        name = targets.get(name, name)
    return name


def _soa_records(response: dns.message.Message) -> tuple[dns.rrset.RRset, ...]:
    return tuple(rrset for rrset in response.authority if rrset.rdtype == dns.rdatatype.SOA)
