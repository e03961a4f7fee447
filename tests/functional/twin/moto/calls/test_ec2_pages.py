"""Lists of EC2 over boto3, page by page."""

import pytest

from tests.functional.twin.aws_errors import Client, error_message, expect_aws_error
from tests.functional.twin.control.control_process import PARIS, ControlProcess


@pytest.fixture(scope="module")
def ec2(shared: ControlProcess) -> Client:
    return shared.client("ec2", PARIS)


@pytest.fixture(scope="module")
def groups(ec2: Client) -> list[str]:
    """A VPC's security groups; a tag of each has markup in it."""
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    for number in range(12):
        group = ec2.create_security_group(GroupName=f"g{number}", Description="d", VpcId=vpc)
        ec2.create_tags(
            Resources=[group["GroupId"]], Tags=[{"Key": "page", "Value": f"<{number}> & \u00e9"}]
        )
    found = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}])
    return [vpc, *(group["GroupId"] for group in found["SecurityGroups"])]


def test_pages_are_the_whole_list(ec2: Client, groups: list[str]) -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Query-Requests.html#api-pagination"""
    vpc, *ids = groups
    pages = list(
        ec2.get_paginator("describe_security_groups").paginate(
            Filters=[{"Name": "vpc-id", "Values": [vpc]}], PaginationConfig={"PageSize": 5}
        )
    )

    assert [len(page["SecurityGroups"]) for page in pages] == [5, 5, 3]
    listed = [group for page in pages for group in page["SecurityGroups"]]
    assert [group["GroupId"] for group in listed] == ids
    tags = [tag["Value"] for group in listed for tag in group.get("Tags", ())]
    assert sorted(tags) == sorted(f"<{number}> & \u00e9" for number in range(12))


def test_a_caller_that_deletes_what_a_page_shows_sees_every_item(ec2: Client) -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Query-Requests.html#api-pagination"""
    vpc = ec2.create_vpc(CidrBlock="10.10.0.0/16")["Vpc"]["VpcId"]
    of_vpc = [{"Name": "vpc-id", "Values": [vpc]}]
    for number in range(12):
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.10.{number}.0/24")
    deleted = 0
    pages = ec2.get_paginator("describe_subnets").paginate(
        Filters=of_vpc, PaginationConfig={"PageSize": 5}
    )

    for page in pages:
        for subnet in page["Subnets"]:
            ec2.delete_subnet(SubnetId=subnet["SubnetId"])
            deleted += 1

    assert deleted == 12
    assert ec2.describe_subnets(Filters=of_vpc)["Subnets"] == []


@pytest.mark.parametrize("token", ["abc", "1", "\u00e9", "RGVzY3JpYmVWcGNzOi01", "x" * 5000])
def test_a_token_that_no_list_has_given_is_refused(ec2: Client, token: str) -> None:
    """https://github.com/boto/boto3/issues/2673"""
    for describe in (ec2.describe_vpcs, ec2.describe_subnets, ec2.describe_tags):
        error = expect_aws_error("InvalidParameterValue", describe, NextToken=token)

        assert error_message(error).endswith(
            "for parameter NextToken is invalid. The token is invalid."
        )


def test_a_token_of_another_list_is_refused(ec2: Client, groups: list[str]) -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Query-Requests.html#api-pagination"""
    assert groups
    token = ec2.describe_security_groups(MaxResults=5)["NextToken"]

    expect_aws_error("InvalidParameterValue", ec2.describe_vpcs, NextToken=token)
    assert ec2.describe_security_groups(NextToken=token)["SecurityGroups"]


def test_every_list_with_pages_can_be_cut(ec2: Client, groups: list[str]) -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Query-Requests.html#api-pagination"""
    assert groups
    whole = ec2.describe_tags(MaxResults=1000)
    first = ec2.describe_tags(MaxResults=5)

    assert "NextToken" not in whole
    assert first["Tags"] == whole["Tags"][:5]
    for name in (
        "describe_dhcp_options",
        "describe_internet_gateways",
        "describe_network_acls",
        "describe_network_interfaces",
        "describe_prefix_lists",
        "describe_route_tables",
        "describe_security_group_rules",
        "describe_vpc_endpoints",
    ):
        describe = getattr(ec2, name)
        every, page = describe(), describe(MaxResults=5)
        (key,) = {name for name, value in every.items() if isinstance(value, list)}
        assert page[key] == every[key][:5]
        assert ("NextToken" in page) == (len(every[key]) > 5)


@pytest.mark.parametrize("size", [0, -1, -1000])
def test_a_page_without_items_is_refused(ec2: Client, groups: list[str], size: int) -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html"""
    assert groups
    error = expect_aws_error("InvalidParameterValue", ec2.describe_tags, MaxResults=size)

    assert error_message(error) == f"Value ( {size} ) for parameter MaxResults is invalid."
