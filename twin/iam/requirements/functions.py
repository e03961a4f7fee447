"""AWS Lambda.

An action on a function is about the function's ARN; one that can be about a version or an alias has
the qualifier in it.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html
"""

from collections.abc import Iterable

from twin.core.lambda_.functions import parse_function_name
from twin.iam.requirements.model import (
    CallScope,
    Keys,
    Parameters,
    Requirement,
    operations_table,
    pass_role,
    read_path,
    read_tags,
)

_LAMBDA_SERVICE = "lambda.amazonaws.com"
_QUALIFIED = frozenset(
    {
        "AddPermission",
        "DeleteFunctionEventInvokeConfig",
        "GetFunctionEventInvokeConfig",
        "Invoke",
        "PutFunctionEventInvokeConfig",
        "RemovePermission",
        "UpdateFunctionEventInvokeConfig",
    }
)
"""Operations on a function, a version or an alias."""
_RENAMED = {"Invoke": "InvokeFunction"}

FUNCTIONS = operations_table(
    ("", "GetAccountSettings ListFunctions"),
    ("{Resource}", "ListTags TagResource UntagResource"),
    ("function", "AddPermission CreateAlias CreateFunction DeleteAlias DeleteFunction"),
    ("function", "DeleteFunctionConcurrency DeleteFunctionEventInvokeConfig GetAlias GetFunction"),
    ("function", "GetFunctionCodeSigningConfig GetFunctionConcurrency GetFunctionConfiguration"),
    ("function", "GetFunctionEventInvokeConfig GetPolicy Invoke ListAliases"),
    ("function", "ListFunctionEventInvokeConfigs ListVersionsByFunction PublishVersion"),
    ("function", "PutFunctionConcurrency PutFunctionEventInvokeConfig RemovePermission"),
    ("function", "UpdateAlias UpdateFunctionCode UpdateFunctionConfiguration"),
    ("function", "UpdateFunctionEventInvokeConfig"),
)


def read_functions(
    operation: str, parameters: Parameters, scope: CallScope
) -> Iterable[Requirement]:
    action = f"lambda:{_RENAMED.get(operation, operation)}"
    (template,) = FUNCTIONS[operation] or ("",)
    if template != "function":
        arns = [str(arn) for arn in read_path(parameters, ["Resource"])] if template else ["*"]
        for arn in arns or ["*"]:
            yield Requirement(action=action, resource=arn)
        return
    arn = function_arn(operation, parameters, scope)
    yield Requirement(action=action, resource=arn, keys=_keys(operation, parameters))
    if operation == "CreateFunction" and read_tags(parameters):
        # https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html
        yield Requirement(action="lambda:TagResource", resource=arn)
    if operation in ("CreateFunction", "UpdateFunctionConfiguration") and parameters.get("Role"):
        # https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
        yield pass_role(str(parameters["Role"]), _LAMBDA_SERVICE)


def function_arn(operation: str, parameters: Parameters, scope: CallScope) -> str:
    """The ARN that the caller must have access to."""
    given = str(parameters.get("FunctionName", "*"))
    named = parse_function_name(given)
    if named is None:
        return f"arn:aws:lambda:{scope.region}:{scope.account}:function:{given}"
    arn = f"arn:aws:lambda:{named.region or scope.region}:{scope.account}:function:{named.name}"
    qualifier = str(parameters.get("Qualifier") or named.qualifier)
    return f"{arn}:{qualifier}" if operation in _QUALIFIED and qualifier else arn


def _keys(operation: str, parameters: Parameters) -> Keys:
    """https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html"""
    keys: dict[str, tuple[str, ...]] = {}
    members = {
        "lambda:layer": ["Layers"],
        "lambda:subnetids": ["VpcConfig", "SubnetIds"],
        "lambda:securitygroupids": ["VpcConfig", "SecurityGroupIds"],
        "lambda:codesigningconfigarn": ["CodeSigningConfigArn"],
    }
    if operation in ("AddPermission", "RemovePermission"):
        members = {
            "lambda:principal": ["Principal"],
            "lambda:functionurlauthtype": ["FunctionUrlAuthType"],
        }
    for key, path in members.items():
        if values := tuple(map(str, read_path(parameters, path))):
            keys[key] = values
    return keys
