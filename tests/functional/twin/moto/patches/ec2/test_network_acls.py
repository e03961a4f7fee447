"""Network ACLs: their entries are AWS's, in what is taken and in what is answered."""

from typing import Any

import pytest

from tests.functional.twin.aws_errors import error_message, expect_aws_error
from tests.functional.twin.control.control_process import PARIS, ControlProcess

MISSING = "acl-0123456789abcdef0"
DENIES = [(True, 32767, "deny"), (False, 32767, "deny")]


def make_acl(ec2: Any) -> str:  # noqa: ANN401 - boto3's clients have no types
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    return str(ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"])


def describe_entries(ec2: Any, acl: str) -> list[dict[str, Any]]:  # noqa: ANN401 - as above
    (found,) = ec2.describe_network_acls(NetworkAclIds=[acl])["NetworkAcls"]
    return [entry for entry in found["Entries"] if entry["RuleNumber"] != 32767]


def entry(acl: str, **changes: object) -> dict[str, Any]:
    return {
        "NetworkAclId": acl,
        "RuleNumber": 100,
        "Protocol": "tcp",
        "PortRange": {"From": 443, "To": 444},
        "RuleAction": "allow",
        "Egress": False,
        "CidrBlock": "10.1.2.3/8",
        **changes,
    }


def test_a_default_network_acl_can_not_be_deleted(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteNetworkAcl.html."""
    ec2 = shared.client("ec2", PARIS)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    (acl,) = ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["NetworkAcls"]

    expect_aws_error(
        "InvalidParameterValue", ec2.delete_network_acl, NetworkAclId=acl["NetworkAclId"]
    )

    assert ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["VpcId"] == vpc


def test_a_second_network_acl_can_be_deleted(shared: ControlProcess) -> None:
    ec2 = shared.client("ec2", PARIS)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    acl = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]

    ec2.delete_network_acl(NetworkAclId=acl)

    left = ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [vpc]}])
    assert [found["IsDefault"] for found in left["NetworkAcls"]] == [True]


def test_a_new_network_acl_denies_what_no_entry_allows(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html."""
    ec2 = shared.client("ec2", PARIS)
    acl = make_acl(ec2)

    (found,) = ec2.describe_network_acls(NetworkAclIds=[acl])["NetworkAcls"]

    entries = [(one["Egress"], one["RuleNumber"], one["RuleAction"]) for one in found["Entries"]]
    assert entries == DENIES


def test_an_entry_is_answered_as_aws_keeps_it(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkAclEntry.html."""
    ec2 = shared.client("ec2", PARIS)
    acl = make_acl(ec2)

    ec2.create_network_acl_entry(**entry(acl))
    ec2.replace_network_acl_entry(**entry(acl, RuleAction="deny", Protocol="17"))

    assert describe_entries(ec2, acl) == [
        {
            "CidrBlock": "10.0.0.0/8",
            "Egress": False,
            "PortRange": {"From": 443, "To": 444},
            "Protocol": "17",
            "RuleAction": "deny",
            "RuleNumber": 100,
        }
    ]


def test_an_entry_of_icmp_keeps_type_and_code(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IcmpTypeCode.html."""
    ec2 = shared.client("ec2", PARIS)
    acl = make_acl(ec2)
    icmp = {"Type": 8, "Code": -1}

    ec2.create_network_acl_entry(**entry(acl, Protocol="1", IcmpTypeCode=icmp))

    (found,) = describe_entries(ec2, acl)
    assert found["IcmpTypeCode"] == icmp
    assert "PortRange" not in found


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"RuleNumber": 0}, "InvalidParameterValue"),
        ({"RuleNumber": 32767}, "InvalidParameterValue"),
        ({"Protocol": "smoke"}, "InvalidParameterValue"),
        ({"Protocol": "256"}, "InvalidParameterValue"),
        ({"CidrBlock": "bad"}, "InvalidParameterValue"),
        ({"CidrBlock": "", "Ipv6CidrBlock": "10.0.0.0/8"}, "InvalidParameterValue"),
        ({"CidrBlock": ""}, "MissingParameter"),
        ({"PortRange": {}}, "MissingParameter"),
        ({"Protocol": "1"}, "MissingParameter"),
    ],
)
def test_an_entry_that_aws_refuses_is_refused(
    shared: ControlProcess, changes: dict[str, object], code: str
) -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkAclEntry.html."""
    ec2 = shared.client("ec2", PARIS)
    acl = make_acl(ec2)

    expect_aws_error(code, ec2.create_network_acl_entry, **entry(acl, **changes))

    assert describe_entries(ec2, acl) == []


def test_the_last_entry_stays(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/vpc/latest/userguide/default-network-acl.html."""
    ec2 = shared.client("ec2", PARIS)
    last = {"NetworkAclId": make_acl(ec2), "RuleNumber": 32767, "Egress": True}

    expect_aws_error("InvalidParameterValue", ec2.delete_network_acl_entry, **last)


def test_a_missing_network_acl_is_named(shared: ControlProcess) -> None:
    """https://github.com/hashicorp/terraform-provider-aws/issues/34462."""
    ec2 = shared.client("ec2", PARIS)

    error = expect_aws_error(
        "InvalidNetworkAclID.NotFound", ec2.describe_network_acls, NetworkAclIds=[MISSING]
    )

    assert error_message(error) == f"The networkAcl ID '{MISSING}' does not exist"
