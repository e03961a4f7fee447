"""An invalid configuration ends the program before any resource is declared."""

import pulumi
import pytest

from tests.infra.graph import build_graph


def test_the_preview_ends_with_every_problem() -> None:
    with pytest.raises(pulumi.RunError) as caught:
        build_graph("prod", regions=["eu-central-1"], dials={"eu-central-1": 120})

    message = str(caught.value)
    assert "stack 'prod'" in message
    assert 'muster:regions = ["eu-central-1"]: must name two Regions or more' in message
    assert "muster:dials" in message
    assert "a number from 0 to 100" in message


def test_the_stack_for_aws_refuses_the_twins_endpoints() -> None:
    with pytest.raises(pulumi.RunError, match="points to this machine"):
        build_graph("local", target="aws")


def test_the_twins_stack_needs_endpoints() -> None:
    with pytest.raises(
        pulumi.RunError, match="must also name acm, apigatewayv2, dynamodb, ec2, elbv2"
    ):
        build_graph("prod", target="twin")
