"""Repairs a stack after Pulumi was killed: its lock, its files, its pending operations.

Pulumi's engine records the start and the end of each operation. Killed in between, it leaves
pending operations. A resource whose creation is pending may exist, with an id that the engine does
not know. The twin's provider logs each created id (twin/provider/created_log.py): a logged resource
is added to the state, and a refresh reads its properties; without an entry in the log it was never
created. Resources whose update or deletion is pending are refreshed, too. A first deployment that
never completed starts over, since it holds nothing to lose.
"""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.local.stack import stack_config
from twin.errors import TwinError
from twin.provider.created_log import CREATED_LOG_FILE, CreatedLog
from twin.runtime.instance import Instance
from twin.runtime.process_info import command_line


class PulumiRunning(TwinError):
    """Another Pulumi process is changing the stack."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InterruptedDeployment:
    """What a killed Pulumi left behind."""

    locked: bool
    pending: int
    """Number of operations that were started and not finished."""


def find_interrupted_deployment(instance: Instance) -> InterruptedDeployment | None:
    """What a killed Pulumi left; None if nothing. Raises PulumiRunning."""
    locks = list((_backend(instance) / "locks").rglob("*.json"))
    for lock in locks:
        _check_stale(lock)
    pending = sum(len(_pending_operations(_read_json(path))) for path in _checkpoints(instance))
    return InterruptedDeployment(locked=bool(locks), pending=pending) if locks or pending else None


def read_recorded_resources(instance: Instance) -> list[dict[str, Any]]:
    """The stack's resources, as Pulumi has recorded them; none before a deployment."""
    return [
        resource
        for path in _checkpoints(instance)
        for resource in _latest(_read_json(path) or _read_json(_backup(path))).get("resources")
        or []
    ]


def remove_stale_locks(instance: Instance) -> int:
    """Remove the locks of killed Pulumis, so that the next one can work; how many.

    Pulumi itself says who holds a lock that is none of these.
    """
    removed = 0
    for lock in (_backend(instance) / "locks").rglob("*.json"):
        try:
            _check_stale(lock)
        except PulumiRunning:
            continue
        lock.unlink(missing_ok=True)
        removed += 1
    return removed


def repair_backend_files(instance: Instance) -> None:
    """Make the backend's files readable again; only while no Pulumi is running.

    Pulumi replaces a state file atomically, but first writes a small `.attrs` file in place: a kill
    can leave that one empty, which Pulumi can't read and does not need.
    """
    for attributes in _backend(instance).rglob("*.attrs"):
        if not _read_json(attributes):
            attributes.unlink()
    for unfinished in _backend(instance).rglob("*.tmp"):
        unfinished.unlink()
    for checkpoint in _checkpoints(instance):
        backup = _backup(checkpoint)
        if not _read_json(checkpoint) and _read_json(backup):
            shutil.copyfile(backup, checkpoint)


def _backup(checkpoint: Path) -> Path:
    return checkpoint.with_name(f"{checkpoint.name}.bak")


def _backend(instance: Instance) -> Path:
    return instance.home / "backend" / ".pulumi"


def _checkpoints(instance: Instance) -> list[Path]:
    return list((_backend(instance) / "stacks").rglob(f"{stack_config.STACK}.json"))


def _check_stale(lock: Path) -> None:
    """Raises PulumiRunning if the lock's process is a running Pulumi."""
    pid = _read_json(lock).get("pid")
    program = command_line(pid)[:1] if isinstance(pid, int) else ()
    if any("pulumi" in Path(name).name for name in program):
        raise PulumiRunning(f"another Pulumi (pid {pid}) is changing this stack; wait for its end")


def _read_json(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}


def _pending_operations(checkpoint: Mapping[str, Any]) -> list[Any]:
    return list(_latest(checkpoint).get("pending_operations") or [])


def _latest(checkpoint: Mapping[str, Any]) -> Mapping[str, Any]:
    latest: Mapping[str, Any] = (checkpoint.get("checkpoint") or {}).get("latest") or {}
    return latest


def resolve_pending_operations(
    exported: Mapping[str, Any], created: Mapping[str, str]
) -> dict[str, Any]:
    """An exported stack without pending operations, and with the resources that were created.

    `created`: ids of the created log by URN.
    """
    deployment = dict(exported["deployment"])
    operations = deployment.pop("pending_operations", None) or []
    resources = list(deployment.get("resources") or [])
    recorded = {resource.get("id") for resource in resources}
    for operation in operations:
        resource = operation["resource"]
        created_id = created.get(resource["urn"])
        if operation["type"] == "creating" and created_id and created_id not in recorded:
            resources.append({**resource, "id": created_id})
    return {**exported, "deployment": {**deployment, "resources": resources}}


def open_created_log(instance: Instance) -> CreatedLog:
    """The provider's log of created resources."""
    return CreatedLog(instance.home / "pulumi" / CREATED_LOG_FILE)


def was_never_deployed(instance: Instance) -> bool:
    """Whether no deployment of this twin has ever completed."""
    return not (instance.home / "outputs.json").exists()
