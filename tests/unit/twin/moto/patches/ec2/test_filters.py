"""Filters of EC2 match as AWS documents them, in no time, and have AWS's limits."""

import pytest

from twin.moto.patches.ec2.filters import exceeds_limits, matches_filter


@pytest.mark.parametrize(
    ("pattern", "value", "matches"),
    [
        ("sg-1", "sg-1", True),
        ("sg-1", "sg-12", False),
        ("", "", True),
        ("", "a", False),
        ("*", "", True),
        ("sg-*", "sg-12", True),
        ("*-1*", "sg-12", True),
        ("*a*b", "aab", True),
        ("*a*b", "aabc", False),
        ("x*a", "a", False),
        ("a?c", "abc", True),
        ("ab?", "ab", True),
        ("a?c", "abbc", False),
        (r"\*", "*", True),
        (r"\*", "a", False),
        (r"a\?", "ab", False),
        (r"a\\b", r"a\b", True),
        ("a.c", "abc", False),
        ("[a]", "[a]", True),
        ("(a", "(a", True),
        ("80", 80, True),
        ("*" * 10_000 + "b", "a" * 255, False),
        ("*a" * 10_000 + "b", "a" * 255, False),
    ],
)
def test_a_filter_matches_as_on_aws(pattern: str, value: object, matches: bool) -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html."""
    assert matches_filter(pattern, value) is matches


@pytest.mark.parametrize(
    ("filters", "exceeds"),
    [
        (None, False),
        ([], False),
        ([{"Name": "vpc-id"}], False),
        ([{"Name": "vpc-id", "Values": ["a" * 255] * 200}], False),
        ([{"Name": f"tag:{n}", "Values": ["a"] * 4} for n in range(50)], False),
        ([{"Name": "vpc-id", "Values": ["a" * 256]}], True),
        ([{"Name": "vpc-id", "Values": ["a"] * 201}], True),
        ([{"Name": f"tag:{n}", "Values": ["a"]} for n in range(51)], True),
    ],
)
def test_filters_have_limits(filters: object, exceeds: bool) -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html"""
    assert exceeds_limits({"Filters": filters}) is exceeds
