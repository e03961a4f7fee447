"""An invalid configuration ends the program before any resource is declared."""

import re
from typing import Any

import pulumi
import pytest
import yaml

from tests.infra.graph import PROJECT, ROOT, build_graph


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
        pulumi.RunError, match="must also name acm, apigatewayv2, cloudwatch, dynamodb, ec2, elbv2"
    ):
        build_graph("prod", target="twin")


# -- Pulumi.yaml, by which the Pulumi CLI checks a stack's file before the program starts

PROJECT_FILE = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
STACKS = [path.name for path in sorted(ROOT.glob("Pulumi.*.yaml"))]


def own_values(stack: str) -> dict[str, Any]:
    """The project's own values in a stack's file, by their names."""
    config = yaml.safe_load((ROOT / stack).read_text())["config"]
    return {
        key.removeprefix(f"{PROJECT}:"): value
        for key, value in config.items()
        if key.startswith(f"{PROJECT}:")
    }


def is_encrypted(value: object) -> bool:
    return isinstance(value, dict) and set(value) == {"secure"}


def has_type(value: object, declared: dict[str, Any]) -> bool:
    """Whether the CLI takes the value: a stack's file may have numbers and booleans as text."""
    match declared["type"]:
        case "array":
            items = declared["items"]
            return isinstance(value, list) and all(has_type(one, items) for one in value)
        case "object":
            return isinstance(value, dict)
        case "integer":
            return re.fullmatch(r"-?\d+", str(value)) is not None
        case "boolean":
            return str(value).lower() in ("true", "false")
        case _:
            return isinstance(value, str)


def test_there_are_stacks() -> None:
    assert {"Pulumi.local.yaml", "Pulumi.prod.yaml"} <= set(STACKS)


@pytest.mark.parametrize("stack", STACKS)
def test_a_stack_sets_declared_keys_to_values_of_their_types(stack: str) -> None:
    """https://www.pulumi.com/docs/iac/concepts/config/#project-level-configuration"""
    for name, value in own_values(stack).items():
        assert name in PROJECT_FILE, f"{stack}: {name} is not declared in Pulumi.yaml"
        if not is_encrypted(value):
            assert has_type(value, PROJECT_FILE[name]), f"{stack}: {name}"


@pytest.mark.parametrize("stack", STACKS)
def test_a_stack_has_each_secret_as_pulumi_yaml_declares_it(stack: str) -> None:
    """The CLI refuses a value in the open where the project declares the key as secret."""
    for name, value in own_values(stack).items():
        if PROJECT_FILE[name].get("secret", False):
            assert is_encrypted(value), f"{stack}: {name} must be encrypted"


def test_no_stack_on_aws_has_a_key_of_hits_in_the_open() -> None:
    for stack in STACKS:
        values = own_values(stack)
        if values["target"] == "aws" and "hits_secret" in values:
            assert is_encrypted(values["hits_secret"]), stack


def test_a_default_has_the_type_of_its_key() -> None:
    for name, declared in PROJECT_FILE.items():
        if "default" in declared:
            assert has_type(declared["default"], declared), name
