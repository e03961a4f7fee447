"""One city: its resolver and its SOCKS entrance, on the sockets of its address."""

import asyncio
import logging

import dns.exception
import dns.flags
import dns.message
import dns.opcode
import dns.rcode

from twin.cities.resolver import CityResolver, answer_query
from twin.cities.socks import SocksEntrance
from twin.dns_server import DnsServer, Source
from twin.internal_api.schemas import CityStatus

log = logging.getLogger(__name__)

PLAIN_UDP_BYTES = 512
"""https://www.rfc-editor.org/rfc/rfc1035#section-4.2.1"""
MAX_UDP_BYTES = 4096


class City:
    """A city's services while they run."""

    def __init__(
        self,
        name: str,
        resolver: CityResolver,
        entrance: SocksEntrance,
        tasks: asyncio.TaskGroup,
    ) -> None:
        self._name = name
        self._resolver = resolver
        self._entrance = entrance
        self._dns = DnsServer(self._answer, tasks)
        self._socks: asyncio.Server | None = None
        self._problem = ""

    async def start(self, dns_address: tuple[str, int], socks_address: tuple[str, int]) -> None:
        """Open the sockets; what can't be opened is a problem in the status."""
        try:
            await self._dns.start(dns_address)
            self._socks = await asyncio.start_server(self._entrance.serve, *socks_address)
        except OSError as exc:
            self._problem = f"{dns_address[0]}: {exc.strerror or exc}"
            log.error("%s has no resolver or SOCKS entrance: %s", self._name, self._problem)

    def close(self) -> None:
        self._dns.close()
        if self._socks is not None:
            self._socks.close()

    def forget(self) -> None:
        """Empty the resolver's cache."""
        self._resolver.cache.clear()

    def status(self) -> CityStatus:
        return CityStatus(
            name=self._name,
            queries=self._resolver.queries,
            cached_answers=self._resolver.cached_answers,
            open_connections=self._entrance.open_connections,
            connections=self._entrance.connections,
            problem=self._problem,
        )

    async def _answer(self, data: bytes, source: Source) -> bytes | None:
        """The response to a client's message; None for what is no query."""
        try:
            query = dns.message.from_wire(data)
        except dns.exception.DNSException as exc:
            log.debug("%s: a malformed message: %r", self._name, exc)
            return refuse_malformed(data)
        if query.flags & dns.flags.QR:
            return None
        if query.opcode() != dns.opcode.QUERY or len(query.question) != 1:
            refusal = dns.message.make_response(query)
            refusal.set_rcode(dns.rcode.NOTIMP)
            return refusal.to_wire()
        (question,) = query.question
        resolved = await self._resolver.resolve(question.name, question.rdtype)
        response = answer_query(query, resolved)
        if source.over_tcp:
            return response.to_wire(max_size=65535)
        limit = PLAIN_UDP_BYTES if query.edns < 0 else min(query.payload, MAX_UDP_BYTES)
        return response.to_wire(max_size=max(limit, PLAIN_UDP_BYTES), prefer_truncation=True)


def refuse_malformed(data: bytes) -> bytes | None:
    """FORMERR with the message's id; None for one without a whole header, or that is an answer."""
    header_bytes, answer_bit = 12, 0x80
    if len(data) < header_bytes or data[2] & answer_bit:
        return None
    flags = bytes((data[2] & 0x79 | answer_bit, int(dns.rcode.FORMERR)))
    return data[:2] + flags + bytes(8)
