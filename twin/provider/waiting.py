"""Polling for a state with a time-out, until the Pulumi engine cancels."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from common.clock import Clock
from twin.provider.errors import OperationCancelled, StateNotReached

DEFAULT_TIMEOUT_S = 120.0
"""Time-out of a wait, unless the program sets one for the resource."""
_FIRST_PAUSE_S = 0.05
_MAX_PAUSE_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiter:
    """Waits within the time-out of one operation."""

    clock: Clock
    timeout_s: float = DEFAULT_TIMEOUT_S
    cancelled: threading.Event = field(default_factory=threading.Event)
    """Set when the Pulumi engine cancels."""

    def wait(self, condition: str, poll: Callable[[], tuple[bool, str]]) -> None:
        """Call `poll` until it returns True; it also returns the state, for messages.

        Raises StateNotReached with the last state, or OperationCancelled.
        """
        deadline = self.clock.monotonic() + self.timeout_s
        pause = _FIRST_PAUSE_S
        while True:
            done, state = poll()
            if done:
                return
            if self.clock.monotonic() >= deadline:
                raise StateNotReached(f"{condition}: still {state} after {self.timeout_s:g} s")
            if self.cancelled.wait(pause):
                raise OperationCancelled(f"{condition}: cancelled while {state}")
            pause = min(pause * 1.5, _MAX_PAUSE_S)
