"""Which steps there are, in which order, and what an error looks like."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from tools.setup import environment, pulumi_cli
from tools.setup.errors import SetupFailed
from tools.setup.layout import Layout

STEPS: dict[str, Callable[[Layout], None]] = {
    "python": environment.ensure,
    "pulumi": pulumi_cli.ensure,
}
INTERRUPTED = 130


def main(arguments: Sequence[str]) -> int:
    """Do the named steps, or all; the exit code."""
    unknown = [name for name in arguments if name not in STEPS]
    if unknown:
        sys.stderr.write(f"setup: no step '{unknown[0]}'; there are {', '.join(STEPS)}\n")
        return 2
    layout = Layout(Path(__file__).resolve().parents[2])
    try:
        for name, step in STEPS.items():
            if not arguments or name in arguments:
                step(layout)
    except SetupFailed as exc:
        sys.stderr.write(f"setup: {exc}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\nsetup: interrupted; the next run repairs it\n")
        return INTERRUPTED
    return 0
