"""Digests of moto's state: equal for the same resources, different for others."""

from moto.ec2.models import ec2_backends
from moto.iam.models import iam_backends

from twin.moto.state_digest import digest_state, digests_differ

ACCOUNT = "210987654321"
"""No other test has resources in it."""


def test_reading_changes_no_digest_and_writing_does() -> None:
    ec2 = ec2_backends[ACCOUNT]["us-west-2"]
    before = digest_state(ACCOUNT)

    ec2.describe_vpcs()
    assert not digests_differ(before, digest_state(ACCOUNT))

    vpc = ec2.create_vpc("10.9.0.0/16")
    with_vpc = digest_state(ACCOUNT)
    assert digests_differ(before, with_vpc)

    vpc.add_tag("a", "b")
    assert digests_differ(with_vpc, digest_state(ACCOUNT))


def test_a_backend_that_a_call_has_created_is_no_change() -> None:
    ec2_backends[ACCOUNT]["us-west-2"].describe_vpcs()
    before = digest_state(ACCOUNT)

    iam_backends[ACCOUNT]["aws"].list_roles()

    assert not digests_differ(before, digest_state(ACCOUNT))
