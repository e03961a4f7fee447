"""Lambda: functions with their code, aliases, permissions."""

import json
from dataclasses import dataclass

from twin.provider.archive import zip_bytes
from twin.provider.errors import ProviderError
from twin.provider.schema.aspects import ModifyAspect, PutOrDeleteAspect
from twin.provider.schema.calls import wait_for_state
from twin.provider.schema.resource_type import (
    Autoname,
    AwaitedState,
    AwsOperation,
    DescribedResource,
    OperationContext,
    ResourceChange,
    ResourceRef,
    ResourceType,
    WriteOnlyAspect,
    archive,
    block,
    boolean,
    integer,
    mapping,
    output,
    string,
    string_list,
    string_set,
)
from twin.provider.schema.tags import TagOperations
from twin.provider.values import Archive, Properties, Value

_MISSING = frozenset({"ResourceNotFoundException"})


def _invoke_arn(found: DescribedResource, arn: str) -> str:
    """The ARN by which API Gateway invokes the function:
    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-service-limits-quotas.html
    """
    path = f"lambda:path/2015-03-31/functions/{arn}/invocations"
    return f"arn:aws:apigateway:{found.context.region}:{path}"


# -- function

_CONFIGURATION = (
    string("role", required=True),
    string("handler"),
    string("runtime"),
    string("description", reset=""),
    integer("timeout", default=3, between=(1, 900)),
    integer("memorySize", default=128, between=(128, 32768)),
    block("environment", mapping("variables"), reset={"Variables": {}}),
    block(
        "vpcConfig",
        string_set("subnetIds", required=True),
        string_set("securityGroupIds", required=True),
        boolean("ipv6AllowedForDualStack"),
        string("vpcId", output=True, computed=True),
        reset={"SubnetIds": [], "SecurityGroupIds": []},
    ),
    block("tracingConfig", string("mode", required=True), computed=True, keep_recorded=True),
    block("deadLetterConfig", string("targetArn", required=True), reset={"TargetArn": ""}),
    block(
        "ephemeralStorage", integer("size", between=(512, 32768)), computed=True, keep_recorded=True
    ),
    block(
        "snapStart",
        string("applyOn", required=True, choices=("PublishedVersions", "None")),
        string("optimizationStatus", output=True, computed=True),
        reset={"ApplyOn": "None"},
        absent_value={"applyOn": "None"},
        keep_recorded=True,
    ),
    block(
        "loggingConfig",
        string("logFormat", required=True, choices=("JSON", "Text")),
        string("applicationLogLevel"),
        string("systemLogLevel"),
        string("logGroup", computed=True),
        computed=True,
        keep_recorded=True,
    ),
    string_list("layers", reset=[]),
    string("kmsKeyArn", reset=""),
)
_CODE_ARGUMENTS = (
    archive("code", keep_recorded=True),
    string("s3Bucket", local=True),
    string("s3Key", local=True),
    string("s3ObjectVersion", local=True),
    string("imageUri", local=True),
    string("sourceCodeHash", local=True),
)
_CODE_NAMES = frozenset(prop.name for prop in _CODE_ARGUMENTS) | {"architectures", "codeSha256"}
_CONFIGURATION_NAMES = tuple(prop.name for prop in _CONFIGURATION)
_NEW_VERSION = (*sorted(_CODE_NAMES), *_CONFIGURATION_NAMES, "publish")


def _code(context: OperationContext, new: Properties) -> Properties:
    """The code's location, as CreateFunction's Code and UpdateFunctionCode take it."""
    if isinstance(new.get("code"), Archive):
        return {"ZipFile": zip_bytes(new["code"], context.root)}
    names = {"s3Bucket": "S3Bucket", "s3Key": "S3Key", "s3ObjectVersion": "S3ObjectVersion"}
    found = {aws: new[name] for name, aws in names.items() if new.get(name)}
    return found or ({"ImageUri": new["imageUri"]} if new.get("imageUri") else {})


def _creation_params(context: OperationContext, new: Properties) -> Properties:
    return {"Code": _code(context, new), "Publish": bool(new.get("publish"))}


_DESCRIBE = AwsOperation(operation="GetFunctionConfiguration", id_param="FunctionName")
_UPDATED = AwaitedState(
    call=_DESCRIBE,
    state="LastUpdateStatus || 'Successful'",
    wanted=frozenset({"Successful"}),
    failed=frozenset({"Failed"}),
    failure_reason="LastUpdateStatusReason",
)
"""Lambda accepts one update at a time: https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html"""


