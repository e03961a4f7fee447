"""IAM and STS.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html
"""

from collections.abc import Iterable

from twin.iam.directory import IdentityDirectory
from twin.iam.requirements.model import (
    CallScope,
    Keys,
    Parameters,
    Requirement,
    operations_table,
    pass_role,
    read_tags,
)

IDENTITIES = operations_table(
    ("", "GetAccountSummary ListAccountAliases ListGroups ListInstanceProfiles ListPolicies"),
    ("", "ListRoles ListUsers ListVirtualMFADevices"),
    ("user", "CreateLoginProfile DeleteLoginProfile GetLoginProfile ListMFADevices"),
    ("user", "ListSSHPublicKeys ListServiceSpecificCredentials ListSigningCertificates"),
    ("user", "UpdateLoginProfile"),
    ("user", "AttachUserPolicy CreateAccessKey CreateUser DeleteAccessKey DeleteUser"),
    ("user", "DeleteUserPermissionsBoundary PutUserPermissionsBoundary"),
    ("user", "DeleteUserPolicy DetachUserPolicy GetUser GetUserPolicy ListAccessKeys"),
    ("user", "ListAttachedUserPolicies ListGroupsForUser ListUserPolicies ListUserTags"),
    ("user", "PutUserPolicy TagUser UntagUser UpdateAccessKey UpdateUser"),
    ("group", "AddUserToGroup AttachGroupPolicy CreateGroup DeleteGroup DeleteGroupPolicy"),
    ("group", "DetachGroupPolicy GetGroup GetGroupPolicy ListAttachedGroupPolicies"),
    ("group", "ListGroupPolicies PutGroupPolicy RemoveUserFromGroup UpdateGroup"),
    ("role", "AttachRolePolicy CreateRole DeleteRole DeleteRolePermissionsBoundary"),
    ("role", "DeleteRolePolicy DetachRolePolicy GetRole GetRolePolicy"),
    ("role", "ListAttachedRolePolicies ListInstanceProfilesForRole ListRolePolicies"),
    ("role", "ListRoleTags PutRolePermissionsBoundary PutRolePolicy TagRole UntagRole"),
    ("role", "UpdateAssumeRolePolicy UpdateRole UpdateRoleDescription"),
    ("service-role", "CreateServiceLinkedRole DeleteServiceLinkedRole"),
    ("service-role", "GetServiceLinkedRoleDeletionStatus"),
    ("instance-profile", "AddRoleToInstanceProfile CreateInstanceProfile"),
    ("instance-profile", "DeleteInstanceProfile GetInstanceProfile"),
    ("instance-profile", "RemoveRoleFromInstanceProfile"),
    ("policy", "CreatePolicy CreatePolicyVersion DeletePolicy DeletePolicyVersion GetPolicy"),
    ("policy", "GetPolicyVersion ListEntitiesForPolicy ListPolicyTags ListPolicyVersions"),
    ("policy", "SetDefaultPolicyVersion TagPolicy UntagPolicy"),
)
_NAMES = {
    "user": "UserName",
    "group": "GroupName",
    "role": "RoleName",
    "instance-profile": "InstanceProfileName",
}
_NEW_NAMES = {"UpdateUser": "NewUserName", "UpdateGroup": "NewGroupName"}
"""They need the permission for what is changed, and for what it becomes:
https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateUser.html"""
_CREATED = frozenset({"CreateUser", "CreateGroup", "CreateRole", "CreateInstanceProfile"})
"""Operations that make what they name; CreateAccessKey is about a user that is there."""
_BOUNDED = ("Attach", "Delete", "Detach", "Put")
"""Beginnings of the operations on policies of users and roles, which depend on their boundaries."""
_TAG_ON_CREATION = {
    "CreatePolicy": "iam:TagPolicy",
    "CreateRole": "iam:TagRole",
    "CreateUser": "iam:TagUser",
    "CreateInstanceProfile": "iam:TagInstanceProfile",
}
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html"""


def read_identities(
    operation: str, parameters: Parameters, scope: CallScope
) -> Iterable[Requirement]:
    (kind,) = IDENTITIES[operation] or ("",)
    arn = _identity_arn(kind, operation, parameters, scope)
    yield Requirement(
        action=f"iam:{operation}", resource=arn, keys=_identity_keys(operation, parameters, scope)
    )
    tagging = _TAG_ON_CREATION.get(operation)
    if tagging and read_tags(parameters):
        yield Requirement(action=tagging, resource=arn)
    if operation in _NEW_NAMES:
        renamed = _renamed_arn(arn, parameters, _NEW_NAMES[operation])
        if renamed != arn:
            yield Requirement(action=f"iam:{operation}", resource=renamed)
    if operation == "AddRoleToInstanceProfile":
        role = _named_arn("role", str(parameters.get("RoleName", "*")), scope)
        yield pass_role(role, "ec2.amazonaws.com")


def _identity_arn(kind: str, operation: str, parameters: Parameters, scope: CallScope) -> str:
    prefix = f"arn:aws:iam::{scope.account}"
    match kind:
        case "":
            return "*"
        case "policy":
            path = parameters.get("Path") or "/"
            new = f"{prefix}:policy{path}{parameters.get('PolicyName', '*')}"
            return str(parameters.get("PolicyArn") or new)
        case "service-role":
            return _service_role_arn(parameters, scope)
    name = parameters.get(_NAMES[kind])
    if name is None:
        # Without a name these operations are about the user who calls.
        return scope.caller_arn if kind == "user" else f"{prefix}:{kind}/*"
    if operation in _CREATED:
        return f"{prefix}:{kind}{parameters.get('Path') or '/'}{name}"
    return _named_arn(kind, str(name), scope)


def _named_arn(kind: str, name: str, scope: CallScope) -> str:
    known = scope.directory.find_arn(kind, name)
    return known or f"arn:aws:iam::{scope.account}:{kind}/{name}"


def _renamed_arn(arn: str, parameters: Parameters, new_name: str) -> str:
    """The ARN that a user or a group would have."""
    resource, _, name = arn.rpartition("/")
    if path := parameters.get("NewPath"):
        resource = f"{arn.partition('/')[0]}{path}".removesuffix("/")
    return f"{resource}/{parameters.get(new_name) or name}"


def _service_role_arn(parameters: Parameters, scope: CallScope) -> str:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/using-service-linked-roles.html"""
    prefix = f"arn:aws:iam::{scope.account}:role"
    if "AWSServiceName" in parameters:
        return f"{prefix}/aws-service-role/{parameters['AWSServiceName']}/*"
    if "RoleName" in parameters:
        return _named_arn("role", str(parameters["RoleName"]), scope)
    task = str(parameters.get("DeletionTaskId", "")).removeprefix("task/")
    return f"{prefix}/{task.rpartition('/')[0]}" if task else f"{prefix}/*"


