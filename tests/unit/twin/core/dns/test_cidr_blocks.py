"""Which location of a CIDR collection a client is in."""

from ipaddress import IPv4Network, ip_network

from hypothesis import given
from hypothesis import strategies as st

from twin.core.dns.cidr_blocks import index_cidr_blocks
from twin.topology.route53 import CidrCollection

networks = st.builds(
    lambda bits, length: IPv4Network((bits >> (32 - length) << (32 - length), length)),
    st.integers(0x7F000000, 0x7F0003FF),
    st.integers(20, 32),
)


def collection(**locations: tuple[str, ...]) -> CidrCollection:
    return CidrCollection(id="c", name="c", locations=dict(locations))


BLOCKS = index_cidr_blocks(
    collection(office=("192.0.2.0/24",), building=("192.0.2.128/25",), wide=("2001:db8::/32",))
)


def locations(client: str) -> list[str]:
    return list(BLOCKS.find_locations(ip_network(client)))


def test_the_longest_block_comes_first() -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy-ipbased.html"""
    assert locations("192.0.2.200/32") == ["building", "office"]
    assert locations("192.0.2.1/32") == ["office"]
    assert locations("2001:db8:7::/48") == ["wide"]


def test_a_client_with_fewer_bits_than_the_block_does_not_match() -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy-ipbased.html"""
    assert locations("192.0.2.0/24") == ["office"]
    assert locations("192.0.0.0/16") == []


def test_the_scope_tells_apart_the_clients_of_different_blocks() -> None:
    assert BLOCKS.scope_of(ip_network("192.0.2.1/32")) == 24
    assert BLOCKS.scope_of(ip_network("192.0.2.200/32")) == 25
    assert BLOCKS.scope_of(ip_network("192.0.2.0/24")) == 25
    assert BLOCKS.scope_of(ip_network("198.51.100.0/24")) == 0


def test_a_block_in_a_wrong_format_is_left_out() -> None:
    blocks = index_cidr_blocks(collection(office=("x", "192.0.2.7/24")))

    assert list(blocks.find_locations(ip_network("192.0.2.1/32"))) == ["office"]


@given(st.dictionaries(networks, st.sampled_from("abc"), max_size=12), networks)
def test_blocks_are_found_as_by_comparing_with_each(
    blocks: dict[IPv4Network, str], client: IPv4Network
) -> None:
    by_name: dict[str, list[str]] = {}
    for block, name in blocks.items():
        by_name.setdefault(name, []).append(str(block))
    locations = {name: tuple(texts) for name, texts in by_name.items()}
    index = index_cidr_blocks(CidrCollection(id="c", name="c", locations=locations))

    containing = sorted(
        (block for block in blocks if client.subnet_of(block)), key=lambda b: -b.prefixlen
    )
    overlapping = [block.prefixlen for block in blocks if block.overlaps(client)]

    assert list(index.find_locations(client)) == [blocks[block] for block in containing]
    assert index.scope_of(client) == max(overlapping, default=0)
