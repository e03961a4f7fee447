"""A function's resource policy, as moto keeps it, and who may invoke by it."""

import fnmatch
from typing import Any

from twin.topology.model import FunctionPermission

LOAD_BALANCING = "elasticloadbalancing.amazonaws.com"


def parse_permissions(function: Any) -> tuple[FunctionPermission, ...]:
    """All statements of a function's policy, on the function and on its qualifiers."""
    return tuple(_permission(statement) for statement in function.policy.statements)


def may_invoke(
    granted: tuple[FunctionPermission, ...], principal: str, source_arn: str, qualifier: str
) -> bool:
    """Whether the service may invoke that qualifier for that source.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
    A permission on the function does not hold for an alias.
    """
    return any(
        permission.qualifier == qualifier
        and fnmatch.fnmatchcase("lambda:InvokeFunction", permission.action)
        and permission.principal in ("*", principal)
        and (not permission.source_arn or fnmatch.fnmatchcase(source_arn, permission.source_arn))
        for permission in granted
    )


def qualifier_of(resource: str) -> str:
    """The qualifier in a function's ARN, or nothing."""
    return ":".join(resource.split(":")[7:])


def _permission(statement: dict[str, Any]) -> FunctionPermission:
    return FunctionPermission(
        statement_id=statement.get("Sid", ""),
        action=statement.get("Action", ""),
        principal=_principal(statement.get("Principal", "")),
        source_arn=_source_arn(statement.get("Condition") or {}),
        qualifier=qualifier_of(statement.get("Resource", "")),
    )


def _principal(principal: Any) -> str:
    if isinstance(principal, dict):
        return str(next(iter(principal.values()), ""))
    return str(principal)


def _source_arn(condition: dict[str, dict[str, str]]) -> str:
    for operands in condition.values():
        for key, value in operands.items():
            if key.lower() == "aws:sourcearn":
                return value
    return ""
