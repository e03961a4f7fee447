"""Waiting for a state, with a deadline, and an end when the engine cancels.

Decides when to look again and when to give up; knows nothing of what it waits for.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from common.clock import Clock
from twin.provider.errors import OperationCancelled, StateNotReached

DEFAULT_TIMEOUT_S = 120.0
"""How long a state is waited for, unless the program gives the resource a time-out of its own."""
_FIRST_PAUSE_S = 0.05
_LONGEST_PAUSE_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiter:
    """Waits for as long as one operation may take."""

    clock: Clock
    within_s: float = DEFAULT_TIMEOUT_S
    cancelled: threading.Event = field(default_factory=threading.Event)
    """Set when the engine is told to stop."""

    def until(self, what: str, look: Callable[[], tuple[bool, str]]) -> None:
        """Look until it says True; `look` gives that and the state in words.

        Raises NeverReached with the last state, or Cancelled.
        """
        deadline = self.clock.monotonic() + self.within_s
        pause = _FIRST_PAUSE_S
        while True:
            done, state = look()
            if done:
                return
            if self.clock.monotonic() >= deadline:
                raise StateNotReached(f"{what}: still {state} after {self.within_s:g} s")
            if self.cancelled.wait(pause):
                raise OperationCancelled(f"{what}: cancelled while {state}")
            pause = min(pause * 1.5, _LONGEST_PAUSE_S)
