"""Which location of a CIDR collection a client is in.

https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy-ipbased.html
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_network

from twin.core.dns.clients import IpNetwork
from twin.topology.route53 import CidrCollection


@dataclass(frozen=True, slots=True, eq=False)
class _BlocksOfLength:
    """Blocks of one version of IP and one prefix length."""

    version: int
    length: int
    locations: Mapping[int, str]
    """The first `length` bits of a block -> its location."""
    sorted_bits: tuple[int, ...]

    def location_of(self, client: IpNetwork) -> str | None:
        """Location of the block that contains the client, if one does."""
        if client.version != self.version or client.prefixlen < self.length:
            return None
        return self.locations.get(_first_bits(client, self.length))

    def overlaps(self, client: IpNetwork) -> bool:
        """Whether a block contains the client, or lies within the client's subnet."""
        if client.version != self.version:
            return False
        if client.prefixlen >= self.length:
            return self.location_of(client) is not None
        more_bits = self.length - client.prefixlen
        first = _first_bits(client, client.prefixlen) << more_bits
        found = bisect_left(self.sorted_bits, first)
        return found < len(self.sorted_bits) and self.sorted_bits[found] < first + (1 << more_bits)


@dataclass(frozen=True, slots=True, eq=False)
class CidrBlocks:
    """The blocks of one collection."""

    lengths: tuple[_BlocksOfLength, ...]
    """The longest prefix first."""

    def find_locations(self, client: IpNetwork) -> Iterator[str]:
        """Locations of the blocks that contain the client, the longest first.

        A client subnet with fewer bits than a block does not match it.
        """
        for blocks in self.lengths:
            location = blocks.location_of(client)
            if location is not None:
                yield location

    def scope_of(self, client: IpNetwork) -> int:
        """Bits of the address that the location follows from; 0 far from all blocks."""
        return next((b.length for b in self.lengths if b.overlaps(client)), 0)


def index_cidr_blocks(collection: CidrCollection) -> CidrBlocks:
    """Blocks in a wrong format are left out: control checks them."""
    by_length: dict[tuple[int, int], dict[int, str]] = {}
    for location, texts in collection.locations.items():
        for block in map(_parse_block, texts):
            if block is not None:
                key = (block.prefixlen, block.version)
                by_length.setdefault(key, {})[_first_bits(block, block.prefixlen)] = location
    return CidrBlocks(
        tuple(
            _BlocksOfLength(version, length, locations, tuple(sorted(locations)))
            for (length, version), locations in sorted(by_length.items(), reverse=True)
        )
    )


def _parse_block(text: str) -> IpNetwork | None:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


def _first_bits(network: IpNetwork, length: int) -> int:
    return int(network.network_address) >> (network.max_prefixlen - length)
