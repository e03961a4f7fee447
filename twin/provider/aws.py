"""What the engine of resource types needs of AWS: one call, and what an operation takes.

The real one is boto.BotoAws; tests bring their own.
"""

from typing import TYPE_CHECKING, Protocol

from twin.provider.values import Properties

if TYPE_CHECKING:
    from botocore.model import StructureShape


class Aws(Protocol):
    """AWS, seen from here."""

    def call(self, service: str, region: str, operation: str, params: Properties) -> Properties:
        """One call, named as AWS names it; raises AwsFailed, NoAnswer."""
        ...

    def input_shape(self, service: str, operation: str) -> "StructureShape | None":
        """What an operation takes, by botocore's own model."""
        ...