@dataclass(frozen=True, slots=True)
class CodeAspect(WriteOnlyAspect):
    """A function's code and its instruction set architectures."""

    names: frozenset[str] = _CODE_NAMES
    at_creation: bool = False

    def apply(self, context: OperationContext, change: ResourceChange) -> None:
        """Update the code and wait; the creating call already has the first code."""
        params = {"FunctionName": change.id, **_code(context, change.new)}
        if change.new.get("architectures"):
            params["Architectures"] = change.new["architectures"]
        context.call("UpdateFunctionCode", params)
        wait_for_state(context, _UPDATED, change.ref)


_CONCURRENCY = integer("reservedConcurrentExecutions", default=-1)


def _read_concurrency(found: DescribedResource) -> Properties:
    """-1 without a reservation."""
    response = found.context.call("GetFunctionConcurrency", {"FunctionName": found.id})
    return {_CONCURRENCY.name: response.get("ReservedConcurrentExecutions", -1)}


@dataclass(frozen=True, slots=True)
class VersionAspect:
    """Published versions: a new one after each change of code or configuration."""

    names: frozenset[str] = frozenset({*_NEW_VERSION, "version", "qualifiedArn"})
    at_creation: bool = False

    def apply(self, context: OperationContext, change: ResourceChange) -> None:
        """Publish a version; the creating call already published the first one."""
        if change.new.get("publish"):
            context.call("PublishVersion", {"FunctionName": change.id})

    def read(self, found: DescribedResource) -> Properties:
        """The newest version; `$LATEST` when none is published."""
        listed: list[Properties] = []
        params: Properties = {"FunctionName": found.id}
        while True:
            page = found.context.call("ListVersionsByFunction", params)
            listed += page["Versions"]
            if not page.get("NextMarker"):
                break
            params = {**params, "Marker": page["NextMarker"]}
        newest = max(listed, key=lambda v: int(v["Version"]) if v["Version"].isdigit() else 0)
        arn = found.values["arn"]
        qualified = f"{arn}:{newest['Version']}"
        return {
            "version": newest["Version"],
            "qualifiedArn": qualified,
            "invokeArn": _invoke_arn(found, arn),
            "qualifiedInvokeArn": _invoke_arn(found, qualified),
        }


def _validate_function(inputs: Properties) -> list[tuple[str, str]]:
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


def _version_output(name: str, path: str = "") -> Value:
    return output(name, path, changes_with=_NEW_VERSION)


FUNCTION = ResourceType(
    name="aws:lambda/function:Function",
    service="lambda",
    properties=(
        string("name", aws="FunctionName", replaces=True),
        *_CONFIGURATION,
        *_CODE_ARGUMENTS,
        string("codeSha256", computed=True, changes_with=_NEW_VERSION),
        string_list("architectures", computed=True),
        string("packageType", default="Zip", choices=("Zip", "Image"), replaces=True),
        boolean("publish", default=False, local=True),
        _CONCURRENCY,
        boolean("skipDestroy", default=False, local=True),
        output("arn", "FunctionArn"),
        output("invokeArn"),
        _version_output("version"),
        _version_output("qualifiedArn"),
        _version_output("qualifiedInvokeArn"),
        _version_output("lastModified", "LastModified"),
        _version_output("sourceCodeSize", "CodeSize"),
    ),
    create=AwsOperation(operation="CreateFunction", extra_params=_creation_params),
    read=_DESCRIBE,
    delete=AwsOperation(operation="DeleteFunction", id_param="FunctionName"),
    resource_id="FunctionName",
    not_found_codes=_MISSING,
    autoname=Autoname(longest=64),
    ready=AwaitedState(
        call=_DESCRIBE,
        state="State || 'Active'",
        wanted=frozenset({"Active"}),
        failed=frozenset({"Failed"}),
        failure_reason="StateReason",
    ),
    aspects=(
        ModifyAspect(
            operation="UpdateFunctionConfiguration",
            id_param="FunctionName",
            properties=_CONFIGURATION,
            ready=_UPDATED,
        ),
        CodeAspect(),
        PutOrDeleteAspect(
            setting=_CONCURRENCY,
            put="PutFunctionConcurrency",
            delete="DeleteFunctionConcurrency",
            id_param="FunctionName",
            at_creation=True,
            is_set=lambda reserved: reserved is not None and reserved >= 0,
            reader=_read_concurrency,
        ),
        VersionAspect(),
    ),
    tagging=TagOperations(
        tag="TagResource",
        untag="UntagResource",
        listing="ListTags",
        id_param=lambda ref: {"Resource": ref.properties["arn"]},
        as_map=True,
    ),
    skip_deletion=lambda properties: bool(properties.get("skipDestroy")),
    validate=_validate_function,
)


# -- alias

_ROUTING = block(
    "routingConfig",
    mapping("additionalVersionWeights"),
    reset={},
)


def _alias_params(ref: ResourceRef) -> Properties:
    """From the id, the alias' ARN: arn:aws:lambda:REGION:ACCOUNT:function:NAME:ALIAS."""
    parts = ref.id.split(":")
    return {"FunctionName": parts[-2], "Name": parts[-1]}