def _identity_keys(operation: str, parameters: Parameters, scope: CallScope) -> Keys:
    keys: dict[str, tuple[str, ...]] = {}
    if "AWSServiceName" in parameters:
        keys["iam:awsservicename"] = (str(parameters["AWSServiceName"]),)
    if operation.startswith(("Attach", "Detach")) and "PolicyArn" in parameters:
        keys["iam:policyarn"] = (str(parameters["PolicyArn"]),)
    boundary = parameters.get("PermissionsBoundary") or _present_boundary(
        operation, parameters, scope.directory
    )
    if boundary:
        keys["iam:permissionsboundary"] = (str(boundary),)
    return keys


def _present_boundary(operation: str, parameters: Parameters, directory: IdentityDirectory) -> str:
    """Of the user or role whose policies the operation changes; empty without any.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
    """
    if not operation.startswith(_BOUNDED) or not operation.endswith(("Policy", "Boundary")):
        return ""
    user, role = parameters.get("UserName"), parameters.get("RoleName")
    found = [one.boundary_arn for one in directory.users if one.name == user]
    found += [one.boundary_arn for one in directory.roles if one.name == role]
    return found[0] if found else ""


TOKENS = operations_table(("", "AssumeRole GetAccessKeyInfo GetCallerIdentity GetSessionToken"))


def read_tokens(operation: str, parameters: Parameters, _: CallScope) -> Iterable[Requirement]:
    """GetCallerIdentity and GetSessionToken need no permission.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
    """
    if operation == "GetAccessKeyInfo":
        yield Requirement(action="sts:GetAccessKeyInfo")
    if operation != "AssumeRole":
        return
    keys = _session_keys(parameters)
    role = str(parameters.get("RoleArn", "*"))
    actions = ["sts:AssumeRole"]
    if read_tags(parameters):
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
        actions.append("sts:TagSession")
    if parameters.get("SourceIdentity"):
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html
        actions.append("sts:SetSourceIdentity")
    for action in actions:
        yield Requirement(action=action, resource=role, keys=keys, is_trust=True)


def _session_keys(parameters: Parameters) -> Keys:
    members = {
        "sts:externalid": "ExternalId",
        "sts:rolesessionname": "RoleSessionName",
        "sts:sourceidentity": "SourceIdentity",
        "sts:durationseconds": "DurationSeconds",
    }
    keys: dict[str, tuple[str, ...]] = {
        key: (str(parameters[member]),) for key, member in members.items() if parameters.get(member)
    }
    if transitive := parameters.get("TransitiveTagKeys"):
        keys["sts:transitivetagkeys"] = tuple(map(str, transitive))
    return keys
