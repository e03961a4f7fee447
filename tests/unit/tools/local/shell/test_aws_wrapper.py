"""The `aws` of a twin's shell, and what it does not do."""

from pathlib import Path

import pytest

from common.twin_keys import is_twin_key
from tools.local.shell.aws_wrapper import adapt_arguments, adapt_variables
from tools.local.shell.environment_file import aws_variables
from twin.errors import UsageError
from twin.runtime.instance import Instance

TWIN = Instance(Path("/checkout/.twin"), 3)
REAL = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "real",
    "AWS_SESSION_TOKEN": "real",
    "AWS_PROFILE": "real",
    "AWS_CONFIG_FILE": "/home/me/.aws/config",
    "AWS_WEB_IDENTITY_TOKEN_FILE": "/token",
    "AWS_ENDPOINT_URL_SQS": "https://sqs.eu-central-1.amazonaws.com",
}
USUAL = {"PATH": "/bin", "AWS_REGION": "us-west-2"}


def test_every_call_names_the_endpoint() -> None:
    """aws-cli 1 would send this one to AWS: its own endpoints precede AWS_ENDPOINT_URL."""
    assert adapt_arguments(["sqs", "list-queues"], TWIN) == [
        "--endpoint-url",
        "http://127.0.0.1:4569",
        "sqs",
        "list-queues",
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--endpoint-url", "http://127.0.0.1:4570", "sts", "get-caller-identity"],
        ["sts", "get-caller-identity", "--endpoint-url=http://localhost:4570"],
        ["sts", "get-caller-identity", "--endpoint", "http://127.0.0.1:4570"],
    ],
)
def test_another_endpoint_on_this_machine_is_the_callers_choice(arguments: list[str]) -> None:
    assert adapt_arguments(arguments, TWIN) == arguments


@pytest.mark.parametrize(
    "arguments",
    [
        ["--endpoint-url", "https://sqs.eu-central-1.amazonaws.com", "sqs", "list-queues"],
        ["sqs", "list-queues", "--endp=https://sqs.eu-central-1.amazonaws.com"],
        ["sqs", "list-queues", "--endpoint-url"],
        ["--profile", "prod", "sqs", "list-queues"],
        ["sqs", "list-queues", "--prof=prod"],
    ],
)
def test_an_option_that_leads_elsewhere_is_refused_before_the_call(arguments: list[str]) -> None:
    with pytest.raises(UsageError, match=r"acts on the twin in /checkout/\.twin.*use a shell"):
        adapt_arguments(arguments, TWIN)


def test_options_of_a_command_are_left_alone() -> None:
    arguments = ["ec2", "describe-vpcs", "--ecs", "--query", "Vpcs", "--properties", "x"]

    assert adapt_arguments(arguments, TWIN)[2:] == arguments


def test_in_another_shell_nothing_of_the_users_own_is_left() -> None:
    assert adapt_variables(USUAL | REAL, TWIN) == USUAL | aws_variables(TWIN)


def test_in_the_twins_shell_the_keys_of_a_role_of_the_twin_are_used() -> None:
    role = {
        "AWS_ACCESS_KEY_ID": "ASIAQ3EGTHEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "of the role",
        "AWS_SESSION_TOKEN": "of the role",
    }

    adapted = adapt_variables(aws_variables(TWIN) | role | {"AWS_CONFIG_FILE": "/real"}, TWIN)

    assert {name: adapted[name] for name in role} == role
    assert adapted["AWS_CONFIG_FILE"] == "/checkout/.twin/aws/config"
    assert is_twin_key(adapt_variables(aws_variables(TWIN), TWIN)["AWS_ACCESS_KEY_ID"])