def _find_imported_alias(context: OperationContext, ref: ResourceRef) -> ResourceRef:
    """From the id FUNCTION/ALIAS of an import."""
    if ref.id.startswith("arn:"):
        return ref
    function, slash, name = ref.id.rpartition("/")
    if not slash:
        raise ProviderError(f"'{ref.id}' is no id of an alias: expected FUNCTION/ALIAS")
    alias = context.call("GetAlias", {"FunctionName": function, "Name": name})
    return ResourceRef(id=str(alias["AliasArn"]), properties={"functionName": function})


ALIAS = ResourceType(
    name="aws:lambda/alias:Alias",
    service="lambda",
    properties=(
        string("name", replaces=True),
        string("functionName", required=True, replaces=True, keep_recorded=True),
        string("functionVersion", required=True),
        string("description", reset=""),
        _ROUTING,
        output("arn", "AliasArn"),
        output("invokeArn", derive=lambda found: _invoke_arn(found, found.id)),
    ),
    create=AwsOperation(operation="CreateAlias"),
    read=AwsOperation(operation="GetAlias", id_param=_alias_params),
    delete=AwsOperation(operation="DeleteAlias", id_param=_alias_params),
    resource_id="AliasArn",
    not_found_codes=_MISSING,
    autoname=Autoname(),
    find_imported=_find_imported_alias,
    aspects=(
        ModifyAspect(
            operation="UpdateAlias",
            id_param=_alias_params,
            properties=(
                string("functionVersion"),
                string("description", reset=""),
                _ROUTING,
            ),
            # Each update sends the weights, so it ends those that were set outside of Pulumi
            # (terraform-provider-aws, resourceAliasUpdate).
            replaces_all=True,
        ),
    ),
)


# -- permission


def _statement(ref: ResourceRef, response: Properties) -> Value:
    """Find the statement in the policy, and convert it to AddPermission's parameters."""
    policy = json.loads(response.get("Policy") or "{}")
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


def _principal(principal: Value, given: Value) -> Value:
    """The principal; AWS returns an account's number as the ARN of its root user."""
    value = next(iter(principal.values())) if isinstance(principal, dict) else principal
    return given if given and value == f"arn:aws:iam::{given}:root" else value


def _condition(condition: Properties, key: str) -> Value:
    for operator in condition.values():
        for name, value in operator.items():
            if name.lower() == key.lower():
                return value[0] if isinstance(value, list) else value
    return None


def _statement_params(ref: ResourceRef) -> Properties:
    return {**_function_params(ref), "StatementId": ref.id}


def _function_params(ref: ResourceRef) -> Properties:
    params = {"FunctionName": ref.properties["function"]}
    qualifier = ref.properties.get("qualifier")
    return {**params, "Qualifier": qualifier} if qualifier else params


def _find_imported_permission(_: OperationContext, ref: ResourceRef) -> ResourceRef:
    """From the id FUNCTION[:QUALIFIER]/STATEMENT of an import; the function may be an ARN."""
    function, slash, statement = ref.id.rpartition("/")
    if not slash and "function" in ref.properties:
        return ref
    if not (function and statement):
        expected = "expected FUNCTION/STATEMENT or FUNCTION:QUALIFIER/STATEMENT"
        raise ProviderError(f"'{ref.id}' is no id of a permission: {expected}")
    parts = function.split(":")
    own = 7 if parts[0] == "arn" else 1
    named = {"function": ":".join(parts[:own])}
    if qualifier := ":".join(parts[own:]):
        named["qualifier"] = qualifier
    return ResourceRef(id=statement, properties={**named, **ref.properties})


PERMISSION = ResourceType(
    name="aws:lambda/permission:Permission",
    service="lambda",
    properties=(
        string("statementId", replaces=True),
        string("action", required=True, replaces=True),
        string("function", aws="FunctionName", required=True, replaces=True, keep_recorded=True),
        string("principal", required=True, replaces=True),
        string("principalOrgId", replaces=True),
        string("qualifier", replaces=True, keep_recorded=True),
        string("sourceAccount", replaces=True),
        string("sourceArn", replaces=True),
    ),
    create=AwsOperation(operation="AddPermission"),
    read=AwsOperation(operation="GetPolicy", id_param=_function_params, result=_statement),
    delete=AwsOperation(operation="RemovePermission", id_param=_statement_params),
    resource_id=lambda _, new: str(new["statementId"]),
    not_found_codes=_MISSING,
    autoname=Autoname(property="statementId", longest=100, prefix="statementIdPrefix"),
    find_imported=_find_imported_permission,
    only_false=frozenset({"invokedViaFunctionUrl"}),
)

TYPES = (FUNCTION, ALIAS, PERMISSION)
