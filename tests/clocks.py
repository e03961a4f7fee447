"""A clock for tests that move time by hand."""


class ManualClock:
    """A common.clock.Clock that moves only by `sleep`, or when a test sets `seconds`."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds
