"""Condition operators, one row for each rule of AWS's page.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

import json
from typing import Any

import pytest

from twin.iam.conditions import RequestContext, conditions_hold
from twin.iam.policy import parse_policy

CONTEXT = {
    "aws:username": ("alice",),
    "aws:principalarn": ("arn:aws:iam::123456789012:role/path/deployer",),
    "aws:currenttime": ("2026-05-04T12:00:00Z",),
    "aws:epochtime": ("1777896000",),
    "aws:sourceip": ("127.210.7.1",),
    "aws:securetransport": ("true",),
    "aws:tagkeys": ("team", "stage"),
    "s3:max-keys": ("10",),
    "binary": ("QmFzZTY0",),
}


def holds(operator: str, key: str, value: object, **values: tuple[str, ...]) -> bool:
    document = {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Condition": {operator: {key: value}}},
    }
    (statement,) = parse_policy(json.dumps(document)).statements
    return conditions_hold(statement, RequestContext(values={**CONTEXT, **values}))


ROWS: list[tuple[str, str, Any, bool]] = [
    ("StringEquals", "aws:username", "alice", True),
    ("StringEquals", "AWS:UserName", ["bob", "alice"], True),
    ("StringEquals", "aws:username", "Alice", False),
    ("StringEquals", "aws:username", "${aws:username}", True),
    ("StringEquals", "aws:username", "${aws:nothing}", False),
    ("StringNotEquals", "aws:username", "bob", True),
    ("StringNotEquals", "aws:username", ["bob", "alice"], False),
    ("StringEqualsIgnoreCase", "aws:username", "ALICE", True),
    ("StringNotEqualsIgnoreCase", "aws:username", "ALICE", False),
    ("StringLike", "aws:username", "al*", True),
    ("StringLike", "aws:username", "?lice", True),
    ("StringLike", "aws:username", "AL*", False),
    ("StringEquals", "aws:username", "al*", False),
    ("StringNotLike", "aws:username", "al*", False),
    ("NumericEquals", "s3:max-keys", 10, True),
    ("NumericEquals", "s3:max-keys", "10.0", True),
    ("NumericNotEquals", "s3:max-keys", 10, False),
    ("NumericLessThan", "s3:max-keys", 10, False),
    ("NumericLessThanEquals", "s3:max-keys", 10, True),
    ("NumericGreaterThan", "s3:max-keys", 9, True),
    ("NumericGreaterThanEquals", "s3:max-keys", 11, False),
    ("NumericEquals", "aws:username", 1, False),
    ("DateLessThan", "aws:CurrentTime", "2026-05-04T12:00:01Z", True),
    ("DateLessThan", "aws:CurrentTime", "2026-05-04T12:00:00Z", False),
    ("DateLessThanEquals", "aws:CurrentTime", "2026-05-04T12:00:00Z", True),
    ("DateGreaterThan", "aws:CurrentTime", "2026-05-04", True),
    ("DateGreaterThanEquals", "aws:EpochTime", "2026-05-04T12:00:00Z", True),
    ("DateEquals", "aws:CurrentTime", "1777896000", True),
    ("DateNotEquals", "aws:CurrentTime", "1777896000", False),
    ("DateEquals", "aws:username", "1777896000", False),
    ("Bool", "aws:SecureTransport", True, True),
    ("Bool", "aws:SecureTransport", "false", False),
    ("BinaryEquals", "binary", "ü", False),
    ("BinaryEquals", "binary", "QmFzZTY0", True),
    ("BinaryEquals", "binary", "QmFzZTY1", False),
    ("BinaryEquals", "binary", "no base64", False),
    ("IpAddress", "aws:SourceIp", "127.210.0.0/16", True),
    ("IpAddress", "aws:SourceIp", ["10.0.0.0/8", "127.210.7.1"], True),
    ("IpAddress", "aws:SourceIp", "2001:db8::/32", False),
    ("NotIpAddress", "aws:SourceIp", "127.210.0.0/16", False),
    ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/path/*", True),
    ("ArnEquals", "aws:PrincipalArn", "arn:aws:iam::123456789012:role/*", True),
    ("ArnLike", "aws:PrincipalArn", "arn:aws:*:role/path/deployer", False),
    ("ArnLike", "aws:PrincipalArn", "*", True),
    ("ArnNotLike", "aws:PrincipalArn", "arn:aws:iam::*:user/*", True),
    ("ArnNotEquals", "aws:PrincipalArn", "arn:aws:iam::*:role/*", False),
    ("Null", "aws:username", "false", True),
    ("Null", "aws:username", True, False),
    ("Null", "aws:nothing", "True", True),
    ("Null", "aws:nothing", "false", False),
    # A key that the request does not have.
    ("StringEquals", "aws:nothing", "x", False),
    ("StringNotEquals", "aws:nothing", "x", True),
    ("NotIpAddress", "aws:nothing", "10.0.0.0/8", True),
    ("NumericLessThan", "aws:nothing", 1, False),
    ("StringEqualsIfExists", "aws:nothing", "x", True),
    ("StringEqualsIfExists", "aws:username", "x", False),
    ("BoolIfExists", "aws:nothing", "true", True),
    # Several values in the request.
    ("ForAllValues:StringEquals", "aws:TagKeys", ["team", "stage", "owner"], True),
    ("ForAllValues:StringEquals", "aws:TagKeys", ["team"], False),
    ("ForAllValues:StringEquals", "aws:nothing", ["x"], True),
    ("ForAnyValue:StringEquals", "aws:TagKeys", ["stage"], True),
    ("ForAnyValue:StringEquals", "aws:TagKeys", ["owner"], False),
    ("ForAnyValue:StringEquals", "aws:nothing", ["x"], False),
    ("ForAllValues:StringNotLike", "aws:TagKeys", ["own*"], True),
    ("ForAllValues:StringNotLike", "aws:TagKeys", ["te*"], False),
    ("ForAnyValue:StringNotEquals", "aws:TagKeys", ["team"], True),
    ("ForAnyValue:StringNotEquals", "aws:nothing", ["team"], False),
    ("ForAllValues:StringEqualsIfExists", "aws:TagKeys", ["team"], False),
    # What is not known never holds.
    ("StringSounds", "aws:username", "alice", False),
    ("ForSome:StringEquals", "aws:username", "alice", False),
]


@pytest.mark.parametrize(("operator", "key", "value", "expected"), ROWS)
def test_an_operator_compares_as_documented(
    operator: str, key: str, value: object, expected: bool
) -> None:
    assert holds(operator, key, value) is expected


def test_all_conditions_of_a_statement_must_hold() -> None:
    document = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Condition": {
                "StringEquals": {"aws:username": "alice", "aws:principaltype": "User"},
                "Bool": {"aws:SecureTransport": "true"},
            },
        },
    }
    (statement,) = parse_policy(json.dumps(document)).statements

    assert not conditions_hold(statement, RequestContext(values=CONTEXT))
    complete = {**CONTEXT, "aws:principaltype": ("User",)}
    assert conditions_hold(statement, RequestContext(values=complete))


def test_tags_of_the_resource_are_read_only_when_a_policy_names_them() -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html"""
    reads = []

    def read_tags() -> dict[str, str]:
        reads.append(1)
        return {"Team": "core"}

    context = RequestContext(values=CONTEXT, read_resource_tags=read_tags)

    assert context.get("aws:username") == ("alice",)
    assert reads == []
    assert context.get("aws:ResourceTag/team") == ("core",)
    assert context.get("ec2:ResourceTag/Team") == ("core",)
    assert context.get("aws:ResourceTag/other") is None


def test_only_a_key_with_one_value_is_a_variable() -> None:
    context = RequestContext(values=CONTEXT)

    assert context.variable("aws:username") == "alice"
    assert context.variable("aws:TagKeys") is None
