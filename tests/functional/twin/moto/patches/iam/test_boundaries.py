"""Permissions boundaries of users and roles over boto3."""

import pytest

from tests.functional.twin.aws_errors import error_message, expect_aws_error
from tests.functional.twin.control.control_process import ControlProcess
from tests.lambda_function import TRUST

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
ABSENT = "arn:aws:iam::aws:policy/NoSuchPolicy"


def test_a_user_has_the_boundary_of_its_creation_until_it_is_deleted(
    shared: ControlProcess,
) -> None:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html"""
    iam = shared.client("iam", "us-east-1")
    described = {
        "PermissionsBoundaryType": "PermissionsBoundaryPolicy",
        "PermissionsBoundaryArn": READ_ONLY,
    }

    made = iam.create_user(UserName="bounded", PermissionsBoundary=READ_ONLY)["User"]

    assert made["UserName"] == "bounded"
    assert iam.get_user(UserName="bounded")["User"]["PermissionsBoundary"] == described
    iam.delete_user_permissions_boundary(UserName="bounded")
    assert "PermissionsBoundary" not in iam.get_user(UserName="bounded")["User"]


def test_a_boundary_can_be_put_on_a_user(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPermissionsBoundary.html"""
    iam = shared.client("iam", "us-east-1")
    iam.create_user(UserName="later")

    iam.put_user_permissions_boundary(UserName="later", PermissionsBoundary=READ_ONLY)

    boundary = iam.get_user(UserName="later")["User"]["PermissionsBoundary"]
    assert boundary["PermissionsBoundaryArn"] == READ_ONLY


@pytest.mark.parametrize("kind", ["user", "role"])
def test_a_boundary_is_a_policy_that_exists(shared: ControlProcess, kind: str) -> None:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPermissionsBoundary.html"""
    iam = shared.client("iam", "us-east-1")
    name = {"UserName" if kind == "user" else "RoleName": f"boundless-{kind}"}
    trust = {} if kind == "user" else {"AssumeRolePolicyDocument": TRUST}
    create, put = getattr(iam, f"create_{kind}"), getattr(iam, f"put_{kind}_permissions_boundary")

    error = expect_aws_error("NoSuchEntity", create, **name, **trust, PermissionsBoundary=ABSENT)

    assert error_message(error) == f"Scope ARN: {ABSENT} does not exist or is not attachable."
    create(**name, **trust)
    expect_aws_error("NoSuchEntity", put, **name, PermissionsBoundary=ABSENT)
    found = getattr(iam, f"get_{kind}")(**name)[kind.capitalize()]
    assert "PermissionsBoundary" not in found
