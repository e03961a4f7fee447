"""Names, versions and permissions of Lambda functions.

Decides which version an invocation runs, and whether a principal may invoke it.
"""

import fnmatch
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from twin.topology.model import (
    FunctionAlias,
    FunctionPermission,
    FunctionVersion,
    LambdaFunction,
)

LATEST = "$LATEST"
ELB_PRINCIPAL = "elasticloadbalancing.amazonaws.com"

_NAME = re.compile(
    r"(?:arn:aws[a-z-]*:lambda:(?P<region>[a-z0-9-]+):)?(?:(?P<account>\d{12}):)?"
    r"(?:function:)?(?P<name>[A-Za-z0-9_-]{1,64})(?::(?P<qualifier>\$LATEST|[A-Za-z0-9_-]{1,128}))?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionName:
    """A function as a caller names it."""

    name: str
    qualifier: str = ""
    """Version or alias; empty for `$LATEST`."""
    region: str = ""
    """Empty when the name has no Region."""


def parse_function_name(text: str) -> FunctionName | None:
    """Parse a name, a partial ARN or an ARN, each with an optional qualifier; None if malformed.

    https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_RequestParameters
    """
    found = _NAME.fullmatch(text)
    if found is None:
        return None
    return FunctionName(
        name=found["name"], qualifier=found["qualifier"] or "", region=found["region"] or ""
    )


def split_qualifier(arn: str) -> tuple[str, str, str]:
    """Of an ARN with or without a qualifier: the function's ARN, its name, the qualifier."""
    named = parse_function_name(arn)
    if named is None:
        return arn, "", ""
    if not named.qualifier:
        return arn, named.name, ""
    return arn.removesuffix(f":{named.qualifier}"), named.name, named.qualifier


def group_qualifiers(arns: Iterable[str]) -> dict[str, frozenset[str]]:
    """ARNs with or without a qualifier -> of each function's ARN the qualifiers."""
    grouped: defaultdict[str, set[str]] = defaultdict(set)
    for function, _, qualifier in map(split_qualifier, arns):
        grouped[function].add(qualifier)
    return {function: frozenset(qualifiers) for function, qualifiers in grouped.items()}


def check_same_qualifier(in_name: str, given: str) -> str:
    """What is wrong with the qualifiers of a name and of a parameter; empty if nothing."""
    if in_name and given and in_name != given:
        return (
            "The derived qualifier from the function name does not match the specified qualifier."
        )
    return ""


def describe_other_region(named: str, called: str) -> str:
    """Lambda's message for the ARN of a function in another Region than the called one."""
    return f"Functions from '{named}' are not reachable in this region ('{called}')"


def choose_version(function: LambdaFunction, qualifier: str, draw: float) -> FunctionVersion | None:
    """Choose the version that an invocation runs; `draw` in [0, 1) decides between weights.

    https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
    """
    wanted = qualifier or LATEST
    for alias in function.aliases:
        if alias.name == wanted:
            wanted = _draw_version(alias, draw)
            break
    return next((v for v in function.versions if v.version == wanted), None)


def _draw_version(alias: FunctionAlias, draw: float) -> str:
    for version, share in sorted(alias.additional_weights.items()):
        draw -= share
        if draw < 0:
            return version
    return alias.version


def possible_versions(function: LambdaFunction, qualifier: str) -> frozenset[str]:
    """All versions that an invocation of the qualifier may run."""

    wanted = qualifier or LATEST
    for alias in function.aliases:
        if alias.name == wanted:
            return frozenset({alias.version, *alias.additional_weights})
    return frozenset({wanted})


def may_invoke(
    permissions: Iterable[FunctionPermission], qualifier: str, *, principal: str, source_arn: str
) -> bool:
    """Whether a function's resource policy lets the principal invoke exactly this qualifier.

    A statement on the function itself does not cover its aliases and versions.
    https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
    """
    return any(
        permission.qualifier == qualifier
        and permission.principal in (principal, "*")
        and fnmatch.fnmatchcase("lambda:InvokeFunction", permission.action)
        and (not permission.source_arn or fnmatch.fnmatchcase(source_arn, permission.source_arn))
        for permission in permissions
    )
