"""Lambda: functions with their code, aliases, permissions."""

import json
from dataclasses import dataclass

from twin.provider.archive import zip_bytes
from twin.provider.errors import ProviderError
from twin.provider.schema.aspects import ModifyAspect
from twin.provider.schema.resource_type import (
    Autoname,
    AwaitedState,
    AwsOperation,
    DescribedResource,
    OperationContext,
    ResourceChange,
    ResourceRef,
    ResourceType,
    archive,
    block,
    flag,
    mapping,
    output,
    text,
    text_set,
    texts,
    whole,
)
from twin.provider.schema.tags import TagOperations
from twin.provider.values import Archive, Properties, Value

_MISSING = frozenset({"ResourceNotFoundException"})


def _invoke_arn(found: DescribedResource, arn: str) -> str:
    """What API Gateway calls:
    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-service-limits-quotas.html
    """
    path = f"lambda:path/2015-03-31/functions/{arn}/invocations"
    return f"arn:aws:apigateway:{found.scope.region}:{path}"


# -- function

_CONFIGURATION = (
    text("role", required=True),
    text("handler"),
    text("runtime"),
    text("description", reset=""),
    whole("timeout", default=3, between=(1, 900)),
    whole("memorySize", default=128, between=(128, 32768)),
    block("environment", mapping("variables"), reset={"Variables": {}}),
    block(
        "vpcConfig",
        text_set("subnetIds", required=True),
        text_set("securityGroupIds", required=True),
        flag("ipv6AllowedForDualStack"),
        text("vpcId", output=True, computed=True),
        reset={"SubnetIds": [], "SecurityGroupIds": []},
    ),
    block("tracingConfig", text("mode", required=True), computed=True, kept=True),
    block("deadLetterConfig", text("targetArn", required=True), reset={"TargetArn": ""}),
    block("ephemeralStorage", whole("size", between=(512, 32768)), computed=True, kept=True),
    block(
        "snapStart",
        text("applyOn", required=True, choices=("PublishedVersions", "None")),
        text("optimizationStatus", output=True, computed=True),
        reset={"ApplyOn": "None"},
        unset={"applyOn": "None"},
        kept=True,
    ),
    block(
        "loggingConfig",
        text("logFormat", required=True, choices=("JSON", "Text")),
        text("applicationLogLevel"),
        text("systemLogLevel"),
        text("logGroup", computed=True),
        computed=True,
        kept=True,
    ),
    texts("layers", reset=[]),
    text("kmsKeyArn", reset=""),
)
_CODE_ARGUMENTS = (
    archive("code", kept=True),
    text("s3Bucket", local=True),
    text("s3Key", local=True),
    text("s3ObjectVersion", local=True),
    text("imageUri", local=True),
    text("sourceCodeHash", local=True),
)
_CODE_NAMES = frozenset(prop.name for prop in _CODE_ARGUMENTS) | {"architectures", "codeSha256"}
_CONFIGURATION_NAMES = tuple(prop.name for prop in _CONFIGURATION)
_NEW_VERSION = (*sorted(_CODE_NAMES), *_CONFIGURATION_NAMES, "publish")


def _code(scope: OperationContext, new: Properties) -> Properties:
    """Where the code is, as CreateFunction's Code and UpdateFunctionCode have it."""
    if isinstance(new.get("code"), Archive):
        return {"ZipFile": zip_bytes(new["code"], scope.root)}
    names = {"s3Bucket": "S3Bucket", "s3Key": "S3Key", "s3ObjectVersion": "S3ObjectVersion"}
    found = {aws: new[name] for name, aws in names.items() if new.get(name)}
    return found or ({"ImageUri": new["imageUri"]} if new.get("imageUri") else {})


def _code_of_new(scope: OperationContext, new: Properties) -> Properties:
    return {"Code": _code(scope, new), "Publish": bool(new.get("publish"))}


def _until_updated(scope: OperationContext, ref: ResourceRef) -> None:
    """One update at a time:
    https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
    """

    def look() -> tuple[bool, str]:
        answer = scope.call("GetFunctionConfiguration", {"FunctionName": ref.id})
        state = answer.get("LastUpdateStatus") or "Successful"
        if state == "Failed":
            raise ProviderError(f"{ref.id}: {answer.get('LastUpdateStatusReason', 'no reason')}")
        return state == "Successful", f"update {state}"

    scope.patience.until(f"function {ref.id} to be updated", look)


