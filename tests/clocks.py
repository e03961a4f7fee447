"""A clock for tests that move time by hand."""

import asyncio


class ManualClock:
    """A common.clock.Clock that moves only by `sleep` and `wait`, or when a test sets `seconds`."""

    def __init__(self, seconds: float, *, epoch_s: float = 0.0) -> None:
        """`seconds`: the monotonic time; `epoch_s`: the time since 1970 at its second 0."""
        self.seconds = seconds
        self.slept: list[float] = []
        """The lengths of all sleeps and waits."""
        self._epoch_s = epoch_s

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> float:
        return self._epoch_s + self.seconds

    async def sleep(self, seconds: float) -> None:
        self.wait(seconds)
        await asyncio.sleep(0)

    def wait(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds
