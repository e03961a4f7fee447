"""Clients of the DNS front door: requests from a city by name and TLS, and DNS queries."""

import http.client
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dns.message
import dns.query

from common.network.socks_client import connect_through
from tests.e2e.clients import NO_HEADERS, TIMEOUT_S, HttpAnswer, request_headers

FRANKFURT, PORTLAND = "Frankfurt", "Portland"


class CityClient:
    """A client in a city: its resolver resolves, and its address connects."""

    def __init__(self, city: dict[str, Any], ca_file: Path) -> None:
        """`city` is an entry of `twin places --json`."""
        host, _, port = str(city["socks"]).rpartition(":")
        self._proxy = (host, int(port))
        self._trust = ssl.create_default_context(cafile=str(ca_file))

    def get(self, host: str, path: str, port: int = 443) -> HttpAnswer:
        return self.request("GET", host, path, port=port)

    def request(
        self,
        method: str,
        host: str,
        path: str,
        body: str | None = None,
        port: int = 443,
        headers: Mapping[str, str] = NO_HEADERS,
    ) -> HttpAnswer:
        """On a new connection. Raises OSError, http.client.HTTPException."""
        connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
        try:
            connection.sock = connect_through(self._proxy, host, port, TIMEOUT_S)
            connection.sock = self._trust.wrap_socket(connection.sock, server_hostname=host)
            connection.request(method, path, body, request_headers(body, headers))
            response = connection.getresponse()
            return HttpAnswer(response.status, dict(response.getheaders()), response.read())
        finally:
            connection.close()


def resolve(server: tuple[str, int], name: str, kind: str = "A") -> set[str]:
    """Texts of the answer's records of this type, the ends of a CNAME's chain among them."""
    answer = dns.query.udp(dns.message.make_query(name, kind), server[0], 5, server[1])
    return {
        rdata.to_text()
        for rrset in answer.answer
        for rdata in rrset
        if dns.rdatatype.to_text(rrset.rdtype) == kind
    }
