"""One city: its resolver and its SOCKS entrance, on the sockets of its address."""

import asyncio
import logging

from twin.cities.answer_cache import ResolvedAnswer
from twin.cities.resolver import CityResolver, answer_query
from twin.cities.socks import SocksEntrance
from twin.dns_messages import (
    MalformedQuery,
    find_query_error,
    max_response_bytes,
    read_query,
)
from twin.dns_server import DnsServer, Source
from twin.internal_api.schemas import CityStatus

log = logging.getLogger(__name__)


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

    def flush(self) -> None:
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
            query = read_query(data)
        except MalformedQuery as malformed:
            return data[:2] + malformed.response
        if query is None:
            return None
        (question,) = query.question
        error = find_query_error(query)
        if error is None:
            resolved = await self._resolver.resolve(question.name, question.rdtype)
        else:
            resolved = ResolvedAnswer(rcode=error)
        response = answer_query(query, resolved)
        limit = max_response_bytes(query, over_tcp=source.over_tcp)
        return response.to_wire(max_size=limit, prefer_truncation=True)
