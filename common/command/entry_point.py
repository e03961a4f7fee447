"""Starts a command by the name of its module.

The import of a command takes long enough for a Ctrl-C; that is no traceback.
"""

import importlib
from collections.abc import Sequence

_EXIT_INTERRUPTED = 130
"""As of exit_codes: a shared module stands alone."""


def run_command(module: str, arguments: Sequence[str]) -> int:
    """Call the module's `main` with the arguments; its exit code, or 130 after Ctrl-C."""
    try:
        main = importlib.import_module(module).main
    except KeyboardInterrupt:
        return _EXIT_INTERRUPTED
    code: int = main(arguments)
    return code
