"""Receipts: what was made, written down before the Pulumi engine hears of it.

An engine that is killed while a resource is being made records it as pending, without the id that
it never got. The receipt has the id, so that the resource can be taken up instead of made twice
(tools/local/repair.py). Nothing here is needed as long as nobody is killed.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

CREATED_LOG_FILE = "receipts.jsonl"


@dataclass(frozen=True, slots=True)
class CreatedLog:
    """The file in PULUMI_HOME; without one, receipts go nowhere."""

    path: Path | None

    def made(self, urn: str, made: str) -> None:
        """Write down that the resource `urn` exists with the id `made`."""
        if self.path is None:
            return
        line = json.dumps({"urn": urn, "id": made}) + "\n"
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(descriptor, line.encode())  # one call, so that lines of two threads stay whole
        finally:
            os.close(descriptor)

    def ids(self) -> dict[str, str]:
        """URN -> id of what was made last under it; a line cut short is passed over."""
        if self.path is None or not self.path.exists():
            return {}
        found = {}
        for line in self.path.read_text(errors="replace").splitlines():
            try:
                receipt = json.loads(line)
            except ValueError:
                continue
            found[str(receipt["urn"])] = str(receipt["id"])
        return found


NO_CREATED_LOG = CreatedLog(None)


def find_created_log(environ: Mapping[str, str]) -> CreatedLog:
    """The receipts of a private PULUMI_HOME."""
    home = environ.get("PULUMI_HOME")
    return (
        CreatedLog(Path(home) / CREATED_LOG_FILE)
        if home and Path(home).is_dir()
        else NO_CREATED_LOG
    )
