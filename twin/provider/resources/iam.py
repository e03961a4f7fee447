"""IAM: roles and their inline policies. A global service with its API in us-east-1."""

import json
from dataclasses import dataclass

from twin.provider.schema.aspects import ModifyAspect, PutOrDeleteAspect
from twin.provider.schema.calls import tolerated
from twin.provider.schema.resource_type import (
    Autoname,
    AwsOperation,
    DescribedResource,
    OperationContext,
    ResourceChange,
    ResourceRef,
    ResourceType,
    block_set,
    boolean,
    integer,
    json_string,
    output,
    string,
    string_set,
)
from twin.provider.schema.tags import TagOperations
from twin.provider.values import Properties

REGION = "us-east-1"
MISSING = frozenset({"NoSuchEntity", "NoSuchEntityException"})

_TRUST = json_string("assumeRolePolicy", aws="AssumeRolePolicyDocument", required=True)
_DESCRIPTION = string("description", reset="")
_SESSION = integer("maxSessionDuration", default=3600, between=(3600, 43200))
_BOUNDARY = string("permissionsBoundary", path="PermissionsBoundary.PermissionsBoundaryArn")


@dataclass(frozen=True, slots=True)
class ManagedPoliciesAspect:
    """Managed policies in a role's own declaration."""

    names: frozenset[str] = frozenset({"managedPolicyArns"})
    at_creation: bool = True

    def apply(self, context: OperationContext, change: ResourceChange) -> None:
        """Attach and detach the policies that differ from those in AWS."""
        wanted = set(change.new.get("managedPolicyArns") or [])
        attached = set() if change.creating else set(_attached_policies(context, change.id))
        for arn in sorted(wanted - attached):
            context.call("AttachRolePolicy", {"RoleName": change.id, "PolicyArn": arn})
        for arn in sorted(attached - wanted):
            context.call("DetachRolePolicy", {"RoleName": change.id, "PolicyArn": arn})

    def read(self, found: DescribedResource) -> Properties:
        return {"managedPolicyArns": _attached_policies(found.context, found.id)}


@dataclass(frozen=True, slots=True)
class InlinePoliciesAspect:
    """Inline policies in a role's own declaration; one without any leaves those in AWS alone."""

    names: frozenset[str] = frozenset({"inlinePolicies"})
    at_creation: bool = True

    def apply(self, context: OperationContext, change: ResourceChange) -> None:
        """Put the wanted policies, delete the removed ones."""
        wanted = {p["name"]: p["policy"] for p in change.new.get("inlinePolicies") or []}
        for name in {p["name"] for p in change.old.get("inlinePolicies") or []} - wanted.keys():
            context.call("DeleteRolePolicy", {"RoleName": change.id, "PolicyName": name})
        for name, policy in wanted.items():
            params = {"RoleName": change.id, "PolicyName": name, "PolicyDocument": policy}
            context.call("PutRolePolicy", params)

    def read(self, found: DescribedResource) -> Properties:
        names = found.context.call("ListRolePolicies", {"RoleName": found.id})["PolicyNames"]
        policies = []
        for name in names:
            params = {"RoleName": found.id, "PolicyName": name}
            document = found.context.call("GetRolePolicy", params)["PolicyDocument"]
            policies.append({"name": name, "policy": to_json_text(document)})
        return {"inlinePolicies": policies}


def _attached_policies(context: OperationContext, role: str) -> list[str]:
    response = context.call("ListAttachedRolePolicies", {"RoleName": role})
    return [policy["PolicyArn"] for policy in response["AttachedPolicies"]]


def to_json_text(document: object) -> str:
    return document if isinstance(document, str) else json.dumps(document)


