"""The only module of the function that reads the real clock."""

import time
from typing import Protocol


class Clock(Protocol):
    """Time as a parameter. Tests pass a clock that they move by hand."""

    def monotonic(self) -> float:
        """Seconds since an arbitrary start; never goes back."""
        ...

    def now(self) -> float:
        """Seconds since 1970 (UTC)."""
        ...


class SystemClock:
    """The machine's clock."""

    def monotonic(self) -> float:
        """Seconds since an arbitrary start; never goes back."""
        return time.monotonic()

    def now(self) -> float:
        """Seconds since 1970 (UTC)."""
        return time.time()
