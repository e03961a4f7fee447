"""What `.twin/bin/pulumi` sees in a command line."""

import pytest

from tools.local import pulumi_arguments
from tools.local.pulumi_arguments import parse, with_config_file


@pytest.mark.parametrize(
    "line",
    [
        "up",
        "update --yes",
        "preview --diff",
        "pre",
        "refresh -y",
        "destroy",
        "dn",
        "import aws:ec2/vpc:Vpc x vpc-1",
        "watch",
        "logs -f",
        "--color never up",
        "-C elsewhere up",
        "-v=9 --logtostderr up",
    ],
)
def test_commands_that_read_the_configuration_are_known(line: str) -> None:
    assert parse(line.split()).reads_config()


@pytest.mark.parametrize(
    "line",
    [
        "",
        "--version",
        "config set up 1",
        "stack select local",
        "stack output --stack local",
        "cancel",
        "-C up stack",
        "up --config-file other.yaml",
        "up --config-file=other.yaml",
    ],
)
def test_everything_else_is_left_alone(line: str) -> None:
    assert not parse(line.split()).reads_config()


@pytest.mark.parametrize(
    ("line", "stack"),
    [
        ("up", ""),
        ("up --stack local", "local"),
        ("up --stack=organization/muster/local", "local"),
        ("up -s prod", "prod"),
        ("up -sprod", "prod"),
        ("up --stack", ""),
        ("--stack local up --skip-preview", "local"),
    ],
)
def test_the_stack_is_found_in_every_spelling(line: str, stack: str) -> None:
    assert parse(line.split()).stack == stack


def test_the_folder_is_found() -> None:
    assert parse(["-C", "sub", "up"]).folder == "sub"
    assert parse(["--cwd=sub", "up"]).folder == "sub"
    assert parse(["up"]).folder == ""


def test_the_option_is_added_before_what_is_not_for_pulumi() -> None:
    assert with_config_file(["up", "-y"], "f") == ["up", "-y", "--config-file", "f"]
    assert with_config_file(["up", "--", "x"], "f") == ["up", "--config-file", "f", "--", "x"]


def test_the_stack_of_a_qualified_name() -> None:
    assert pulumi_arguments.stack_name("organization/muster/local") == "local"
    assert pulumi_arguments.stack_name("local") == "local"