@dataclass(frozen=True, slots=True)
class Code:
    """A function's code, and the instruction sets that it is for."""

    names: frozenset[str] = _CODE_NAMES
    at_creation: bool = False

    def apply(self, scope: OperationContext, change: ResourceChange) -> None:
        """The creating call took the first one."""
        params = {"FunctionName": change.id, **_code(scope, change.new)}
        if change.new.get("architectures"):
            params["Architectures"] = change.new["architectures"]
        scope.call("UpdateFunctionCode", params)
        _until_updated(scope, change.ref)

    def read(self, found: DescribedResource) -> Properties:
        """Nothing: `codeSha256` tells a change by others."""
        return {}


@dataclass(frozen=True, slots=True)
class Concurrency:
    """How many invocations are kept for this function; -1 is no reservation."""

    names: frozenset[str] = frozenset({"reservedConcurrentExecutions"})
    at_creation: bool = True

    def apply(self, scope: OperationContext, change: ResourceChange) -> None:
        """Set it, or take it away."""
        kept = change.new.get("reservedConcurrentExecutions", -1)
        which = {"FunctionName": change.id}
        if kept >= 0:
            params = {**which, "ReservedConcurrentExecutions": kept}
            scope.call("PutFunctionConcurrency", params)
        elif not change.creating:
            scope.call("DeleteFunctionConcurrency", which)

    def read(self, found: DescribedResource) -> Properties:
        """A call of its own."""
        answer = found.scope.call("GetFunctionConcurrency", {"FunctionName": found.id})
        return {"reservedConcurrentExecutions": answer.get("ReservedConcurrentExecutions", -1)}


@dataclass(frozen=True, slots=True)
class Version:
    """Published versions: a new one after each change of code or configuration."""

    names: frozenset[str] = frozenset({*_NEW_VERSION, "version", "qualifiedArn"})
    at_creation: bool = False

    def apply(self, scope: OperationContext, change: ResourceChange) -> None:
        """The creating call published the first one."""
        if change.new.get("publish"):
            scope.call("PublishVersion", {"FunctionName": change.id})

    def read(self, found: DescribedResource) -> Properties:
        """The newest; before any, the unpublished one."""
        listed: list[Properties] = []
        params: Properties = {"FunctionName": found.id}
        while True:
            answer = found.scope.call("ListVersionsByFunction", params)
            listed += answer["Versions"]
            if not answer.get("NextMarker"):
                break
            params = {**params, "Marker": answer["NextMarker"]}
        newest = max(listed, key=lambda v: int(v["Version"]) if v["Version"].isdigit() else 0)
        arn = found.values["arn"]
        qualified = f"{arn}:{newest['Version']}"
        return {
            "version": newest["Version"],
            "qualifiedArn": qualified,
            "invokeArn": _invoke_arn(found, arn),
            "qualifiedInvokeArn": _invoke_arn(found, qualified),
        }


def _function_rules(inputs: Properties) -> list[tuple[str, str]]:
    sources = [name for name in ("code", "imageUri", "s3Bucket") if name in inputs]
    if len(sources) != 1:
        return [("code", "exactly one of 'code', 'imageUri', 's3Bucket' must be given")]
    if inputs["packageType"] == "Zip":
        return [
            (name, f"'{name}' must be given for a function from a zip")
            for name in ("handler", "runtime")
            if name not in inputs
        ]
    return []


def _of_version(name: str, path: str = "") -> Value:
    return output(name, path, changes_with=_NEW_VERSION)


FUNCTION = ResourceType(
    name="aws:lambda/function:Function",
    service="lambda",
    properties=(
        text("name", aws="FunctionName", replaces=True),
        *_CONFIGURATION,
        *_CODE_ARGUMENTS,
        text("codeSha256", computed=True, changes_with=_NEW_VERSION),
        texts("architectures", computed=True),
        text("packageType", default="Zip", choices=("Zip", "Image"), replaces=True),
        flag("publish", default=False, local=True),
        whole("reservedConcurrentExecutions", default=-1),
        flag("skipDestroy", default=False, local=True),
        output("arn", "FunctionArn"),
        output("invokeArn"),
        _of_version("version"),
        _of_version("qualifiedArn"),
        _of_version("qualifiedInvokeArn"),
        _of_version("lastModified", "LastModified"),
        _of_version("sourceCodeSize", "CodeSize"),
    ),
    create=AwsOperation(operation="CreateFunction", adds=_code_of_new),
    read=AwsOperation(operation="GetFunctionConfiguration", by="FunctionName"),
    delete=AwsOperation(operation="DeleteFunction", by="FunctionName"),
    identity="FunctionName",
    missing=_MISSING,
    autoname=Autoname(longest=64),
    settled=AwaitedState(
        call=AwsOperation(operation="GetFunctionConfiguration", by="FunctionName"),
        state="State || 'Active'",
        wanted=frozenset({"Active"}),
        failed=frozenset({"Failed"}),
    ),
    facets=(
        ModifyAspect(
            operation="UpdateFunctionConfiguration",
            by="FunctionName",
            sets=_CONFIGURATION,
            after=_until_updated,
        ),
        Code(),
        Concurrency(),
        Version(),
    ),
    tagging=TagOperations(
        tag="TagResource",
        untag="UntagResource",
        listing="ListTags",
        by=lambda ref: {"Resource": ref.properties["arn"]},
        as_map=True,
    ),
    retained=lambda properties: bool(properties.get("skipDestroy")),
    rules=_function_rules,
)


