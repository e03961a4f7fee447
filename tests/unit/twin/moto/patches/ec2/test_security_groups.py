"""Ports of security groups are those of their protocol."""

import pytest
from moto.ec2.exceptions import EC2ClientError

from twin.moto.patches.ec2.security_groups import check_ports


@pytest.mark.parametrize(
    ("protocol", "first", "last", "message"),
    [
        ("tcp", 70000, 70000, "TCP/UDP (from) port (70000) out of range"),
        ("tcp", 80, 65536, "TCP/UDP (to) port (65536) out of range"),
        ("UDP", -1, -1, "TCP/UDP (from) port (-1) out of range"),
        ("6", 443, 80, "Invalid TCP/UDP port range (443:80)"),
        (
            "17",
            None,
            80,
            "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.",
        ),
    ],
)
def test_a_rule_with_ports_that_no_protocol_has_is_refused(
    protocol: str, first: int | None, last: int, message: str
) -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html"""
    with pytest.raises(EC2ClientError) as caught:
        check_ports(protocol, first, last)

    assert caught.value.code == "InvalidParameterValue"
    assert caught.value.message == message


@pytest.mark.parametrize(
    ("protocol", "first", "last"),
    [
        ("tcp", 0, 65535),
        ("udp", 53, 53),
        ("-1", None, None),
        ("-1", 70000, -5),
        ("icmp", 8, -1),
        ("50", None, None),
        (None, None, None),
    ],
)
def test_ports_that_aws_takes_are_kept(
    protocol: str | None, first: int | None, last: int | None
) -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html"""
    check_ports(protocol, first, last)
