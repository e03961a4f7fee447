"""When `.twin/bin/pulumi` takes a fitted stack file."""

import json
from pathlib import Path

from tools.local import pulumi
from tools.local.pulumi import ROOT
from tools.local.stack_config import DEFAULT_PORT


def test_another_project_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: other\n")

    arguments = ["up", "--stack", "local"]

    assert pulumi.fit(arguments, {"TWIN_INSTANCE": "3"}, tmp_path) == arguments


def test_another_stack_is_left_alone() -> None:
    arguments = ["preview", "--stack", "prod"]

    assert pulumi.fit(arguments, {"TWIN_INSTANCE": "3"}, ROOT) == arguments


def test_the_project_is_found_from_a_folder_in_it(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: other\n")
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)

    assert pulumi.project_of(inner) == tmp_path
    assert pulumi.project_of(tmp_path.parent) is None


def test_the_selected_stack_is_read_as_pulumi_keeps_it(tmp_path: Path) -> None:
    project = tmp_path / "project"
    digest = pulumi._digest(project)
    workspaces = tmp_path / "home" / "workspaces"
    workspaces.mkdir(parents=True)
    environ = {"PULUMI_HOME": str(tmp_path / "home"), "PULUMI_BACKEND_URL": "file:///b"}
    assert pulumi.selected_stack(project, environ) == ""

    (workspaces / f"muster-{digest}-workspace.json").write_text(
        json.dumps({"stacks": {"file:///b": "organization/muster/local"}})
    )

    assert pulumi.selected_stack(project, environ) == "local"
    assert pulumi.selected_stack(tmp_path / "elsewhere", environ) == ""
    assert pulumi.selected_stack(project, {**environ, "PULUMI_BACKEND_URL": "file:///c"}) == ""


def test_a_port_in_use_may_be_bound_as_far_as_rights_go() -> None:
    assert pulumi.may_bind("127.0.0.1", 0)
    assert pulumi.may_bind("127.91.2.106", DEFAULT_PORT) in (True, False)


def test_the_checkout_on_pythonpath_stays_inside_the_wrapper() -> None:
    assert pulumi.outer({"PYTHONPATH": f"{ROOT}", "A": "1"}) == {"A": "1"}
    assert pulumi.outer({"PYTHONPATH": f"{ROOT}:/mine"}) == {"PYTHONPATH": "/mine"}
