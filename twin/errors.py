"""Errors of the twin that a person or a caller is meant to see.

TwinError
├── UsageError          the command or its options are wrong
├── SettingsError       a settings file or value is wrong
├── InstanceInUse       another twin, or another program, holds the instance
├── NotRunning          the twin, or the process that was asked, is not running
├── StartFailed         a process did not come up; carries the end of its log
├── RegionUnknown       no such AWS Region
├── CodecError          a document (Topology, report, journal) has not the expected shape
└── StateCorrupt        something on disk cannot be read back
"""


class TwinError(Exception):
    """Base of all; the message says what was wrong, where, and what to do."""


class UsageError(TwinError):
    """The command or its options are wrong."""


class SettingsError(TwinError):
    """A setting has a value that it can't have."""


class InstanceInUse(TwinError):
    """Another twin, or another program, holds this instance's gateway port."""


class NotRunning(TwinError):
    """The process that was asked is not running."""


class StartFailed(TwinError):
    """A process did not come up."""


class RegionUnknown(TwinError):
    """Not the name of an AWS Region that the twin knows."""


class CodecError(TwinError):
    """A JSON document has not the shape that it must have."""


class StateCorrupt(TwinError):
    """A file of the twin's state can't be read back."""
