"""Who may invoke a function by its policy."""

import pytest

from twin.moto.resource_policy import LOAD_BALANCING, may_invoke, parse_permissions, qualifier_of
from twin.topology.model import FunctionPermission

GROUP = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/app/1"
FUNCTION = "arn:aws:lambda:eu-central-1:123456789012:function:app"


class FakePolicy:
    """A policy as moto keeps it."""

    def __init__(self, *statements: dict[str, object]) -> None:
        """With these statements."""
        self.statements = statements


class FakeFunction:
    """A function as moto keeps it."""

    def __init__(self, *statements: dict[str, object]) -> None:
        """With these statements."""
        self.policy = FakePolicy(*statements)


def granted(**changes: str) -> tuple[FunctionPermission, ...]:
    """One permission, as the deployment gives it, changed."""
    fields = {
        "statement_id": "alb",
        "action": "lambda:InvokeFunction",
        "principal": LOAD_BALANCING,
        "source_arn": GROUP,
        "qualifier": "live",
    }
    return (FunctionPermission(**(fields | changes)),)


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
    assert may_invoke(granted(**changes), LOAD_BALANCING, GROUP, "live") is allowed


def test_a_statement_is_read() -> None:
    function = FakeFunction(
        {
            "Sid": "alb",
            "Action": "lambda:InvokeFunction",
            "Principal": {"Service": LOAD_BALANCING},
            "Resource": f"{FUNCTION}:live",
            "Condition": {"ArnLike": {"AWS:SourceArn": GROUP}},
        },
        {"Sid": "all", "Action": "lambda:*", "Principal": "*", "Resource": FUNCTION},
    )

    assert parse_permissions(function) == (
        *granted(),
        FunctionPermission(statement_id="all", action="lambda:*", principal="*"),
    )


@pytest.mark.parametrize(("suffix", "qualifier"), [("", ""), (":live", "live"), (":1", "1")])
def test_the_qualifier_is_the_end_of_the_arn(suffix: str, qualifier: str) -> None:
    assert qualifier_of(FUNCTION + suffix) == qualifier
