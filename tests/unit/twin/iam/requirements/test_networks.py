"""EC2's permissions.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
"""

import pytest

from tests.unit.twin.iam.requirements.requirement_lists import ACCOUNT, REGION, find, keys_of, needs

EC2 = f"arn:aws:ec2:{REGION}:{ACCOUNT}"


@pytest.mark.parametrize(
    ("operation", "parameters", "resources"),
    [
        ("DescribeVpcs", {}, ["*"]),
        ("CreateVpc", {}, [f"{EC2}:vpc/*"]),
        ("CreateSubnet", {"VpcId": "vpc-1"}, [f"{EC2}:subnet/*", f"{EC2}:vpc/vpc-1"]),
        (
            "AttachInternetGateway",
            {"InternetGatewayId": "igw-1", "VpcId": "vpc-1"},
            [f"{EC2}:internet-gateway/igw-1", f"{EC2}:vpc/vpc-1"],
        ),
        (
            "AssociateRouteTable",
            {"RouteTableId": "rtb-1", "SubnetId": "subnet-1"},
            [f"{EC2}:route-table/rtb-1", f"{EC2}:subnet/subnet-1"],
        ),
        ("DeleteSecurityGroup", {"GroupId": "sg-1"}, [f"{EC2}:security-group/sg-1"]),
        (
            "CreateTags",
            {"Resources": ["vpc-1", "subnet-1", "acl-1"]},
            [f"{EC2}:vpc/vpc-1", f"{EC2}:subnet/subnet-1", f"{EC2}:network-acl/acl-1"],
        ),
        ("DisassociateRouteTable", {"AssociationId": "rtbassoc-1"}, [f"{EC2}:route-table/*"]),
    ],
)
def test_an_operation_is_about_each_resource_that_it_names(
    operation: str, parameters: dict[str, object], resources: list[str]
) -> None:
    assert needs("ec2", operation, **parameters) == [(f"ec2:{operation}", r) for r in resources]


def test_tags_on_creation_need_the_permission_to_tag() -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html"""
    tags = [{"ResourceType": "vpc", "Tags": [{"Key": "a", "Value": "b"}]}]

    found = find("ec2", "CreateVpc", TagSpecifications=tags)

    assert (found[1].action, found[1].resource) == ("ec2:CreateTags", f"{EC2}:vpc/*")
    assert found[1].keys["ec2:createaction"] == ("CreateVpc",)


def test_ids_and_the_vpc_are_condition_keys() -> None:
    assert keys_of("ec2", "DeleteVpc", VpcId="vpc-1") == {
        "ec2:region": (REGION,),
        "ec2:vpcid": ("vpc-1",),
    }
    keys = keys_of("ec2", "CreateSecurityGroup", VpcId="vpc-1", GroupName="g")
    assert keys["ec2:vpc"] == (f"{EC2}:vpc/vpc-1",)
