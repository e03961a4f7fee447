"""IAM's errors over boto3 have AWS's texts."""

import pytest

from tests.functional.twin.aws_errors import Client, error_message, expect_aws_error
from tests.functional.twin.control.control_process import ControlProcess

ABSENT = "arn:aws:iam::123456789012:policy/absent"
OWN = "arn:aws:iam::aws:policy/ReadOnlyAccess"


@pytest.mark.parametrize(
    ("operation", "parameters", "message"),
    [
        ("get_role", {"RoleName": "x"}, "The role with name x cannot be found."),
        ("get_user", {"UserName": "x"}, "The user with name x cannot be found."),
        ("get_group", {"GroupName": "x"}, "The group with name x cannot be found."),
        (
            "update_user",
            {"UserName": "x", "NewPath": "/a/"},
            "The user with name x cannot be found.",
        ),
        (
            "get_instance_profile",
            {"InstanceProfileName": "x"},
            "Instance Profile x cannot be found.",
        ),
        ("get_policy", {"PolicyArn": ABSENT}, f"Policy {ABSENT} was not found."),
        (
            "get_policy_version",
            {"PolicyArn": OWN, "VersionId": "v9999"},
            f"Policy {OWN} version v9999 does not exist or is not attachable.",
        ),
        (
            "get_user_policy",
            {"UserName": "known", "PolicyName": "x"},
            "The user policy with name x cannot be found.",
        ),
        (
            "get_group_policy",
            {"GroupName": "known", "PolicyName": "x"},
            "The group policy with name x cannot be found.",
        ),
        (
            "get_login_profile",
            {"UserName": "known"},
            "Login Profile for User known cannot be found.",
        ),
    ],
)
def test_what_is_missing_is_named_as_aws_names_it(
    known: Client, operation: str, parameters: dict[str, str], message: str
) -> None:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html"""
    error = expect_aws_error("NoSuchEntity", getattr(known, operation), **parameters)

    assert error_message(error) == message


def test_a_taken_name_is_named_as_aws_names_it(known: Client) -> None:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html"""
    user = expect_aws_error("EntityAlreadyExists", known.create_user, UserName="known")
    group = expect_aws_error("EntityAlreadyExists", known.create_group, GroupName="known")

    assert error_message(user) == "User with name known already exists."
    assert error_message(group) == "Group with name known already exists."


@pytest.fixture(scope="module")
def known(shared: ControlProcess) -> Client:
    """A client of IAM, which has a user and a group of the name `known`."""
    iam = shared.client("iam", "us-east-1")
    iam.create_user(UserName="known")
    iam.create_group(GroupName="known")
    return iam