def _remove_policies(context: OperationContext, ref: ResourceRef) -> None:
    """Remove the policies of the declaration, and with forceDetachPolicies all others, since a
    role with policies can't be deleted:
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html
    """
    names = {policy["name"] for policy in ref.properties.get("inlinePolicies") or []}
    if ref.properties.get("forceDetachPolicies"):
        names |= set(context.call("ListRolePolicies", {"RoleName": ref.id})["PolicyNames"])
    for name in sorted(names):
        params = {"RoleName": ref.id, "PolicyName": name}
        with tolerated(*MISSING):
            context.call("DeleteRolePolicy", params)
    own = set(ref.properties.get("managedPolicyArns") or [])
    for arn in _attached_policies(context, ref.id):
        if arn in own or ref.properties.get("forceDetachPolicies"):
            context.call("DetachRolePolicy", {"RoleName": ref.id, "PolicyArn": arn})


ROLE = ResourceType(
    name="aws:iam/role:Role",
    service="iam",
    properties=(
        string("name", aws="RoleName", replaces=True),
        _TRUST,
        _DESCRIPTION,
        _SESSION,
        string("path", default="/", replaces=True),
        _BOUNDARY,
        boolean("forceDetachPolicies", default=False, local=True),
        block_set(
            "inlinePolicies",
            string("name", required=True),
            json_string("policy", required=True),
            computed=True,
        ),
        string_set("managedPolicyArns", computed=True),
        output("arn", "Arn"),
        output("uniqueId", "RoleId"),
        output("createDate", "CreateDate"),
    ),
    create=AwsOperation(operation="CreateRole", result="Role"),
    read=AwsOperation(operation="GetRole", id_param="RoleName", result="Role"),
    delete=AwsOperation(operation="DeleteRole", id_param="RoleName"),
    resource_id="RoleName",
    not_found_codes=MISSING,
    autoname=Autoname(longest=64, prefix="namePrefix"),
    aspects=(
        ModifyAspect(
            operation="UpdateAssumeRolePolicy",
            id_param="RoleName",
            properties=(json_string("assumeRolePolicy", aws="PolicyDocument"),),
        ),
        ModifyAspect(
            operation="UpdateRole", id_param="RoleName", properties=(_DESCRIPTION, _SESSION)
        ),
        PutOrDeleteAspect(
            setting=string("permissionsBoundary"),
            put="PutRolePermissionsBoundary",
            delete="DeleteRolePermissionsBoundary",
            id_param="RoleName",
        ),
        ManagedPoliciesAspect(),
        InlinePoliciesAspect(),
    ),
    before_delete=_remove_policies,
    tagging=TagOperations(
        tag="TagRole", untag="UntagRole", listing="ListRoleTags", id_param="RoleName"
    ),
    global_region=REGION,
)


# -- role policy: an inline policy declared on its own


def _role_and_policy(ref: ResourceRef) -> Properties:
    role, _, name = ref.id.partition(":")
    return {"RoleName": role, "PolicyName": name}


def _policy_id(_: Properties, new: Properties) -> str:
    return f"{new['role']}:{new['name']}"


_DOCUMENT = json_string("policy", aws="PolicyDocument", required=True)

ROLE_POLICY = ResourceType(
    name="aws:iam/rolePolicy:RolePolicy",
    service="iam",
    properties=(
        string("name", aws="PolicyName", replaces=True),
        string("role", aws="RoleName", required=True, replaces=True),
        _DOCUMENT,
    ),
    create=AwsOperation(operation="PutRolePolicy"),
    read=AwsOperation(operation="GetRolePolicy", id_param=_role_and_policy),
    delete=AwsOperation(operation="DeleteRolePolicy", id_param=_role_and_policy),
    resource_id=_policy_id,
    not_found_codes=MISSING,
    autoname=Autoname(longest=128, prefix="namePrefix"),
    aspects=(
        ModifyAspect(operation="PutRolePolicy", id_param=_role_and_policy, properties=(_DOCUMENT,)),
    ),
    global_region=REGION,
)

TYPES = (ROLE, ROLE_POLICY)
