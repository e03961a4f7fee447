"""Repairing a stack after Pulumi was killed."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import eventually
from tools.local.stack.repair import (
    InterruptedDeployment,
    find_interrupted_deployment,
    read_recorded_resources,
    remove_stale_locks,
    repair_backend_files,
    resolve_pending_operations,
    was_never_deployed,
)
from twin.runtime.instance import Instance
from twin.runtime.process_info import command_line

ROLE = "urn:pulumi:local::muster::aws:iam/role:Role::role"
TABLE = "urn:pulumi:local::muster::aws:dynamodb/table:Table::table"
VPC = "urn:pulumi:local::muster::aws:ec2/vpc:Vpc::vpc"


def pending_operation(urn: str, kind: str) -> dict[str, Any]:
    return {"type": kind, "resource": {"urn": urn, "custom": True, "inputs": {"name": "x"}}}


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    return Instance(tmp_path, 16)


def put_file(instance: Instance, path: str, content: object) -> Path:
    file = instance.home / "backend" / ".pulumi" / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return file


def checkpoint(*pending: dict[str, Any]) -> dict[str, Any]:
    return {"version": 3, "checkpoint": {"latest": {"pending_operations": list(pending)}}}


def test_the_recorded_resources_are_read_also_from_the_backup_of_a_damaged_record(
    instance: Instance,
) -> None:
    assert read_recorded_resources(instance) == []
    stack = {"checkpoint": {"latest": {"resources": [{"urn": VPC}]}}}
    put_file(instance, "stacks/muster/local.json", stack)
    assert read_recorded_resources(instance) == [{"urn": VPC}]

    put_file(instance, "stacks/muster/local.json.bak", stack)
    put_file(instance, "stacks/muster/local.json", "")

    assert read_recorded_resources(instance) == [{"urn": VPC}]


def test_an_intact_stack_needs_no_repair(instance: Instance) -> None:
    assert find_interrupted_deployment(instance) is None
    put_file(instance, "stacks/muster/local.json", checkpoint())

    assert find_interrupted_deployment(instance) is None


def test_pending_operations_and_stale_locks_are_found(instance: Instance) -> None:
    put_file(instance, "stacks/muster/local.json", checkpoint(pending_operation(ROLE, "creating")))
    assert find_interrupted_deployment(instance) == InterruptedDeployment(locked=False, pending=1)

    put_file(instance, "locks/organization/muster/local/x.json", {"pid": 2**22 + 1})
    assert find_interrupted_deployment(instance) == InterruptedDeployment(locked=True, pending=1)


def test_a_lock_whose_pid_belongs_to_another_program_is_stale(instance: Instance) -> None:
    put_file(instance, "locks/organization/muster/local/x.json", {"pid": os.getpid()})

    assert find_interrupted_deployment(instance) == InterruptedDeployment(locked=True, pending=0)


def test_stale_locks_are_removed(instance: Instance) -> None:
    stale = put_file(instance, "locks/organization/muster/local/x.json", {"pid": 2**22 + 1})

    assert remove_stale_locks(instance) == 1
    assert not stale.exists()
    assert remove_stale_locks(instance) == 0


def test_the_lock_of_a_running_pulumi_stays(instance: Instance, tmp_path: Path) -> None:
    program = tmp_path / "pulumi"
    program.symlink_to("/bin/sleep")
    with subprocess.Popen([program, "60"]) as running:
        lock = put_file(instance, "locks/organization/muster/local/x.json", {"pid": running.pid})
        eventually(lambda: "pulumi" in "".join(command_line(running.pid)[:1]))

        removed = remove_stale_locks(instance)
        running.kill()

    assert removed == 0
    assert lock.exists()


def test_a_lock_that_can_not_be_read_is_stale(instance: Instance) -> None:
    put_file(instance, "locks/organization/muster/local/x.json", "")

    assert find_interrupted_deployment(instance) == InterruptedDeployment(locked=True, pending=0)


def test_half_written_files_are_repaired(instance: Instance) -> None:
    empty = put_file(instance, "stacks/muster/local.json.attrs", "")
    whole = put_file(instance, "stacks/muster/local.json.bak.attrs", {"user.cache_control": ""})
    unfinished = put_file(instance, "stacks/muster/local.json.18e9.tmp", "{")
    state = put_file(instance, "stacks/muster/local.json", '{"version": 3, "check')
    put_file(instance, "stacks/muster/local.json.bak", checkpoint())

    repair_backend_files(instance)

    assert not empty.exists()
    assert whole.exists()
    assert not unfinished.exists()
    assert json.loads(state.read_text()) == checkpoint()


def test_logged_creations_are_added_and_the_others_dropped() -> None:
    exported = {
        "version": 3,
        "deployment": {
            "resources": [{"urn": VPC, "id": "vpc-1"}],
            "pending_operations": [
                pending_operation(ROLE, "creating"),
                pending_operation(TABLE, "creating"),
                pending_operation(VPC, "updating"),
            ],
        },
    }

    mended = resolve_pending_operations(exported, {ROLE: "role-1", VPC: "vpc-1"})

    assert mended == {
        "version": 3,
        "deployment": {
            "resources": [
                {"urn": VPC, "id": "vpc-1"},
                {"urn": ROLE, "custom": True, "inputs": {"name": "x"}, "id": "role-1"},
            ]
        },
    }


def test_a_resource_in_the_state_is_not_added_twice() -> None:
    exported = {
        "deployment": {
            "resources": [{"urn": ROLE, "id": "role-1"}],
            "pending_operations": [pending_operation(ROLE, "creating")],
        }
    }

    mended = resolve_pending_operations(exported, {ROLE: "role-1"})

    assert mended["deployment"] == {"resources": [{"urn": ROLE, "id": "role-1"}]}


def test_a_deployment_is_complete_once_its_outputs_are_written(instance: Instance) -> None:
    assert was_never_deployed(instance)
    (instance.home / "outputs.json").write_text("{}")
    assert not was_never_deployed(instance)
