"""Names, versions and permissions of functions."""

import random

import pytest

from twin.core.lambda_.functions import (
    ELB_PRINCIPAL,
    FunctionName,
    choose_version,
    group_qualifiers,
    may_invoke,
    parse_function_name,
    possible_versions,
)
from twin.topology.model import FunctionAlias, FunctionPermission, FunctionVersion, LambdaFunction

ARN = "arn:aws:lambda:us-west-2:123456789012:function:app"
GROUP = "arn:aws:elasticloadbalancing:us-west-2:123456789012:targetgroup/app/0123"


def version(name: str) -> FunctionVersion:
    return FunctionVersion(
        version=name,
        handler="app.handler",
        runtime="python3.13",
        timeout_s=4,
        memory_mb=128,
        code_sha256="0" * 64,
    )


def function(*permissions: FunctionPermission) -> LambdaFunction:
    return LambdaFunction(
        arn=ARN,
        name="app",
        versions=(version("$LATEST"), version("1"), version("2")),
        aliases=(FunctionAlias(name="live", version="1", additional_weights={"2": 0.25}),),
        permissions=permissions,
    )


def permission(
    *,
    action: str = "lambda:InvokeFunction",
    principal: str = ELB_PRINCIPAL,
    source_arn: str = GROUP,
    qualifier: str = "live",
) -> FunctionPermission:
    return FunctionPermission(
        statement_id="alb",
        action=action,
        principal=principal,
        source_arn=source_arn,
        qualifier=qualifier,
    )


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("app", FunctionName(name="app")),
        ("app:live", FunctionName(name="app", qualifier="live")),
        ("app:$LATEST", FunctionName(name="app", qualifier="$LATEST")),
        ("123456789012:function:app", FunctionName(name="app")),
        ("function:app", FunctionName(name="app")),
        (ARN, FunctionName(name="app", region="us-west-2")),
        (f"{ARN}:7", FunctionName(name="app", qualifier="7", region="us-west-2")),
        ("no such/name", None),
        ("", None),
        ("a" * 65, None),
    ],
)
def test_a_function_name_has_several_forms(text: str, name: FunctionName | None) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_RequestParameters"""
    assert parse_function_name(text) == name


@pytest.mark.parametrize(
    ("qualifier", "draw", "expected"),
    [
        ("", 0.5, "$LATEST"),
        ("$LATEST", 0.5, "$LATEST"),
        ("2", 0.5, "2"),
        ("live", 0.25, "1"),
        ("live", 0.24, "2"),
        ("absent", 0.5, None),
    ],
)
def test_a_qualifier_leads_to_a_version(qualifier: str, draw: float, expected: str | None) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html"""
    found = choose_version(function(), qualifier, draw)

    assert (found and found.version) == expected


def test_an_alias_with_weights_shares_its_invocations() -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html"""
    rng = random.Random(3)
    app = function()

    second = sum(
        (found := choose_version(app, "live", rng.random())) is not None and found.version == "2"
        for _ in range(4000)
    )

    assert abs(second - 1000) < 120


def test_all_possible_versions_of_a_qualifier_are_known() -> None:
    assert possible_versions(function(), "live") == {"1", "2"}
    assert possible_versions(function(), "") == {"$LATEST"}


@pytest.mark.parametrize(
    ("given", "qualifier", "source", "allowed"),
    [
        (permission(), "live", GROUP, True),
        (permission(action="lambda:*"), "live", GROUP, True),
        (permission(action="lambda:GetFunction"), "live", GROUP, False),
        (permission(qualifier=""), "live", GROUP, False),
        (permission(), "", GROUP, False),
        (permission(), "live", GROUP + "x", False),
    ],
)
def test_a_permission_is_for_one_qualifier_and_one_source(
    given: FunctionPermission, qualifier: str, source: str, allowed: bool
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html#prepare-lambda-function"""
    found = may_invoke((given,), qualifier, principal=ELB_PRINCIPAL, source_arn=source)

    assert found is allowed


@pytest.mark.parametrize("source", ["", "arn:aws:elasticloadbalancing:us-west-2:*:targetgroup/*"])
def test_a_permission_may_have_wildcards(source: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html"""
    wide = FunctionPermission(
        statement_id="w", action="lambda:InvokeFunction", principal=ELB_PRINCIPAL, source_arn=source
    )

    assert may_invoke((wide,), "", principal=ELB_PRINCIPAL, source_arn=GROUP)
    assert not may_invoke((wide,), "", principal="s3.amazonaws.com", source_arn=GROUP)


@pytest.mark.parametrize(
    ("changes", "allowed"),
    [
        ({}, True),
        ({"source_arn": ""}, True),
        ({"source_arn": GROUP[:-1] + "*"}, True),
        ({"source_arn": GROUP + "0"}, False),
        ({"principal": "*"}, True),
        ({"principal": "sns.amazonaws.com"}, False),
        ({"action": "lambda:*"}, True),
        ({"action": "lambda:GetFunction"}, False),
        ({"qualifier": ""}, False),
        ({"qualifier": "1"}, False),
    ],
)
def test_each_part_of_a_statement_counts(changes: dict[str, str], allowed: bool) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html."""
    granted = permission(**changes)

    assert may_invoke((granted,), "live", principal=ELB_PRINCIPAL, source_arn=GROUP) is allowed


def test_the_qualifiers_of_each_function_are_grouped() -> None:
    other = f"{ARN}-2"

    grouped = group_qualifiers((f"{ARN}:live", other, f"{ARN}:1", ARN, f"{ARN}:live"))

    assert grouped == {ARN: frozenset({"", "1", "live"}), other: frozenset({""})}
