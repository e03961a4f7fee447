"""IAM over boto3: new names and paths of users and groups, and their ids."""

import boto3
import pytest

from tests.functional.twin.aws_errors import Client, error_message, expect_aws_error
from tests.functional.twin.control.control_process import PARIS, ControlProcess

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


def test_a_user_does_not_take_the_name_of_another_one(iam: Client) -> None:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateUser.html"""
    iam.create_user(UserName="first")
    iam.create_user(UserName="second")

    expect_aws_error("EntityAlreadyExists", iam.update_user, UserName="second", NewUserName="first")

    names = {user["UserName"] for user in iam.list_users()["Users"]}
    assert {"first", "second"} <= names


def test_a_user_keeps_its_tags_and_keys_under_a_new_name_and_path(iam: Client) -> None:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateUser.html"""
    tags = [{"Key": "team", "Value": "shop"}]
    iam.create_user(UserName="ann", Tags=tags)
    key = iam.create_access_key(UserName="ann")["AccessKey"]["AccessKeyId"]

    iam.update_user(UserName="ann", NewUserName="anna", NewPath="/staff/")
    iam.create_user(UserName="ann")

    assert iam.list_user_tags(UserName="anna")["Tags"] == tags
    assert iam.list_user_tags(UserName="ann")["Tags"] == []
    (found,) = iam.list_access_keys(UserName="anna")["AccessKeyMetadata"]
    assert (found["AccessKeyId"], found["UserName"]) == (key, "anna")


def test_a_user_keeps_its_tags_when_an_update_changes_nothing(iam: Client) -> None:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateUser.html"""
    tags = [{"Key": "team", "Value": "shop"}]
    iam.create_user(UserName="bob", Tags=tags)

    iam.update_user(UserName="bob", NewUserName="bob", NewPath="/")

    assert iam.list_user_tags(UserName="bob")["Tags"] == tags


@pytest.mark.parametrize(
    ("change", "arn"),
    [
        ({"NewPath": "/staff/"}, "group/staff/ops"),
        ({"NewPath": "/staff/", "NewGroupName": "ops"}, "group/staff/ops"),
        ({"NewGroupName": "operators"}, "group/operators"),
        ({"NewPath": "/staff/", "NewGroupName": "operators"}, "group/staff/operators"),
    ],
)
def test_a_group_gets_a_new_path_or_name_and_keeps_the_rest(
    iam: Client, change: dict[str, str], arn: str
) -> None:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateGroup.html"""
    iam.create_group(GroupName="ops")
    iam.attach_group_policy(GroupName="ops", PolicyArn=READ_ONLY)
    name = change.get("NewGroupName", "ops")

    iam.update_group(GroupName="ops", **change)

    assert iam.get_group(GroupName=name)["Group"]["Arn"].endswith(f":{arn}")
    (attached,) = iam.list_attached_group_policies(GroupName=name)["AttachedPolicies"]
    assert attached["PolicyArn"] == READ_ONLY
    iam.detach_group_policy(GroupName=name, PolicyArn=READ_ONLY)
    iam.delete_group(GroupName=name)


def test_a_group_does_not_take_the_name_of_another_one(iam: Client) -> None:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateGroup.html"""
    iam.create_group(GroupName="readers")
    iam.create_group(GroupName="writers")

    expect_aws_error(
        "EntityAlreadyExists", iam.update_group, GroupName="writers", NewGroupName="readers"
    )
    expect_aws_error("NoSuchEntity", iam.update_group, GroupName="absent", NewPath="/a/")

    names = {group["GroupName"] for group in iam.list_groups()["Groups"]}
    assert {"readers", "writers"} <= names


def test_an_id_tells_what_it_is_of(iam: Client) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids"""
    user = iam.create_user(UserName="ida")["User"]["UserId"]
    group = iam.create_group(GroupName="ida")["Group"]["GroupId"]
    profile = iam.create_instance_profile(InstanceProfileName="ida")["InstanceProfile"]

    ids = (user, group, profile["InstanceProfileId"])
    assert [name[:4] for name in ids] == ["AIDA", "AGPA", "AIPA"]
    assert [len(name) for name in ids] == [21, 21, 21]


@pytest.fixture
def iam(shared: ControlProcess) -> Client:
    """A client of IAM."""
    return shared.client("iam", "us-east-1")


def test_the_user_without_a_name_is_the_caller(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html"""
    root = shared.client("sts", PARIS).get_caller_identity()

    user = shared.client("iam", PARIS).get_user()["User"]

    assert user["Arn"] == root["Arn"]
    assert user["Arn"].endswith(":root")
    assert user["UserId"] == root["UserId"]


def test_a_session_of_a_role_is_no_user(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUser.html"""
    role = "arn:aws:iam::123456789012:role/any"
    sts = shared.client("sts", PARIS)
    made = sts.assume_role(RoleArn=role, RoleSessionName="one")["Credentials"]
    session = boto3.client(
        "iam",
        region_name=PARIS,
        endpoint_url=sts.meta.endpoint_url,
        aws_access_key_id=made["AccessKeyId"],
        aws_secret_access_key=made["SecretAccessKey"],
        aws_session_token=made["SessionToken"],
    )

    error = expect_aws_error("ValidationError", session.get_user)

    assert error_message(error) == "Must specify userName when calling with non-User credentials"
