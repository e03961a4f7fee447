"""Keeps the stack's outputs in a file after each `up`: `muster` then needs no state backend.

Pulumi runs the program again at each `up`, whoever starts it, so this sees all of them. A failed
`up` keeps the file of the one before, since its outputs are not all known.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pulumi
from pulumi.runtime.settings import get_root_resource

from common.files.atomic_file import write_atomically
from common.kept_outputs import format_outputs, kept_outputs_path
from infra.targets import StackTarget

OFF_VARIABLE = "MUSTER_KEEP_OUTPUTS"
"""`0`: no file is written, for a checkout that can't be written to."""


def keep_stack_outputs(folder: Path, target: StackTarget, environ: Mapping[str, str]) -> None:
    """Write all exported outputs once they are known. Previews write nothing."""
    path = find_outputs_file(folder, pulumi.get_stack(), target, environ)
    if path is None or pulumi.runtime.is_dry_run():
        return
    exported = cast("dict[str, Any]", getattr(get_root_resource(), "outputs", {}))
    pulumi.Output.all(**exported).apply(lambda known: _write(path, known))


def find_outputs_file(
    folder: Path, stack: str, target: StackTarget, environ: Mapping[str, str]
) -> Path | None:
    """The file to write; None: none. `folder` is the checkout.

    A twin has a file of its own once its first deployment has ended: its absence says that there
    was none.
    """
    if environ.get(OFF_VARIABLE) == "0":
        return None
    if target is StackTarget.AWS:
        return kept_outputs_path(folder, stack)
    own = Path(environ["TWIN_HOME"]) / "outputs.json" if environ.get("TWIN_HOME") else None
    return own if own and own.exists() else None


def without_nulls(value: object) -> object:
    """Outputs as Pulumi keeps them: members that are null are left out."""
    if isinstance(value, Mapping):
        return {name: without_nulls(part) for name, part in value.items() if part is not None}
    return [without_nulls(part) for part in value] if isinstance(value, list) else value


def _write(path: Path, outputs: Mapping[str, object]) -> None:
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        known = cast("dict[str, object]", without_nulls(outputs))
        write_atomically(path, format_outputs(known), mode=0o600)
    except OSError as exc:
        pulumi.log.warn(
            f"the outputs could not be kept in {path} ({exc}); `muster` needs Pulumi's state"
            " backend until they are. Write the file yourself:"
            f" pulumi stack output --json > {path}"
        )
