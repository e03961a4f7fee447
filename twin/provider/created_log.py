"""A log of created resources, written before the Pulumi engine gets their ids.

An engine that is killed while a resource is being created records it as pending, without its id.
This log has the id, so that the next deployment imports the resource instead of creating it again
(tools/local/stack/repair.py).
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

CREATED_LOG_FILE = "receipts.jsonl"


@dataclass(frozen=True, slots=True)
class CreatedLog:
    """The log file in PULUMI_HOME; records nothing when `path` is None."""

    path: Path | None

    def record(self, urn: str, resource_id: str) -> None:
        """Append that the resource `urn` was created with this id."""
        if self.path is None:
            return
        line = json.dumps({"urn": urn, "id": resource_id}) + "\n"
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, line.encode())  # one call, so that threads don't mix their lines
        finally:
            os.close(descriptor)

    def ids(self) -> dict[str, str]:
        """URN -> id of the resource last created for it; skips an incomplete line."""
        if self.path is None or not self.path.exists():
            return {}
        found = {}
        for line in self.path.read_text(errors="replace").splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            found[str(entry["urn"])] = str(entry["id"])
        return found


NO_CREATED_LOG = CreatedLog(None)


def find_created_log(environ: Mapping[str, str]) -> CreatedLog:
    """The log in PULUMI_HOME; NO_CREATED_LOG if that is not set to a folder."""
    home = environ.get("PULUMI_HOME")
    return (
        CreatedLog(Path(home) / CREATED_LOG_FILE)
        if home and Path(home).is_dir()
        else NO_CREATED_LOG
    )
