"""A call of the query protocol is read in a time that grows with its size, not with its square."""

from collections.abc import Iterator

from moto.core.parse import EC2QueryParser
from moto.core.utils import get_service_model

from twin.moto.patches.query_parser import find_prefixes, patch_query_parser

RANGES = 500


class CountedParameters(dict[str, str]):
    """Counts how often somebody looks through all of them."""

    looked_through = 0

    def __iter__(self) -> Iterator[str]:
        self.looked_through += 1
        return super().__iter__()


def test_parameters_are_looked_through_once() -> None:
    patch_query_parser()
    values = CountedParameters(
        {"GroupId": "sg-1", "IpPermissions.1.IpProtocol": "tcp", "IpPermissions.1.FromPort": "1"}
        | {f"IpPermissions.1.IpRanges.{n}.CidrIp": f"10.0.{n}.0/24" for n in range(1, RANGES + 1)}
    )
    model = get_service_model("ec2").operation_model("AuthorizeSecurityGroupIngress")
    wire = {"values": values, "method": "POST", "headers": {}, "body": b"", "url_path": "/"}

    parsed = EC2QueryParser(model).parse({**wire, "url_params": {}})  # type: ignore[typeddict-item]

    assert [permission["FromPort"] for permission in parsed["IpPermissions"]] == [1]
    assert len(parsed["IpPermissions"][0]["IpRanges"]) == RANGES
    assert values.looked_through == 1


def test_names_of_structures_are_found() -> None:
    assert find_prefixes(["A.1.B", "A.10", "C"]) == {"A", "A.1", "A.1.B", "A.10", "C"}


def test_a_name_of_very_many_segments_costs_little() -> None:
    assert len(find_prefixes([".".join("A" * 100_000)])) < 100
