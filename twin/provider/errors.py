"""Errors of the provider, worded for the person at `pulumi up`.

ProviderError
├── MalformedValue        a value on the wire can't be decoded
├── UnknownToken          no declaration for this resource type or invoke
├── InvalidConfiguration  no endpoint, or one that is not on this machine, ...
├── ArchiveError          a function's code can't be packed
├── AwsCallFailed         AWS returned an error; has its code
├── AwsUnreachable        no response from AWS
├── StateNotReached       a wait timed out; names the last state
├── OperationCancelled    the Pulumi engine cancelled
└── PartialFailure        the resource exists, but is not finished; has its state
"""

from dataclasses import dataclass, field

from twin.errors import TwinError
from twin.provider.values import Properties


class ProviderError(TwinError):
    """Base class."""


class MalformedValue(ProviderError):
    pass


class UnknownToken(ProviderError):
    pass


class InvalidConfiguration(ProviderError):
    pass


class ArchiveError(ProviderError):
    pass


class StateNotReached(ProviderError):
    pass


class OperationCancelled(ProviderError):
    pass


@dataclass(eq=False)
class AwsCallFailed(ProviderError):
    """AWS returned an error."""

    operation: str
    region: str
    code: str
    message: str
    status: int = 400

    def __str__(self) -> str:
        """One line, with a hint if a process of the twin may be down."""
        text = f"{self.operation} in {self.region}: {self.code}: {' '.join(self.message.split())}"
        return f"{text}{_hint(self)}"


@dataclass(eq=False)
class AwsUnreachable(ProviderError):
    """No response from AWS."""

    operation: str
    region: str
    endpoint: str
    reason: str

    def __str__(self) -> str:
        return (
            f"{self.operation} in {self.region}: no response from {self.endpoint} ({self.reason}). "
            "Is the twin up? `twin status` shows it, `make up` starts it."
        )


@dataclass(eq=False)
class PartialFailure(ProviderError):
    """The resource exists, but creating or updating it did not finish."""

    id: str
    inputs: Properties
    state: Properties
    reasons: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return "; ".join(self.reasons)


def _hint(error: AwsCallFailed) -> str:
    message = error.message.lower()
    if error.status != 503 or "twin " in message:
        return ""  # nothing is down, or the gateway's message has a hint already
    if "control" in message and "region" not in message:
        return " (the control planes are stopped: `twin control start`)"
    return f" (is it down? `twin status` shows it, `twin region start {error.region}` starts it)"
