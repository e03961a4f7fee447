"""Who may invoke a function by its policy."""

import pytest

from twin.core.lambda_.functions import ELB_PRINCIPAL
from twin.moto.lambda_.resource_policy import parse_permissions, qualifier_of
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


def test_a_statement_is_read() -> None:
    function = FakeFunction(
        {
            "Sid": "alb",
            "Action": "lambda:InvokeFunction",
            "Principal": {"Service": ELB_PRINCIPAL},
            "Resource": f"{FUNCTION}:live",
            "Condition": {"ArnLike": {"AWS:SourceArn": GROUP}},
        },
        {"Sid": "all", "Action": "lambda:*", "Principal": "*", "Resource": FUNCTION},
    )

    assert parse_permissions(function) == (
        FunctionPermission(
            statement_id="alb",
            action="lambda:InvokeFunction",
            principal=ELB_PRINCIPAL,
            source_arn=GROUP,
            qualifier="live",
        ),
        FunctionPermission(statement_id="all", action="lambda:*", principal="*"),
    )


@pytest.mark.parametrize(("suffix", "qualifier"), [("", ""), (":live", "live"), (":1", "1")])
def test_the_qualifier_is_the_end_of_the_arn(suffix: str, qualifier: str) -> None:
    assert qualifier_of(FUNCTION + suffix) == qualifier
