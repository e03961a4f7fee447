"""IAM: roles and their inline policies. Global, its API is in us-east-1."""

import json
from dataclasses import dataclass

from twin.provider.errors import AwsCallFailed
from twin.provider.schema.aspects import ModifyAspect
from twin.provider.schema.resource_type import (
    Autoname,
    AwsOperation,
    DescribedResource,
    OperationContext,
    ResourceChange,
    ResourceRef,
    ResourceType,
    block_set,
    flag,
    json_text,
    output,
    text,
    text_set,
    whole,
)
from twin.provider.schema.tags import TagOperations
from twin.provider.values import Properties

REGION = "us-east-1"
_MISSING = frozenset({"NoSuchEntity", "NoSuchEntityException"})

_TRUST = json_text("assumeRolePolicy", aws="AssumeRolePolicyDocument", required=True)
_DESCRIPTION = text("description", reset="")
_SESSION = whole("maxSessionDuration", default=3600, between=(3600, 43200))
_BOUNDARY = text("permissionsBoundary", path="PermissionsBoundary.PermissionsBoundaryArn")


@dataclass(frozen=True, slots=True)
class Boundary:
    """The managed policy that bounds a role."""

    names: frozenset[str] = frozenset({"permissionsBoundary"})
    at_creation: bool = False

    def apply(self, scope: OperationContext, change: ResourceChange) -> None:
        """The creating call took the first one."""
        role = {"RoleName": change.id}
        if arn := change.new.get("permissionsBoundary"):
            scope.call("PutRolePermissionsBoundary", {**role, "PermissionsBoundary": arn})
        else:
            scope.call("DeleteRolePermissionsBoundary", role)

    def read(self, found: DescribedResource) -> Properties:
        """Nothing more."""
        return {}


@dataclass(frozen=True, slots=True)
class ManagedPolicies:
    """Managed policies that a role names itself."""

    names: frozenset[str] = frozenset({"managedPolicyArns"})
    at_creation: bool = True

    def apply(self, scope: OperationContext, change: ResourceChange) -> None:
        """Attach and detach what differs from what is there."""
        wanted = set(change.new.get("managedPolicyArns") or [])
        there = set() if change.creating else set(_attached(scope, change.id))
        for arn in sorted(wanted - there):
            scope.call("AttachRolePolicy", {"RoleName": change.id, "PolicyArn": arn})
        for arn in sorted(there - wanted):
            scope.call("DetachRolePolicy", {"RoleName": change.id, "PolicyArn": arn})

    def read(self, found: DescribedResource) -> Properties:
        """Those attached."""
        return {"managedPolicyArns": _attached(found.scope, found.id)}


@dataclass(frozen=True, slots=True)
class InlinePolicies:
    """Inline policies that a role names itself; others are left alone when it names none."""

    names: frozenset[str] = frozenset({"inlinePolicies"})
    at_creation: bool = True

    def apply(self, scope: OperationContext, change: ResourceChange) -> None:
        """Put those wanted, delete those no longer wanted."""
        wanted = {p["name"]: p["policy"] for p in change.new.get("inlinePolicies") or []}
        for name in {p["name"] for p in change.old.get("inlinePolicies") or []} - wanted.keys():
            scope.call("DeleteRolePolicy", {"RoleName": change.id, "PolicyName": name})
        for name, policy in wanted.items():
            params = {"RoleName": change.id, "PolicyName": name, "PolicyDocument": policy}
            scope.call("PutRolePolicy", params)

    def read(self, found: DescribedResource) -> Properties:
        """Those on the role."""
        names = found.scope.call("ListRolePolicies", {"RoleName": found.id})["PolicyNames"]
        policies = []
        for name in names:
            params = {"RoleName": found.id, "PolicyName": name}
            document = found.scope.call("GetRolePolicy", params)["PolicyDocument"]
            policies.append({"name": name, "policy": _as_text(document)})
        return {"inlinePolicies": policies}


