"""Permissions of IAM and STS.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
"""

import pytest

from tests.unit.twin.iam.identities import make_directory
from tests.unit.twin.iam.requirements.requirement_lists import (
    ACCOUNT,
    CALLER,
    find,
    keys_of,
    needs,
)
from twin.iam.directory import IamRole, IamUser, IdentityDirectory

IAM = f"arn:aws:iam::{ACCOUNT}"


@pytest.mark.parametrize(
    ("operation", "parameters", "resource"),
    [
        ("ListRoles", {}, "*"),
        ("GetUser", {"UserName": "bob"}, f"{IAM}:user/bob"),
        ("GetUser", {}, CALLER),
        ("CreateAccessKey", {"UserName": "bob"}, f"{IAM}:user/bob"),
        ("GetRole", {"RoleName": "r"}, f"{IAM}:role/r"),
        ("CreateRole", {"RoleName": "r", "Path": "/p/"}, f"{IAM}:role/p/r"),
        ("CreateGroup", {"GroupName": "g"}, f"{IAM}:group/g"),
        ("CreatePolicy", {"PolicyName": "p"}, f"{IAM}:policy/p"),
        ("GetPolicy", {"PolicyArn": f"{IAM}:policy/p"}, f"{IAM}:policy/p"),
        ("DeleteInstanceProfile", {"InstanceProfileName": "i"}, f"{IAM}:instance-profile/i"),
        (
            "CreateServiceLinkedRole",
            {"AWSServiceName": "elasticloadbalancing.amazonaws.com"},
            f"{IAM}:role/aws-service-role/elasticloadbalancing.amazonaws.com/*",
        ),
        (
            "GetServiceLinkedRoleDeletionStatus",
            {"DeletionTaskId": "task/aws-service-role/x.amazonaws.com/Role/uuid"},
            f"{IAM}:role/aws-service-role/x.amazonaws.com/Role",
        ),
    ],
)
def test_an_operation_is_about_the_identity_that_it_names(
    operation: str, parameters: dict[str, str], resource: str
) -> None:
    assert needs("iam", operation, **parameters) == [(f"iam:{operation}", resource)]


def test_an_existing_identity_has_its_path_in_its_arn() -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html"""
    user = IamUser(name="bob", arn=f"{IAM}:user/staff/bob", id="AIDA")
    directory = IdentityDirectory(users=(user,))

    assert needs("iam", "DeleteUser", directory, UserName="bob")[0][1] == user.arn
    assert needs("iam", "CreateAccessKey", directory, UserName="bob")[0][1] == user.arn


@pytest.mark.parametrize(
    ("given", "renamed"),
    [
        ({"NewUserName": "rob"}, f"{IAM}:user/staff/rob"),
        ({"NewPath": "/"}, f"{IAM}:user/bob"),
        ({"NewPath": "/a/b/", "NewUserName": "rob"}, f"{IAM}:user/a/b/rob"),
    ],
)
def test_a_new_name_needs_the_permission_for_both(given: dict[str, str], renamed: str) -> None:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateUser.html"""
    user = IamUser(name="bob", arn=f"{IAM}:user/staff/bob", id="AIDA")
    directory = IdentityDirectory(users=(user,))

    found = needs("iam", "UpdateUser", directory, UserName="bob", **given)

    assert found == [("iam:UpdateUser", user.arn), ("iam:UpdateUser", renamed)]


@pytest.mark.parametrize(
    ("operation", "name", "tagging"),
    [
        ("CreateRole", "RoleName", "iam:TagRole"),
        ("CreateUser", "UserName", "iam:TagUser"),
        ("CreatePolicy", "PolicyName", "iam:TagPolicy"),
    ],
)
def test_tags_on_creation_need_the_permission_to_tag(
    operation: str, name: str, tagging: str
) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html"""
    tags = [{"Key": "a", "Value": "b"}]

    assert needs("iam", operation, **{name: "x"}, Tags=tags)[1][0] == tagging
    assert len(needs("iam", operation, **{name: "x"})) == 1


def test_a_role_of_an_instance_profile_is_passed() -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html"""
    found = needs("iam", "AddRoleToInstanceProfile", InstanceProfileName="i", RoleName="r")

    assert found[1] == ("iam:PassRole", f"{IAM}:role/r")


def test_the_attached_policy_and_the_boundary_are_condition_keys() -> None:
    policy = f"{IAM}:policy/p"

    assert keys_of("iam", "AttachRolePolicy", RoleName="r", PolicyArn=policy) == {
        "iam:policyarn": (policy,)
    }
    assert keys_of("iam", "CreateRole", RoleName="r", PermissionsBoundary=policy) == {
        "iam:permissionsboundary": (policy,)
    }


@pytest.mark.parametrize(
    ("operation", "name", "present"),
    [
        ("AttachUserPolicy", "UserName", True),
        ("PutUserPolicy", "UserName", True),
        ("DeleteUserPermissionsBoundary", "UserName", True),
        ("DetachRolePolicy", "RoleName", True),
        ("GetUserPolicy", "UserName", False),
        ("DeleteUser", "UserName", False),
    ],
)
def test_the_boundary_of_whom_is_changed_is_a_condition_key(
    operation: str, name: str, present: bool
) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html"""
    bound = f"{IAM}:policy/bound"
    directory = IdentityDirectory(
        users=(IamUser(name="x", arn=f"{IAM}:user/x", id="AIDA", boundary_arn=bound),),
        roles=(IamRole(name="x", arn=f"{IAM}:role/x", id="AROA", trust="", boundary_arn=bound),),
    )

    (found,) = find("iam", operation, directory, **{name: "x"})

    assert found.keys.get("iam:permissionsboundary") == ((bound,) if present else None)


ROLE = f"{IAM}:role/reader"


def test_assuming_a_role_needs_its_trust() -> None:
    """https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html"""
    found = find(
        "sts",
        "AssumeRole",
        make_directory(),
        RoleArn=ROLE,
        RoleSessionName="s",
        ExternalId="42",
        Tags=[{"Key": "a", "Value": "b"}],
        SourceIdentity="me",
    )

    assert [r.action for r in found] == [
        "sts:AssumeRole",
        "sts:TagSession",
        "sts:SetSourceIdentity",
    ]
    assert {(r.resource, r.is_trust) for r in found} == {(ROLE, True)}
    assert found[0].keys["sts:externalid"] == ("42",)
    assert found[0].keys["sts:rolesessionname"] == ("s",)


def test_everybody_may_ask_who_they_are() -> None:
    """https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html"""
    assert needs("sts", "GetCallerIdentity") == []
    assert needs("sts", "GetSessionToken") == []
    assert needs("sts", "GetAccessKeyInfo") == [("sts:GetAccessKeyInfo", "*")]
