"""Errors of the twin that a user or a caller handles.

`exit_code` is that of a command that ends with the error.
"""

from typing import ClassVar

from common.command.exit_codes import ExitCode


class TwinError(Exception):
    """Base of all; the message says what is wrong, where, and what to do."""

    exit_code: ClassVar[int] = ExitCode.FAILED


class UsageError(TwinError):
    """A command or its options are wrong."""

    exit_code = ExitCode.WRONG_USAGE


class SettingsError(TwinError):
    """A setting or an environment variable has an impossible value."""

    exit_code = ExitCode.WRONG_USAGE


class DrillUnderWay(TwinError):
    """A change would spoil a drill, and nobody has said that it is meant."""

    exit_code = ExitCode.REFUSED


class InstanceInUse(TwinError):
    """Another twin, or another program, holds the instance's gateway port."""


class NotRunning(TwinError):
    """A process is not running, or does not answer."""


class StartFailed(TwinError):
    """A process ended while starting or did not get ready; carries the end of its log."""


class RegionUnknown(TwinError):
    """No AWS Region that the twin knows has this name."""

    exit_code = ExitCode.WRONG_USAGE


class CodecError(TwinError):
    """A JSON document does not have the expected shape."""


class StateCorrupt(TwinError):
    """A file of the twin's state can't be read back."""
