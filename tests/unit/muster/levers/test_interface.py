"""Faults in words, and their scopes."""

from typing import get_args

import pytest

from muster.levers import (
    Fault,
    FaultKind,
    describe_active_fault,
    describe_fault,
    fault_scope,
    scope_of_fault,
)
from muster.model import ActiveFault
from tests.unit.muster.sample_stack import FRANKFURT, OREGON


def test_a_fault_is_described_with_its_own_parameters_and_its_end() -> None:
    slow: dict[str, float | str] = {"delay_ms": 200.0, "concurrency": 1.0, "for_s": 90.0}

    text = describe_fault(Fault(kind="network-slow", region=OREGON, parameters=slow))

    assert text == f"network-slow of {OREGON} (delay_ms 200, for 90 s)"


def test_parameters_of_other_kinds_are_left_out() -> None:
    parameters: dict[str, float | str] = {"concurrency": 1.0, "delay_ms": 9.0, "by": "ann"}

    throttle = Fault(kind="throttle", region=OREGON, parameters=parameters)

    assert describe_fault(throttle) == f"throttle of {OREGON} (by ann, concurrency 1)"
    assert describe_fault(Fault(kind="control-stop")) == "control-stop"


@pytest.mark.parametrize(
    ("until", "words"),
    [(None, "without an end"), (680.0, "9:40 min left"), (100.0, "overdue"), (99.0, "overdue")],
)
def test_an_active_fault_is_described_with_the_time_left(until: float | None, words: str) -> None:
    fault = ActiveFault(kind="throttle", region=OREGON, until_epoch_s=until, by="ann")

    assert describe_active_fault(fault, 100.0) == f"throttle of {OREGON} is active, {words}, by ann"


def test_faults_that_replace_each_other_share_a_scope() -> None:
    assert fault_scope("network-cut", OREGON) == fault_scope("network-slow", OREGON)
    assert fault_scope("region-kill", OREGON) == fault_scope("region-stop", OREGON)
    assert fault_scope("network-cut", OREGON) != fault_scope("network-cut", FRANKFURT)
    assert fault_scope("control-stop", None) == "control planes"
    assert scope_of_fault(Fault(kind="throttle", region=OREGON)) == f"function of {OREGON}"


def test_every_kind_of_fault_has_a_scope_in_words() -> None:
    scopes = {kind: fault_scope(kind, None) for kind in get_args(FaultKind)}

    assert all(scope != kind for kind, scope in scopes.items())
