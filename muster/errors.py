"""Errors of the operator's tool that a person or a caller is meant to see.

MusterError
├── CodecError          a JSON document has not the expected shape
├── PlanError           a probe's plan has a value that it can't have
├── VantageUnusable     this machine can't send from a vantage point's source address
├── RecordError         a file of probe records can't be read
└── ProbeFailed         the prober's process did not start, or ended by itself
"""


class MusterError(Exception):
    """Base of all; the message says what was wrong, where, and what to do."""


class CodecError(MusterError):
    """A JSON document has not the shape that it must have."""


class PlanError(MusterError):
    """A probe's plan has a value that it can't have."""

    def __init__(self, field: str, value: object, rule: str) -> None:
        """Name the field, the value that it has, and the rule that it breaks."""
        super().__init__(f"probe plan: {field} is {value!r}; it must be {rule}")
        self.field = field


class VantageUnusable(MusterError):
    """This machine can't send from a vantage point's source address."""

    def __init__(self, name: str, source: str, why: str) -> None:
        """Name the vantage point, its address, and what the system said."""
        super().__init__(
            f"vantage point {name}: can't send from {source} ({why}); give an address of this"
            " machine, or none to let the system choose"
        )


class RecordError(MusterError):
    """A file of probe records can't be read."""

    def __init__(self, path: object, line: int, why: str) -> None:
        """Name the file, the line (counted from 1), and what is wrong with it."""
        super().__init__(f"{path}, line {line}: {why}")


class ProbeFailed(MusterError):
    """The prober's process did not start, or ended by itself."""
