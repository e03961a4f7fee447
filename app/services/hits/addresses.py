"""Clients' addresses, and ids of their requests, as keys of the table: hashed with a secret.

Addresses are personal data, and there are few enough IPv4 addresses to try them all against a plain
hash. With another secret all counters begin again at 0; the old ones expire.
"""

import hmac
import ipaddress
import socket

from app.errors import BadRequest, EnvironmentInvalid

MIN_SECRET = 16
"""Characters of the secret."""
MAX_REQUEST_ID = 128
REQUEST_KEY = 16
"""Hexadecimal digits of a request's key; 1,000 of them are different with certainty."""


class ClientKeys:
    """Hashes addresses and ids of requests."""

    def __init__(self, secret: str) -> None:
        """Raises EnvironmentInvalid."""
        if len(secret) < MIN_SECRET:
            raise EnvironmentInvalid(
                f"HITS_SECRET has {len(secret)} characters; at least {MIN_SECRET}"
            )
        key = secret.encode("utf-8", "surrogateescape")
        self._keyed = hmac.new(key, digestmod="sha256")  # a copy costs a third of a new one

    def client_key(self, address: str) -> str:
        """The partition key of an address that parse_address has returned."""
        return self._hash(f"address {address}")

    def request_key(self, address: str, request_id: str) -> str:
        """Names one request of one client; empty if the request has no id."""
        return self._hash(f"request {address} {request_id}")[:REQUEST_KEY] if request_id else ""

    def _hash(self, text: str) -> str:
        hashed = self._keyed.copy()
        hashed.update(text.encode())
        return hashed.hexdigest()


def parse_address(text: str) -> str:
    """One spelling of each address; IPv4 ones in IPv6 are IPv4. Raises BadRequest."""
    try:  # most clients', at a tenth of what ipaddress takes
        return socket.inet_ntop(socket.AF_INET, socket.inet_pton(socket.AF_INET, text))
    except (OSError, ValueError):
        return _parse_other_address(text)


def _parse_other_address(text: str) -> str:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        raise BadRequest("the client's address is unknown, so its hits can't be counted") from None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)


def parse_request_id(header: str | None) -> str:
    """The text of an Idempotency-Key; empty without the header. Raises BadRequest."""
    if header is None:
        return ""
    if not 1 <= len(header) <= MAX_REQUEST_ID:
        raise BadRequest(
            f"Idempotency-Key has {len(header)} characters; 1 to {MAX_REQUEST_ID}, or leave it out"
        )
    if not header.isascii() or not header.isprintable():
        raise BadRequest("Idempotency-Key has a character that is not printable ASCII")
    return header
