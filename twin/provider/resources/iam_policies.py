"""IAM: managed policies, and their attachment to roles."""

from dataclasses import dataclass

from twin.provider.resources.iam import MISSING, REGION, to_json_text
from twin.provider.schema.resource_type import (
    Autoname,
    AwsOperation,
    DescribedResource,
    OperationContext,
    ResourceChange,
    ResourceRef,
    ResourceType,
    json_string,
    output,
    string,
)
from twin.provider.schema.tags import TagOperations
from twin.provider.values import Properties, Value

MAX_VERSIONS = 5
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""

# -- managed policy


@dataclass(frozen=True, slots=True)
class DocumentAspect:
    """A managed policy's document: the default one of its versions."""

    names: frozenset[str] = frozenset({"policy"})
    at_creation: bool = False

    def apply(self, context: OperationContext, change: ResourceChange) -> None:
        """Make a new version the default; the oldest one makes room for it."""
        others = _other_versions(context, change.id)
        if len(others) >= MAX_VERSIONS - 1:
            oldest = min(others, key=lambda version: int(version.removeprefix("v")))
            _delete_version(context, change.id, oldest)
        params = {"PolicyArn": change.id, "PolicyDocument": change.new["policy"]}
        context.call("CreatePolicyVersion", {**params, "SetAsDefault": True})

    def read(self, found: DescribedResource) -> Properties:
        params = {"PolicyArn": found.id, "VersionId": found.description["DefaultVersionId"]}
        version = found.context.call("GetPolicyVersion", params)["PolicyVersion"]
        return {"policy": to_json_text(version["Document"])}


def _other_versions(context: OperationContext, arn: str) -> list[str]:
    listed = context.call("ListPolicyVersions", {"PolicyArn": arn})["Versions"]
    return [version["VersionId"] for version in listed if not version["IsDefaultVersion"]]


def _delete_version(context: OperationContext, arn: str, version: str) -> None:
    context.call("DeletePolicyVersion", {"PolicyArn": arn, "VersionId": version})


def _delete_other_versions(context: OperationContext, ref: ResourceRef) -> None:
    """A policy with other versions can't be deleted:
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicy.html
    """
    for version in _other_versions(context, ref.id):
        _delete_version(context, ref.id, version)


POLICY = ResourceType(
    name="aws:iam/policy:Policy",
    service="iam",
    properties=(
        string("name", aws="PolicyName", replaces=True),
        string("path", default="/", replaces=True),
        string("description", replaces=True),
        json_string("policy", aws="PolicyDocument", required=True),
        output("arn", "Arn"),
        output("policyId", "PolicyId"),
        output("attachmentCount", "AttachmentCount"),
    ),
    create=AwsOperation(operation="CreatePolicy", result="Policy"),
    read=AwsOperation(operation="GetPolicy", id_param="PolicyArn", result="Policy"),
    delete=AwsOperation(operation="DeletePolicy", id_param="PolicyArn"),
    resource_id="Arn",
    not_found_codes=MISSING,
    autoname=Autoname(longest=128, prefix="namePrefix"),
    aspects=(DocumentAspect(),),
    before_delete=_delete_other_versions,
    tagging=TagOperations(
        tag="TagPolicy", untag="UntagPolicy", listing="ListPolicyTags", id_param="PolicyArn"
    ),
    global_region=REGION,
)


# -- attachment


def _role_and_arn(ref: ResourceRef) -> Properties:
    """From the id ROLE/ARN, as the real provider imports it."""
    role, _, arn = ref.id.partition("/")
    return {"RoleName": role, "PolicyArn": arn}


def _find_attached(ref: ResourceRef, response: Properties) -> Value:
    wanted = _role_and_arn(ref)
    attached = [policy["PolicyArn"] for policy in response["AttachedPolicies"]]
    return wanted if wanted["PolicyArn"] in attached else None


ROLE_POLICY_ATTACHMENT = ResourceType(
    name="aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    service="iam",
    properties=(
        string("role", aws="RoleName", required=True, replaces=True),
        string("policyArn", required=True, replaces=True),
    ),
    create=AwsOperation(operation="AttachRolePolicy"),
    read=AwsOperation(
        operation="ListAttachedRolePolicies",
        id_param=lambda ref: {"RoleName": _role_and_arn(ref)["RoleName"]},
        result=_find_attached,
    ),
    delete=AwsOperation(operation="DetachRolePolicy", id_param=_role_and_arn),
    resource_id=lambda _, new: f"{new['role']}/{new['policyArn']}",
    not_found_codes=MISSING,
    global_region=REGION,
)

TYPES = (POLICY, ROLE_POLICY_ATTACHMENT)
