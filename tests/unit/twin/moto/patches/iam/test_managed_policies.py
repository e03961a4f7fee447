"""What lists and other calls of moto's IAM have of AWS's own managed policies."""

import pytest
from moto.iam.models import IAMBackend, ManagedPolicy

from tests.lambda_function import TRUST
from twin.moto.patches.iam.managed_policies import patch_managed_policies

READ_ONLY = "arn:aws:iam::aws:policy/AmazonDynamoDBReadOnlyAccess"


@pytest.fixture
def iam() -> IAMBackend:
    patch_managed_policies()
    return IAMBackend("aws", "123456789012")


def list_policies(iam: IAMBackend, *, only_attached: bool = False) -> dict[str, ManagedPolicy]:
    policies, _ = iam.list_policies(None, 10_000, only_attached, "/", "AWS")
    return {policy.arn: policy for policy in policies}


def test_lists_make_each_policy_once_and_keep_none_in_the_state(iam: IAMBackend) -> None:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicies.html"""
    first, second = list_policies(iam), list_policies(iam)

    assert len(first) > 1000
    assert first.keys() == second.keys()
    assert all(first[arn] is policy for arn, policy in second.items())
    assert iam.managed_policies == {}


def test_an_attachment_is_seen_in_lists_and_leaves_them(iam: IAMBackend) -> None:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html"""
    before = list_policies(iam)[READ_ONLY]
    iam.create_role("role", TRUST, "/", None, "", [], "3600")

    iam.attach_role_policy(READ_ONLY, "role")

    assert set(iam.managed_policies) == {READ_ONLY}
    assert list_policies(iam)[READ_ONLY].attachment_count == 1
    assert set(list_policies(iam, only_attached=True)) == {READ_ONLY}
    assert before.attachment_count == 0

    iam.detach_role_policy(READ_ONLY, "role")

    assert list_policies(iam)[READ_ONLY] is before
    assert list_policies(iam, only_attached=True) == {}
