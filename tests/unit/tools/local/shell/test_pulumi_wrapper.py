"""When `.twin/bin/pulumi` uses an adapted stack file."""

import json
from pathlib import Path

import pytest

from common.twin_keys import ANY_SECRET
from tools.local.shell import pulumi_wrapper
from tools.local.shell.pulumi_wrapper import ROOT, parse_pulumi_arguments, with_config_file
from tools.local.stack.stack_config import DEFAULT_PORT, StackCredentials
from twin.errors import SettingsError
from twin.runtime.instance import Instance


def test_commands_in_another_project_are_not_changed(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: other\n")

    arguments = ["up", "--stack", "local"]

    assert pulumi_wrapper.adapt_arguments(arguments, {"TWIN_INSTANCE": "3"}, tmp_path) == arguments


def test_commands_for_another_stack_are_not_changed() -> None:
    arguments = ["preview", "--stack", "prod"]

    assert pulumi_wrapper.adapt_arguments(arguments, {"TWIN_INSTANCE": "3"}, ROOT) == arguments


def test_pulumi_is_not_given_the_wrappers_own_option() -> None:
    arguments = ["up", "--during-drill", "--stack", "prod", "--", "--during-drill"]

    adapted = pulumi_wrapper.adapt_arguments(arguments, {"TWIN_INSTANCE": "3"}, ROOT)

    assert adapted == ["up", "--stack", "prod", "--", "--during-drill"]


def test_the_lock_of_a_killed_pulumi_is_removed_and_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    instance = Instance(tmp_path, 3)
    lock = instance.home / "backend" / ".pulumi" / "locks" / "organization" / "x.json"
    lock.parent.mkdir(parents=True)
    lock.write_text(json.dumps({"pid": 2**22 + 1}))
    own = {"TWIN_HOME": str(tmp_path), "TWIN_INSTANCE": "3"}
    backend = {"PULUMI_BACKEND_URL": f"file://{instance.home / 'backend'}"}

    pulumi_wrapper.adapt_arguments(["preview", "--stack", "local"], own | backend, ROOT)
    pulumi_wrapper.adapt_arguments(["up", "--stack", "local"], own, ROOT)  # in another backend
    assert lock.exists()
    pulumi_wrapper.adapt_arguments(["up", "--stack", "local"], own | backend, ROOT)

    assert not lock.exists()
    assert "removed 1 lock of a Pulumi that was killed" in capsys.readouterr().err


def test_a_twin_without_a_stack_is_told_before_pulumi_looks_for_it(tmp_path: Path) -> None:
    environ = {
        "TWIN_HOME": str(tmp_path),
        "TWIN_INSTANCE": "3",
        "PULUMI_BACKEND_URL": f"file://{tmp_path / 'backend'}",
    }

    for arguments in (["up", "--stack", "local"], ["stack", "output", "--stack", "local"]):
        with pytest.raises(SettingsError, match="has no stack; `make up` makes it first"):
            pulumi_wrapper.adapt_arguments(arguments, environ, ROOT)
    assert pulumi_wrapper.adapt_arguments(["version"], environ, ROOT) == ["version"]


def test_pulumi_runs_as_whoever_the_twins_shell_is(tmp_path: Path) -> None:
    instance = Instance(tmp_path, 0)
    role = {"AWS_ACCESS_KEY_ID": "ASIA", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t"}

    own = pulumi_wrapper.find_credentials(instance, role)
    shell = pulumi_wrapper.find_credentials(
        instance, {**role, "AWS_ENDPOINT_URL": instance.endpoint_url}
    )

    assert own == StackCredentials(access_key=instance.access_key, secret_key=ANY_SECRET)
    assert shell == StackCredentials(access_key="ASIA", secret_key="s", token="t")


def test_the_project_is_found_from_a_subfolder(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: other\n")
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)

    assert pulumi_wrapper.find_project(inner) == tmp_path
    assert pulumi_wrapper.find_project(tmp_path.parent) is None


def test_the_selected_stack_is_read_from_pulumis_workspace_file(tmp_path: Path) -> None:
    project = tmp_path / "project"
    digest = pulumi_wrapper._digest(project)
    workspaces = tmp_path / "home" / "workspaces"
    workspaces.mkdir(parents=True)
    environ = {"PULUMI_HOME": str(tmp_path / "home"), "PULUMI_BACKEND_URL": "file:///b"}
    assert pulumi_wrapper.selected_stack(project, environ) == ""

    (workspaces / f"muster-{digest}-workspace.json").write_text(
        json.dumps({"stacks": {"file:///b": "organization/muster/local"}})
    )

    assert pulumi_wrapper.selected_stack(project, environ) == "local"
    assert pulumi_wrapper.selected_stack(tmp_path / "elsewhere", environ) == ""
    assert (
        pulumi_wrapper.selected_stack(project, {**environ, "PULUMI_BACKEND_URL": "file:///c"}) == ""
    )


def test_a_port_in_use_counts_as_bindable() -> None:
    assert pulumi_wrapper.may_bind("127.0.0.1", 0)
    assert pulumi_wrapper.may_bind("127.91.2.106", DEFAULT_PORT) in (True, False)


def test_pulumi_does_not_inherit_the_checkout_on_pythonpath() -> None:
    assert pulumi_wrapper.caller_environment({"PYTHONPATH": f"{ROOT}", "A": "1"}) == {"A": "1"}
    assert pulumi_wrapper.caller_environment({"PYTHONPATH": f"{ROOT}:/mine"}) == {
        "PYTHONPATH": "/mine"
    }


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
def test_commands_that_read_the_configuration_are_recognised(line: str) -> None:
    assert parse_pulumi_arguments(line.split()).reads_config()


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
def test_other_commands_do_not_read_the_configuration(line: str) -> None:
    assert not parse_pulumi_arguments(line.split()).reads_config()


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
    assert parse_pulumi_arguments(line.split()).stack == stack


def test_the_folder_is_found() -> None:
    assert parse_pulumi_arguments(["-C", "sub", "up"]).folder == "sub"
    assert parse_pulumi_arguments(["--cwd=sub", "up"]).folder == "sub"
    assert parse_pulumi_arguments(["up"]).folder == ""


def test_the_option_is_added_before_the_end_of_pulumis_options() -> None:
    assert with_config_file(["up", "-y"], "f") == ["up", "-y", "--config-file", "f"]
    assert with_config_file(["up", "--", "x"], "f") == ["up", "--config-file", "f", "--", "x"]


def test_a_qualified_stack_name_is_shortened() -> None:
    assert pulumi_wrapper.stack_name("organization/muster/local") == "local"
    assert pulumi_wrapper.stack_name("local") == "local"
