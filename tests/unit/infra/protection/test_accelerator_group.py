"""The security group that Global Accelerator leaves is deleted, once nothing uses it."""

import asyncio
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.protection.accelerator_group import (
    AcceleratorGroupLeft,
    client_arguments,
    delete_accelerator_group,
)
from tests.clocks import ManualClock

REGION = "us-west-2"


class FakeEc2:
    """A VPC's groups by name; deletions fail with these codes first."""

    def __init__(self, groups: dict[str, str], *failures: str) -> None:
        self.groups = groups
        self.failures = list(failures)

    def describe_security_groups(self, *, Filters: list[dict[str, Any]]) -> dict[str, Any]:
        wanted = {one["Name"]: one["Values"] for one in Filters}
        assert wanted["vpc-id"] == ["vpc-1"]
        found = [id_ for name, id_ in self.groups.items() if name in wanted["group-name"]]
        return {"SecurityGroups": [{"GroupId": id_} for id_ in found]}

    def delete_security_group(self, *, GroupId: str) -> None:
        if self.failures:
            error: Any = {"Error": {"Code": self.failures.pop(0), "Message": "no"}}
            raise ClientError(error, "DeleteSecurityGroup")
        self.groups = {name: id_ for name, id_ in self.groups.items() if id_ != GroupId}


def delete(ec2: FakeEc2) -> float:
    """Delete the group; the seconds that it took."""
    clock = ManualClock(0.0)
    client: Any = ec2
    asyncio.run(delete_accelerator_group(client, REGION, "vpc-1", clock))
    return clock.seconds


def test_the_accelerator_s_group_alone_is_deleted() -> None:
    ec2 = FakeEc2({"default": "sg-0", "GlobalAccelerator": "sg-1", "muster": "sg-2"})

    assert delete(ec2) == 0
    assert ec2.groups == {"default": "sg-0", "muster": "sg-2"}


def test_a_vpc_without_the_group_is_left_alone() -> None:
    ec2 = FakeEc2({"default": "sg-0"})

    delete(ec2)

    assert ec2.groups == {"default": "sg-0"}


def test_a_group_in_use_is_tried_again() -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSecurityGroup.html"""
    ec2 = FakeEc2({"GlobalAccelerator": "sg-1"}, "DependencyViolation", "DependencyViolation")

    assert delete(ec2) == 20
    assert ec2.groups == {}


@pytest.mark.parametrize("failures", [["DependencyViolation"] * 200, ["UnauthorizedOperation"]])
def test_a_group_that_stays_is_named_with_the_command_that_deletes_it(failures: list[str]) -> None:
    with pytest.raises(AcceleratorGroupLeft) as caught:
        delete(FakeEc2({"GlobalAccelerator": "sg-1"}, *failures))

    assert failures[0] in str(caught.value)
    assert "delete-security-group --region us-west-2 --group-id sg-1" in str(caught.value)


def test_a_group_that_somebody_else_has_deleted_is_no_error() -> None:
    assert delete(FakeEc2({"GlobalAccelerator": "sg-1"}, "InvalidGroup.NotFound")) == 0


def test_the_client_has_the_provider_s_credentials_and_endpoint() -> None:
    config = {"profile": "prod", "accessKey": "A", "secretKey": "S"}
    endpoints = [{"ec2": "http://127.0.0.1:4566", "sts": "http://127.0.0.1:4567"}]

    arguments = client_arguments(REGION, config.get, endpoints)

    assert (arguments.region, arguments.endpoint) == (REGION, "http://127.0.0.1:4566")
    assert (arguments.profile, arguments.access_key, arguments.secret_key) == ("prod", "A", "S")
    assert client_arguments(REGION, config.get, None).endpoint is None
