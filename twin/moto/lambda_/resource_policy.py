"""Reads the resource policy of a function as moto keeps it."""

from typing import Any

from twin.topology.model import FunctionPermission


def parse_permissions(function: Any) -> tuple[FunctionPermission, ...]:
    """Parse all statements of a function's policy, for the function and its qualifiers."""
    return tuple(_permission(statement) for statement in function.policy.statements)


def qualifier_of(resource: str) -> str:
    """The qualifier in a function's ARN; empty without one."""
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
