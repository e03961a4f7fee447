"""The key attributes of a table or an index.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.CoreComponents.html
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

MAX_PARTITION_KEY_BYTES = 2048
MAX_SORT_KEY_BYTES = 1024


@dataclass(frozen=True, slots=True)
class KeySchema:
    """Names of the key attributes in order, and their types.

    Tables and local indexes have one partition key and at most one sort key; global indexes may
    have up to four of each.
    """

    partition: tuple[str, ...]
    sort: tuple[str, ...]
    types: Mapping[str, str]
    """S, N or B, by name."""
    names: tuple[str, ...] = field(init=False)
    """Partition keys, then sort keys."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", self.partition + self.sort)
