"""What can go wrong in the stand-in, in words for the person at `pulumi up`.

ProviderError
├── MalformedValue      a value off the wire has no meaning
├── UnknownToken        no declaration for this resource type or invoke
├── NotConfigured       no endpoint, or one that is not on this machine
├── ArchiveError        a function's code can't be packed
├── AwsFailed           the service answered with an error; carries its code
├── NoAnswer            the service did not answer at all
├── NeverReached        a state that was waited for did not come; carries the last one
├── Cancelled           the engine asked to stop
└── PartlyDone          made, but not finished; carries what there is, so that the next up goes on
"""

from dataclasses import dataclass, field

from twin.errors import TwinError
from twin.provider.values import Properties


class ProviderError(TwinError):
    """Base of all."""


class MalformedValue(ProviderError):
    """A value off the wire has no meaning."""


class UnknownToken(ProviderError):
    """No declaration for this resource type or invoke."""


class InvalidConfiguration(ProviderError):
    """No endpoint, or one that is not on this machine."""


class ArchiveError(ProviderError):
    """A function's code can't be packed."""


class StateNotReached(ProviderError):
    """A state that was waited for did not come."""


class OperationCancelled(ProviderError):
    """The engine asked to stop."""


@dataclass(eq=False)
class AwsCallFailed(ProviderError):
    """The service answered with an error."""

    operation: str
    region: str
    code: str
    message: str
    status: int = 400

    def __str__(self) -> str:
        """One line, with a hint where there is one."""
        text = f"{self.operation} in {self.region}: {self.code}: {' '.join(self.message.split())}"
        return f"{text}{_hint(self)}"


@dataclass(eq=False)
class AwsUnreachable(ProviderError):
    """The service did not answer at all."""

    operation: str
    region: str
    endpoint: str
    reason: str

    def __str__(self) -> str:
        """One line, with what to do."""
        return (
            f"{self.operation} in {self.region}: no answer from {self.endpoint} ({self.reason}). "
            "Is the twin up? `twin status` tells, `make up` starts it."
        )


@dataclass(eq=False)
class PartialFailure(ProviderError):
    """The resource exists, but is not all that it should be."""

    id: str
    inputs: Properties
    state: Properties
    reasons: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """Why."""
        return "; ".join(self.reasons)


def _hint(error: AwsCallFailed) -> str:
    said = error.message.lower()
    if error.status != 503 or "twin " in said:
        return ""  # not about what is down, or the gateway has said what to do
    if "control" in said and "region" not in said:
        return " (the control planes are stopped: `twin control start`)"
    return f" (is it down? `twin status` tells, `twin region start {error.region}` starts it)"
