"""Taking up a stack after a Pulumi that was killed: its lock, its files, what it was just doing.

Pulumi's engine saves what it begins and what is done. Killed in between, it leaves pending
operations. A resource whose making is pending may exist, and its id is not known: the stand-in
provider wrote a receipt (twin/provider/created_log.py), so the resource is put into the state by
its id, and a refresh tells what it is; one without a receipt is taken as never made. What was being
changed or deleted is refreshed too. A first deployment that never was complete starts afresh, since
there is nothing in it to lose.
"""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.local import stack_config
from twin.errors import TwinError
from twin.provider.created_log import CREATED_LOG_FILE as RECEIPTS
from twin.provider.created_log import CreatedLog
from twin.runtime.instance import Instance
from twin.runtime.process_info import command_line


class PulumiRunning(TwinError):
    """Another Pulumi changes the stack right now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InterruptedDeployment:
    """What a killed Pulumi left behind."""

    locked: bool
    pending: int
    """Operations that were begun and not ended."""


def find_interrupted_deployment(instance: Instance) -> InterruptedDeployment | None:
    """What there is to repair; None mostly. Raises PulumiAtWork."""
    locks = list((_backend(instance) / "locks").rglob("*.json"))
    for lock in locks:
        _must_be_stale(lock)
    pending = sum(len(_pending(_read(path))) for path in _checkpoints(instance))
    return InterruptedDeployment(locked=bool(locks), pending=pending) if locks or pending else None


def repair_backend_files(instance: Instance) -> None:
    """Make the backend's files readable again; only while no Pulumi is at work.

    A state is written beside the old one and moved into its place, after a small `.attrs` file that
    is not: a kill leaves an empty one, which Pulumi can't read and does not need.
    """
    for attributes in _backend(instance).rglob("*.attrs"):
        if not _read(attributes):
            attributes.unlink()
    for unfinished in _backend(instance).rglob("*.tmp"):
        unfinished.unlink()
    for checkpoint in _checkpoints(instance):
        backup = checkpoint.with_name(f"{checkpoint.name}.bak")
        if not _read(checkpoint) and _read(backup):
            shutil.copyfile(backup, checkpoint)


def _backend(instance: Instance) -> Path:
    return instance.home / "backend" / ".pulumi"


def _checkpoints(instance: Instance) -> list[Path]:
    return list((_backend(instance) / "stacks").rglob(f"{stack_config.STACK}.json"))


def _must_be_stale(lock: Path) -> None:
    pid = _read(lock).get("pid")
    program = command_line(pid)[:1] if isinstance(pid, int) else ()
    if any("pulumi" in Path(name).name for name in program):
        raise PulumiRunning(
            f"another Pulumi (pid {pid}) is at work on this stack; wait for its end"
        )


def _read(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}


def _pending(checkpoint: Mapping[str, Any]) -> list[Any]:
    latest = (checkpoint.get("checkpoint") or {}).get("latest") or {}
    return list(latest.get("pending_operations") or [])


def resolve_pending_operations(
    exported: Mapping[str, Any], receipts: Mapping[str, str]
) -> dict[str, Any]:
    """An exported stack without pending operations, and with what its receipts say was made."""
    deployment = dict(exported["deployment"])
    operations = deployment.pop("pending_operations", None) or []
    resources = list(deployment.get("resources") or [])
    recorded = {resource.get("id") for resource in resources}
    for operation in operations:
        resource = operation["resource"]
        made = receipts.get(resource["urn"])
        if operation["type"] == "creating" and made and made not in recorded:
            resources.append({**resource, "id": made})
    return {**exported, "deployment": {**deployment, "resources": resources}}


def open_created_log(instance: Instance) -> CreatedLog:
    """What the provider wrote down."""
    return CreatedLog(instance.home / "pulumi" / RECEIPTS)


def was_never_deployed(instance: Instance) -> bool:
    """Whether no deployment of this twin has come to its end."""
    return not (instance.home / "outputs.json").exists()
