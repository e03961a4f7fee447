"""Filters of EC2's descriptions over boto3."""

import pytest

from tests.functional.twin.aws_errors import error_message, expect_aws_error
from tests.functional.twin.control.control_process import PARIS, ControlProcess

HOSTILE = ("*" * 254 + "!", "*a" * 127 + "!", "[" * 255, "(a+)+$", "[!" + "x" * 250 + "]*b")


def test_a_filter_of_many_stars_holds_up_nobody(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html."""
    ec2 = shared.client("ec2", PARIS)

    for value, found in (("*" * 30 + "!", False), ("(a+)+$", False), ("vpc-*", True)):
        groups = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [value]}])
        assert bool(groups["SecurityGroups"]) is found


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize(
    ("operation", "name"),
    [
        ("describe_vpcs", "vpc-id"),
        ("describe_vpcs", "tag:Name"),
        ("describe_subnets", "subnet-id"),
        ("describe_tags", "value"),
        ("describe_tags", "key"),
        ("describe_route_tables", "route-table-id"),
        ("describe_internet_gateways", "internet-gateway-id"),
        ("describe_vpc_endpoints", "vpc-id"),
    ],
)
def test_no_filter_is_a_regular_expression(
    shared: ControlProcess, operation: str, name: str, value: str
) -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html."""
    ec2 = shared.client("ec2", PARIS)
    tag = {"Key": "Name", "Value": "a" * 200}
    ec2.create_vpc(
        CidrBlock="10.0.0.0/16", TagSpecifications=[{"ResourceType": "vpc", "Tags": [tag]}]
    )

    found = getattr(ec2, operation)(Filters=[{"Name": name, "Values": [value] * 100}])

    assert next(members for kind, members in found.items() if kind != "ResponseMetadata") == []


def test_tags_and_names_match_with_wildcards(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html."""
    ec2 = shared.client("ec2", PARIS)
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    ec2.create_tags(Resources=[vpc], Tags=[{"Key": "kind", "Value": "app [1]"}])

    for name, value in (("tag:kind", "app*"), ("tag:kind", "app [1]"), ("tag-key", "k?nd")):
        (found,) = ec2.describe_vpcs(Filters=[{"Name": name, "Values": [value]}])["Vpcs"]
        assert found["VpcId"] == vpc
    (tag,) = ec2.describe_tags(Filters=[{"Name": "value", "Values": ["*[1]"]}])["Tags"]
    assert tag["ResourceId"] == vpc
    assert ec2.describe_vpcs(Filters=[{"Name": "cidr", "Values": ["10.9.*"]}])["Vpcs"]


def test_more_filters_than_aws_takes_are_refused(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html."""
    ec2 = shared.client("ec2", PARIS)

    error = expect_aws_error(
        "FilterLimitExceeded",
        ec2.describe_vpcs,
        Filters=[{"Name": "vpc-id", "Values": ["*a" * 100_000]}],
    )

    assert "The maximum length of a filter value is 255" in error_message(error)


def test_gateways_are_found_by_their_attributes_and_no_other(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInternetGateways.html"""
    ec2 = shared.client("ec2", PARIS)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"], VpcId=vpc)

    def find(name: str, value: str) -> set[str]:
        wanted = [
            {"Name": name, "Values": [value]},
            {"Name": "attachment.vpc-id", "Values": [vpc]},
        ]
        found = ec2.describe_internet_gateways(Filters=wanted)["InternetGateways"]
        return {one["InternetGatewayId"] for one in found}

    own = {gateway["InternetGatewayId"]}
    assert find("internet-gateway-id", "igw-*") == own
    assert find("attachment.state", "available") == own
    assert find("owner-id", gateway["OwnerId"]) == own
    assert find("owner-id", "1") == set()
    expect_aws_error(
        "InvalidParameterValue",
        ec2.describe_internet_gateways,
        Filters=[{"Name": "colour", "Values": ["red"]}],
    )
