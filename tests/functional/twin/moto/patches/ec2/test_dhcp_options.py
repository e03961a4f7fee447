"""The DHCP options that each VPC has."""

from tests.functional.twin.aws_errors import expect_aws_error
from tests.functional.twin.control.control_process import PARIS, ControlProcess


def test_a_vpcs_dhcp_options_are_found_by_their_id(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/vpc/latest/userguide/DHCPOptionSetConcepts.html."""
    ec2 = shared.client("ec2", PARIS)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]

    (options,) = ec2.describe_dhcp_options(DhcpOptionsIds=[vpc["DhcpOptionsId"]])["DhcpOptions"]

    assert options["DhcpOptionsId"].startswith("dopt-")
    assert options["OwnerId"] == vpc["OwnerId"]
    assert options["DhcpConfigurations"] == [
        {"Key": "domain-name", "Values": [{"Value": f"{PARIS}.compute.internal"}]},
        {"Key": "domain-name-servers", "Values": [{"Value": "AmazonProvidedDNS"}]},
    ]
    assert ec2.describe_dhcp_options()["DhcpOptions"] == [options]
    asked = [{"Name": "dhcp-options-id", "Values": [vpc["DhcpOptionsId"]]}]
    found = {found["VpcId"] for found in ec2.describe_vpcs(Filters=asked)["Vpcs"]}
    assert vpc["VpcId"] in found


def test_dhcp_options_have_filters_and_tags(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeDhcpOptions.html."""
    ec2 = shared.client("ec2", PARIS)
    (options,) = ec2.describe_dhcp_options()["DhcpOptions"]
    identifier = options["DhcpOptionsId"]
    ec2.create_tags(Resources=[identifier], Tags=[{"Key": "team", "Value": "dhcp"}])

    for name, value, count in (
        ("tag:team", "dhcp", 1),
        ("tag:team", "other", 0),
        ("key", "domain-name", 1),
        ("key", "ntp-servers", 0),
        ("value", "AmazonProvidedDNS", 1),
        ("dhcp-options-id", identifier, 1),
        ("owner-id", options["OwnerId"], 1),
    ):
        asked = [{"Name": name, "Values": [value]}]
        assert len(ec2.describe_dhcp_options(Filters=asked)["DhcpOptions"]) == count, name


def test_dhcp_options_that_do_not_exist_are_named(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html."""
    ec2 = shared.client("ec2", PARIS)

    expect_aws_error(
        "InvalidDhcpOptionID.NotFound",
        ec2.describe_dhcp_options,
        DhcpOptionsIds=["dopt-0123456789abcdef0"],
    )
