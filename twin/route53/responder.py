"""From the bytes of a query to the bytes of its response, on what a name server has in force.

Resolvers ask the same things again and again. So the last queries are kept as they were parsed, and
the last answers as they were written. What is answered is decided anew for each query, since health
and randomness have a part in it.
"""

from collections import OrderedDict

from twin.core.dns.answers import DnsAnswer, DnsQuestion
from twin.core.dns.clients import DnsClient, locate_client
from twin.core.dns.policies import Draw
from twin.core.dns.queries import answer_in_zone, answer_query
from twin.core.dns.resolution import IsHealthy
from twin.core.dns.zones import build_dns_index
from twin.dns_messages import MalformedQuery, max_response_bytes
from twin.geography import Location
from twin.route53.queries import ClientSubnet, ParsedQuery, parse_query
from twin.route53.query_metrics import QueryMetrics
from twin.route53.responses import AnswerWriter, write_error
from twin.topology.route53 import Route53Topology

MAX_QUERIES = 2048
"""Queries that are kept."""
MAX_KEPT_BYTES = 512
"""Longer ones are not kept."""


class Responder:
    """Answers the queries to all name servers; the sockets are another's.

    Each server, by its number, answers from the index that it has. Without a number it is the
    first one.
    """

    def __init__(
        self, home: Location, *, is_healthy: IsHealthy, draw: Draw, servers: int = 1
    ) -> None:
        self.indexes = [build_dns_index(Route53Topology())] * servers
        """What each server has."""
        self._home = home
        self._is_healthy = is_healthy
        self._draw = draw
        self.metrics = QueryMetrics()
        self._writer = AnswerWriter()
        self._kept: OrderedDict[bytes, ParsedQuery] = OrderedDict()

    def respond(
        self, wire: bytes, source_ip: str, *, server: int = 0, over_tcp: bool = False
    ) -> bytes | None:
        """The response of a server to a message from `source_ip`; None: it gets none."""
        try:
            query = self._parse(wire)
        except MalformedQuery as malformed:
            return wire[:2] + malformed.response
        if query is None:
            return None
        if query.error is not None:
            return wire[:2] + write_error(query, query.error)
        client = self.locate(source_ip, query.subnet)
        answer = self.answer(query.question, client, server=server)
        self.metrics.count(answer.zone_id)
        max_bytes = max_response_bytes(query.message, over_tcp=over_tcp)
        return wire[:2] + self._writer.write(query, answer, max_bytes)

    def locate(self, source_ip: str, subnet: ClientSubnet | None) -> DnsClient:
        """The client that is answered for: the subnet's, else the resolver itself.

        A subnet of no bits asks for an answer that does not depend on the client's:
        https://www.rfc-editor.org/rfc/rfc7871#section-7.1.2
        """
        if subnet is None or not subnet.prefix:
            return locate_client(source_ip, None, self._home)
        return locate_client(subnet.address, subnet.prefix, self._home)

    def answer_in_zone(self, zone_id: str, question: DnsQuestion, client: DnsClient) -> DnsAnswer:
        """What one hosted zone answers, whichever zone answers for the name."""
        return answer_in_zone(
            self.indexes[0],
            zone_id,
            question,
            client,
            is_healthy=self._is_healthy,
            draw=self._draw,
        )

    def answer(self, question: DnsQuestion, client: DnsClient, *, server: int = 0) -> DnsAnswer:
        """What the zone of the name answers."""
        index = self.indexes[server]
        return answer_query(index, question, client, is_healthy=self._is_healthy, draw=self._draw)

    def _parse(self, wire: bytes) -> ParsedQuery | None:
        """Raises MalformedQuery."""
        key = wire[2:]
        query = self._kept.get(key)
        if query is not None:
            self._kept.move_to_end(key)
            return query
        query = parse_query(wire)
        if query is not None and len(wire) <= MAX_KEPT_BYTES:
            self._kept[key] = query
            if len(self._kept) > MAX_QUERIES:
                self._kept.popitem(last=False)
        return query
