"""Dry runs of EC2's calls: the answer of the call itself, and no change."""

from typing import Any

import pytest

from tests.functional.twin.aws_errors import error_message, expect_aws_error
from tests.functional.twin.control.control_process import PARIS, ControlProcess


@pytest.fixture
def ec2(shared: ControlProcess) -> Any:  # noqa: ANN401 - boto3's own
    return shared.client("ec2", PARIS)


def test_what_would_succeed_is_a_dry_run_operation(ec2: Any) -> None:  # noqa: ANN401
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpc.html"""
    before = ec2.describe_vpcs()["Vpcs"]
    given = {
        "CidrBlock": "10.0.0.0/16",
        "TagSpecifications": [{"ResourceType": "vpc", "Tags": [{"Key": "k", "Value": "a&b= ü"}]}],
    }

    error = expect_aws_error("DryRunOperation", ec2.create_vpc, **given, DryRun=True)

    assert error_message(error) == "Request would have succeeded, but DryRun flag is set."
    assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 412
    assert ec2.describe_vpcs(DryRun=False)["Vpcs"] == before
    expect_aws_error("DryRunOperation", ec2.describe_vpcs, DryRun=True)


def test_what_would_fail_has_the_error_of_the_call(ec2: Any) -> None:  # noqa: ANN401
    """https://github.com/aws/karpenter-provider-aws/pull/7844"""
    expect_aws_error(
        "InvalidVpcID.NotFound", ec2.create_subnet, VpcId="vpc-0", CidrBlock="10.0.0.0/24",
        DryRun=True,
    )  # fmt: skip
    expect_aws_error("InvalidVpc.Range", ec2.create_vpc, CidrBlock="10.0.0.0/8", DryRun=True)
    expect_aws_error("InvalidVpcID.NotFound", ec2.describe_vpcs, VpcIds=["vpc-0"], DryRun=True)


def test_a_dry_run_leaves_the_next_call_as_it_would_be(shared: ControlProcess, ec2: Any) -> None:  # noqa: ANN401
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpc.html"""
    expect_aws_error("DryRunOperation", ec2.create_vpc, CidrBlock="10.8.0.0/16", DryRun=True)
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    expect_aws_error("DryRunOperation", ec2.delete_vpc, VpcId=vpc, DryRun=True)
    before = ec2.describe_vpcs()["Vpcs"]
    assert vpc in [found["VpcId"] for found in before]

    shared.kill()
    shared.start()

    assert shared.client("ec2", PARIS).describe_vpcs()["Vpcs"] == before
    assert "answered differently" not in shared.log()
    ec2.delete_vpc(VpcId=vpc)
