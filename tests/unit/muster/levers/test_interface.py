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


def test_an_active_fault_of_nobody_names_nobody() -> None:
    fault = ActiveFault(kind="throttle", region=OREGON)

    assert describe_active_fault(fault, 0.0) == f"throttle of {OREGON} is active, without an end"


def test_a_duration_that_is_no_number_is_shown_as_it_was_written() -> None:
    fault = Fault(kind="network-cut", region=OREGON, parameters={"for_s": "soon"})

    assert describe_fault(fault) == f"network-cut of {OREGON} (for_s soon)"


@pytest.mark.parametrize(
    ("kinds", "region", "scope"),
    [
        (("region-kill", "region-stop", "region-freeze"), OREGON, f"processes of {OREGON}"),
        (("control-kill", "control-stop", "control-freeze"), None, "control planes"),
        (("edge-kill", "edge-stop", "edge-freeze"), None, "edge"),
        (("network-cut", "network-slow"), OREGON, f"network of {OREGON}"),
        (("replication-pause",), OREGON, f"replication of {OREGON}"),
    ],
)
def test_faults_that_replace_each_other_share_a_scope(
    kinds: tuple[str, ...], region: str | None, scope: str
) -> None:
    assert {fault_scope(kind, region) for kind in kinds} == {scope}


def test_faults_of_different_regions_have_different_scopes() -> None:
    assert fault_scope("network-cut", OREGON) != fault_scope("network-cut", FRANKFURT)
    assert scope_of_fault(Fault(kind="throttle", region=OREGON)) == f"function of {OREGON}"


def test_every_kind_of_fault_has_a_scope_in_words() -> None:
    scopes = {kind: fault_scope(kind, None) for kind in get_args(FaultKind)}

    assert all(scope != kind for kind, scope in scopes.items())
