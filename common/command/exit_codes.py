"""The exit codes of `muster`, `twin` and the wrappers of `.twin/bin`."""

from enum import IntEnum


class ExitCode(IntEnum):
    """How a command ended."""

    DONE = 0
    """For a drill: all targets met."""
    FAILED = 1
    """An error, a missed target, or a reading that is incomplete; the twin is not running."""
    WRONG_USAGE = 2
    """The command line, a setting, the target of a command or its confirmation is wrong."""
    REFUSED = 3
    """A guard or a check refuses a change; nothing was changed."""
    STOPPED = 4
    """A drill was stopped, and has put back what it changed."""
    ROLLBACK_INCOMPLETE = 5
    """A drill could not put everything back."""
    UNRELIABLE = 6
    """Trusted numbers are required, and the measurement is not reliable."""
    INTERNAL_ERROR = 70
    """An error of the program's own: EX_SOFTWARE of sysexits.h."""
    INTERRUPTED = 130
    """Ctrl-C, as shells have it: 128 + SIGINT."""
