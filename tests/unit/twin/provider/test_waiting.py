"""Waiting with a deadline."""

import threading

import pytest

from tests.unit.twin.provider.fakes import FakeClock
from twin.provider.errors import OperationCancelled, StateNotReached
from twin.provider.waiting import Waiter


def test_it_ends_when_the_state_is_there() -> None:
    states = iter([(False, "PENDING"), (True, "ACTIVE")])

    Waiter(clock=FakeClock()).until("it", lambda: next(states))

    assert next(states, None) is None


def test_the_last_state_is_told_when_time_is_up() -> None:
    patience = Waiter(clock=FakeClock(), within_s=15)

    with pytest.raises(StateNotReached, match="table x to be ACTIVE: still CREATING after 15 s"):
        patience.until("table x to be ACTIVE", lambda: (False, "CREATING"))


def test_the_engine_can_end_it() -> None:
    cancelled = threading.Event()
    cancelled.set()
    patience = Waiter(clock=FakeClock(), cancelled=cancelled)

    with pytest.raises(OperationCancelled, match="cancelled while CREATING"):
        patience.until("it", lambda: (False, "CREATING"))