# -- alias

_ROUTING = block(
    "routingConfig",
    mapping("additionalVersionWeights"),
    reset={"AdditionalVersionWeights": {}},
)


def _alias(ref: ResourceRef) -> Properties:
    """The id is the alias' ARN: arn:aws:lambda:REGION:ACCOUNT:function:NAME:ALIAS."""
    parts = ref.id.split(":")
    return {"FunctionName": parts[-2], "Name": parts[-1]}


ALIAS = ResourceType(
    name="aws:lambda/alias:Alias",
    service="lambda",
    properties=(
        text("name", replaces=True),
        text("functionName", required=True, replaces=True, kept=True),
        text("functionVersion", required=True),
        text("description", reset=""),
        _ROUTING,
        output("arn", "AliasArn"),
        output("invokeArn", derive=lambda found: _invoke_arn(found, found.id)),
    ),
    create=AwsOperation(operation="CreateAlias"),
    read=AwsOperation(operation="GetAlias", by=_alias),
    delete=AwsOperation(operation="DeleteAlias", by=_alias),
    identity="AliasArn",
    missing=_MISSING,
    autoname=Autoname(),
    facets=(
        ModifyAspect(
            operation="UpdateAlias",
            by=_alias,
            sets=(
                text("functionVersion"),
                text("description", reset=""),
                _ROUTING,
            ),
        ),
    ),
)


# -- permission


def _statement(ref: ResourceRef, answer: Properties) -> Value:
    """The one statement, in AWS's policy language, as the call that makes it has it."""
    policy = json.loads(answer.get("Policy") or "{}")
    found = next((s for s in policy.get("Statement", []) if s.get("Sid") == ref.id), None)
    if found is None:
        return None
    condition = found.get("Condition", {})
    return {
        "Action": found.get("Action"),
        "Principal": _principal(found.get("Principal"), ref.properties.get("principal")),
        "SourceArn": _condition(condition, "AWS:SourceArn"),
        "SourceAccount": _condition(condition, "AWS:SourceAccount"),
        "PrincipalOrgID": _condition(condition, "aws:PrincipalOrgID"),
        "StatementId": ref.id,
    }


def _principal(told: Value, given: Value) -> Value:
    """A service as it is; an account's number comes back as the ARN of its root."""
    value = next(iter(told.values())) if isinstance(told, dict) else told
    return given if given and value == f"arn:aws:iam::{given}:root" else value


def _condition(condition: Properties, key: str) -> Value:
    for operator in condition.values():
        for name, value in operator.items():
            if name.lower() == key.lower():
                return value[0] if isinstance(value, list) else value
    return None


def _one_statement(ref: ResourceRef) -> Properties:
    return {**_qualified(ref), "StatementId": ref.id}


def _qualified(ref: ResourceRef) -> Properties:
    which = {"FunctionName": ref.properties["function"]}
    qualifier = ref.properties.get("qualifier")
    return {**which, "Qualifier": qualifier} if qualifier else which


PERMISSION = ResourceType(
    name="aws:lambda/permission:Permission",
    service="lambda",
    properties=(
        text("statementId", replaces=True),
        text("action", required=True, replaces=True),
        text("function", aws="FunctionName", required=True, replaces=True, kept=True),
        text("principal", required=True, replaces=True),
        text("principalOrgId", replaces=True),
        text("qualifier", replaces=True, kept=True),
        text("sourceAccount", replaces=True),
        text("sourceArn", replaces=True),
    ),
    create=AwsOperation(operation="AddPermission"),
    read=AwsOperation(operation="GetPolicy", by=_qualified, result=_statement),
    delete=AwsOperation(operation="RemovePermission", by=_one_statement),
    identity=lambda _, new: str(new["statementId"]),
    missing=_MISSING,
    autoname=Autoname(property="statementId", longest=100),
)

TYPES = (FUNCTION, ALIAS, PERMISSION)