def _attached(scope: OperationContext, role: str) -> list[str]:
    answer = scope.call("ListAttachedRolePolicies", {"RoleName": role})
    return [policy["PolicyArn"] for policy in answer["AttachedPolicies"]]


def _as_text(document: object) -> str:
    return document if isinstance(document, str) else json.dumps(document)


def _strip(scope: OperationContext, ref: ResourceRef) -> None:
    """A role can't be deleted while it has policies; take away those that it named itself, and
    every attached one when the program says so:
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html
    """
    for policy in ref.properties.get("inlinePolicies") or []:
        params = {"RoleName": ref.id, "PolicyName": policy["name"]}
        try:
            scope.call("DeleteRolePolicy", params)
        except AwsCallFailed as exc:
            if exc.code not in _MISSING:
                raise
    own = set(ref.properties.get("managedPolicyArns") or [])
    for arn in _attached(scope, ref.id):
        if arn in own or ref.properties.get("forceDetachPolicies"):
            scope.call("DetachRolePolicy", {"RoleName": ref.id, "PolicyArn": arn})


ROLE = ResourceType(
    name="aws:iam/role:Role",
    service="iam",
    properties=(
        text("name", aws="RoleName", replaces=True),
        _TRUST,
        _DESCRIPTION,
        _SESSION,
        text("path", default="/", replaces=True),
        _BOUNDARY,
        flag("forceDetachPolicies", default=False, local=True),
        block_set(
            "inlinePolicies",
            text("name", required=True),
            json_text("policy", required=True),
            computed=True,
        ),
        text_set("managedPolicyArns", computed=True),
        output("arn", "Arn"),
        output("uniqueId", "RoleId"),
        output("createDate", "CreateDate"),
    ),
    create=AwsOperation(operation="CreateRole", result="Role"),
    read=AwsOperation(operation="GetRole", by="RoleName", result="Role"),
    delete=AwsOperation(operation="DeleteRole", by="RoleName"),
    identity="RoleName",
    missing=_MISSING,
    autoname=Autoname(longest=64),
    facets=(
        ModifyAspect(
            operation="UpdateAssumeRolePolicy",
            by="RoleName",
            sets=(json_text("assumeRolePolicy", aws="PolicyDocument"),),
        ),
        ModifyAspect(operation="UpdateRole", by="RoleName", sets=(_DESCRIPTION, _SESSION)),
        Boundary(),
        ManagedPolicies(),
        InlinePolicies(),
    ),
    before_delete=_strip,
    tagging=TagOperations(tag="TagRole", untag="UntagRole", listing="ListRoleTags", by="RoleName"),
    global_region=REGION,
)


# -- a policy of its own on a role


def _policy_ends(ref: ResourceRef) -> Properties:
    role, _, name = ref.id.partition(":")
    return {"RoleName": role, "PolicyName": name}


def _policy_id(_: Properties, new: Properties) -> str:
    return f"{new['role']}:{new['name']}"


_DOCUMENT = json_text("policy", aws="PolicyDocument", required=True)

ROLE_POLICY = ResourceType(
    name="aws:iam/rolePolicy:RolePolicy",
    service="iam",
    properties=(
        text("name", aws="PolicyName", replaces=True),
        text("role", aws="RoleName", required=True, replaces=True),
        _DOCUMENT,
    ),
    create=AwsOperation(operation="PutRolePolicy"),
    read=AwsOperation(operation="GetRolePolicy", by=_policy_ends),
    delete=AwsOperation(operation="DeleteRolePolicy", by=_policy_ends),
    identity=_policy_id,
    missing=_MISSING,
    autoname=Autoname(longest=128),
    facets=(ModifyAspect(operation="PutRolePolicy", by=_policy_ends, sets=(_DOCUMENT,)),),
    global_region=REGION,
)

TYPES = (ROLE, ROLE_POLICY)
