"""Security groups and their rules over boto3."""

import pytest

from tests.functional.twin.aws_errors import expect_aws_error
from tests.functional.twin.control.control_process import PARIS, ControlProcess


def test_a_rule_that_is_refused_leaves_the_group_as_it_was(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html."""
    ec2 = shared.client("ec2", PARIS)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName="g", Description="d", VpcId=vpc)["GroupId"]
    ports = {"IpProtocol": "tcp", "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}

    for authorize in (
        ec2.authorize_security_group_ingress,
        ec2.authorize_security_group_egress,
    ):
        expect_aws_error(
            "InvalidParameterValue",
            authorize,
            GroupId=group,
            IpPermissions=[
                ports | {"FromPort": 80, "ToPort": 80},
                ports | {"FromPort": 80, "ToPort": 70000},
            ],
        )

    found = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]
    assert found["IpPermissions"] == []
    rules = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])[
        "SecurityGroupRules"
    ]
    assert len(rules) == 1
    expect_aws_error(
        "InvalidParameterValue",
        ec2.modify_security_group_rules,
        GroupId=group,
        SecurityGroupRules=[
            {
                "SecurityGroupRuleId": rules[0]["SecurityGroupRuleId"],
                "SecurityGroupRule": {
                    "IpProtocol": "tcp",
                    "FromPort": 443,
                    "ToPort": 80,
                    "CidrIpv4": "0.0.0.0/0",
                },
            }
        ],
    )


@pytest.mark.parametrize("direction", ["ingress", "egress"])
def test_an_answer_has_the_rules_of_every_permission(
    shared: ControlProcess, direction: str
) -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupIngress.html"""
    ec2 = shared.client("ec2", PARIS)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName="g", Description="d", VpcId=vpc)["GroupId"]

    rules = getattr(ec2, f"authorize_security_group_{direction}")(
        GroupId=group,
        IpPermissions=[
            {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": cidr}]}
            for port, cidr in ((80, "10.0.0.0/8"), (443, "0.0.0.0/0"))
        ],
    )["SecurityGroupRules"]

    assert [(rule["FromPort"], rule["CidrIpv4"]) for rule in rules] == [
        (80, "10.0.0.0/8"),
        (443, "0.0.0.0/0"),
    ]


@pytest.mark.parametrize(
    ("name", "vpc", "code"),
    [
        ("web", "vpc-0123456789abcdef0", "InvalidVpcID.NotFound"),
        ("default", "", "InvalidParameterValue"),
    ],
)
def test_a_group_has_a_name_of_its_own_and_a_vpc(
    shared: ControlProcess, name: str, vpc: str, code: str
) -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html."""
    ec2 = shared.client("ec2", PARIS)
    before = ec2.describe_security_groups()["SecurityGroups"]
    made = {"GroupName": name, "Description": "d"} | ({"VpcId": vpc} if vpc else {})

    expect_aws_error(code, ec2.create_security_group, **made)

    assert ec2.describe_security_groups()["SecurityGroups"] == before
