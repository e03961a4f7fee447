"""Policy documents and their patterns.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
"""

import json
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.iam.policy import (
    PolicyUnreadable,
    Statement,
    VariableLookup,
    matches_pattern,
    parse_policy,
    substitute_variables,
)

TABLE = "arn:aws:dynamodb:eu-central-1:123456789012:table/items"


def no_variables(_: str) -> str | None:
    return None


def statement(version: str = "2012-10-17", **members: object) -> Statement:
    document = {"Version": version, "Statement": {"Effect": "Allow", **members}}
    return parse_policy(json.dumps(document)).statements[0]


@pytest.mark.parametrize(
    ("pattern", "action", "covered"),
    [
        ("*", "dynamodb:GetItem", True),
        ("dynamodb:*", "dynamodb:GetItem", True),
        ("dynamodb:Get*", "dynamodb:GetItem", True),
        ("dynamodb:getitem", "dynamodb:GetItem", True),
        ("DYNAMODB:Get?tem", "dynamodb:GetItem", True),
        ("dynamodb:Get", "dynamodb:GetItem", False),
        ("dynamodb.GetItem", "dynamodb:GetItem", False),
        ("iam:*", "dynamodb:GetItem", False),
    ],
)
def test_actions_match_without_regard_to_case(pattern: str, action: str, covered: bool) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html"""
    assert statement(Action=pattern).covers_action(action) is covered
    assert statement(NotAction=pattern).covers_action(action) is not covered
    assert statement(Action=["x:y", pattern]).covers_action(action) is covered


@pytest.mark.parametrize(
    ("pattern", "covered"),
    [
        ("*", True),
        (TABLE, True),
        ("arn:aws:dynamodb:*:*:table/items", True),
        ("arn:aws:dynamodb:*:table/item?", True),
        (TABLE.upper(), False),
        ("arn:aws:dynamodb:*:*:table/other", False),
        ("arn:aws:dynamodb:*:*:table/items/index/*", False),
    ],
)
def test_resources_match_with_regard_to_case(pattern: str, covered: bool) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html"""
    assert statement(Resource=[pattern]).covers_resource(TABLE, no_variables) is covered
    assert statement(NotResource=pattern).covers_resource(TABLE, no_variables) is not covered


def test_a_trust_policy_has_no_resources() -> None:
    assert statement(Action="sts:AssumeRole").covers_resource("arn:any", no_variables)


@given(st.text(alphabet="ab*?[]!.\n", max_size=8), st.text(alphabet="ab[]!.\n", max_size=8))
def test_wildcards_are_stars_and_question_marks_only(pattern: str, text: str) -> None:
    expected = fnmatchcase(text, pattern.replace("[", "[[]"))

    assert matches_pattern(pattern, text, None) is expected


def test_a_pattern_of_many_wildcards_takes_no_exponential_time() -> None:
    pattern, text = "a*" * 30 + "b", "a" * 300

    assert not matches_pattern(pattern, text, None)
    assert not matches_pattern("${name}" + pattern, "x" + text, lambda _: "x")
    assert not statement(Action=pattern).covers_action(text)


def test_a_variable_without_an_end_takes_no_cubic_time() -> None:
    pattern = "${" + " " * 5_000

    assert matches_pattern(pattern, pattern, no_variables)


NAMES = {"aws:username": "alice", "aws:principaltag/team": "a*b", "empty": ""}


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("home/${aws:username}", "home/alice", True),
        ("home/${aws:username}/*", "home/alice/x/y", True),
        ("home/${aws:username}", "home/bob", False),
        ("${aws:PrincipalTag/team, 'all'}", "a*b", True),
        ("${aws:PrincipalTag/team}", "aXb", False),
        ("${aws:PrincipalTag/none, 'all'}", "all", True),
        ("${aws:PrincipalTag/none}", "${aws:PrincipalTag/none}", False),
        ("a${*}b${?}c${$}", "a*b?c$", True),
        ("a${*}b", "axb", False),
    ],
)
def test_variables_have_the_requests_values(pattern: str, text: str, matches: bool) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html"""

    def lookup(name: str) -> str | None:
        return NAMES.get(name.lower())

    assert matches_pattern(pattern, text, lookup) is matches
    assert (substitute_variables(pattern, lookup) == text) is (matches and "/*" not in pattern)


def test_variables_are_plain_text_in_policies_of_the_old_version() -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html"""
    lookup: VariableLookup = NAMES.get
    old = statement("2008-10-17", Resource="home/${aws:username}")

    assert not old.covers_resource("home/alice", lookup)
    assert old.covers_resource("home/${aws:username}", lookup)
    assert statement(Resource="home/${aws:username}").covers_resource("home/alice", lookup)


def test_members_are_texts_or_lists_and_a_statement_may_stand_alone() -> None:
    one = statement(
        Sid="s",
        Action="a:b",
        Resource="*",
        Principal={"AWS": "arn", "Service": ["x", "y"]},
        Condition={"Bool": {"aws:SecureTransport": False}, "NumericEquals": {"k": [1, 2]}},
    )

    assert one.sid == "s"
    assert one.principals == {"AWS": ("arn",), "Service": ("x", "y")}
    assert one.conditions == {
        "Bool": {"aws:SecureTransport": ("false",)},
        "NumericEquals": {"k": ("1", "2")},
    }
    assert statement(Principal="*").principals == {"AWS": ("*",)}
    assert statement(NotPrincipal={"AWS": "a"}).not_principals == {"AWS": ("a",)}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "[" * 100_000,
        '{"Statement": [{}]}',
        '{"Statement": {"Effect": "Maybe"}}',
        '{"Statement": {"Effect": "Allow", "Condition": ["Bool"]}}',
        '{"Statement": {"Effect": "Allow", "Condition": {"Bool": "aws:SecureTransport"}}}',
    ],
)
def test_a_text_that_is_no_policy_is_an_error(text: str) -> None:
    with pytest.raises(PolicyUnreadable):
        parse_policy(text)
