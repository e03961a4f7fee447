"""Where a stack's outputs are kept beside the checkout, so that an emergency needs no Pulumi.

The Pulumi program writes the file at each `up`, and the operator's tool at each reading. Its
content is that of `pulumi stack output --json`.
"""

import json
from collections.abc import Mapping
from pathlib import Path

FOLDER = ".muster"


def kept_outputs_path(folder: Path, stack: str) -> Path:
    """The file of a stack's outputs. `stack` may have its organization and project before it."""
    return folder / FOLDER / f"outputs-{stack.rpartition('/')[2]}.json"


def list_kept_stacks(folder: Path) -> list[str]:
    """Names of the stacks whose outputs are kept."""
    files = (folder / FOLDER).glob("outputs-*.json")
    return sorted(path.stem.removeprefix("outputs-") for path in files)


def format_outputs(outputs: Mapping[str, object]) -> str:
    """The text of a file of outputs."""
    return json.dumps(outputs, indent=2, sort_keys=True) + "\n"
