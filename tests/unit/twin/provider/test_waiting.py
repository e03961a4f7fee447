"""Waiting with a time-out."""

import threading

import pytest

from tests.unit.twin.provider.fakes import FakeClock
from twin.provider.errors import OperationCancelled, StateNotReached
from twin.provider.waiting import Waiter


def test_a_wait_ends_when_the_state_is_reached() -> None:
    states = iter([(False, "PENDING"), (True, "ACTIVE")])

    Waiter(clock=FakeClock()).wait("it", lambda: next(states))

    assert next(states, None) is None


def test_a_time_out_names_the_last_state() -> None:
    waiter = Waiter(clock=FakeClock(), timeout_s=15)

    with pytest.raises(StateNotReached, match="table x to be ACTIVE: still CREATING after 15 s"):
        waiter.wait("table x to be ACTIVE", lambda: (False, "CREATING"))


def test_the_engine_can_cancel_a_wait() -> None:
    cancelled = threading.Event()
    cancelled.set()
    waiter = Waiter(clock=FakeClock(), cancelled=cancelled)

    with pytest.raises(OperationCancelled, match="cancelled while CREATING"):
        waiter.wait("it", lambda: (False, "CREATING"))
