"""How each fault is injected and cleared."""

from typing import get_args

import pytest

from muster.errors import FaultUnavailable, UnknownRegion
from muster.levers import Fault, FaultKind
from tests.unit.muster.fake_aws import FakeAws
from tests.unit.muster.levers.builders import THROTTLE, FakeTwin, NotifiedLines, make_levers
from tests.unit.muster.sample_stack import OREGON


async def test_a_throttle_is_the_same_on_the_twin() -> None:
    aws, twin = FakeAws(), FakeTwin()

    await make_levers(aws, twin=twin).inject(THROTTLE)

    assert aws.reserved[OREGON] == 0
    assert twin.ran == []


@pytest.mark.parametrize("kind", sorted({*get_args(FaultKind)} - {"throttle", "replication-pause"}))
async def test_on_aws_the_faults_of_a_twin_are_refused(kind: FaultKind) -> None:
    with pytest.raises(FaultUnavailable, match="needs a twin, but the stack is on AWS"):
        await make_levers(FakeAws()).inject(Fault(kind=kind, region=OREGON))


@pytest.mark.parametrize("region", [None, "mars-1"])
async def test_a_fault_needs_a_region_of_the_stack(region: str | None) -> None:
    levers = make_levers(FakeAws(), twin=FakeTwin())

    with pytest.raises((FaultUnavailable, UnknownRegion)):
        await levers.inject(Fault(kind="region-kill", region=region))


async def test_a_duration_without_effect_is_reported() -> None:
    notified = NotifiedLines()

    await make_levers(FakeAws(), notified=notified).inject(
        Fault(kind="throttle", region=OREGON, parameters={"for_s": 30.0})
    )

    assert "has no end of its own" in notified


@pytest.mark.parametrize(
    ("on_twin", "kind", "lasts_s"),
    [(True, "network-cut", 30.0), (True, "throttle", None), (False, "replication-pause", None)],
)
def test_only_the_twin_ends_a_fault_after_the_time_that_was_given(
    on_twin: bool, kind: FaultKind, lasts_s: float | None
) -> None:
    faults = make_levers(FakeAws(), twin=FakeTwin() if on_twin else None).faults
    timed = Fault(kind=kind, region=OREGON, parameters={"for_s": 30.0})

    assert faults.duration_s(timed) == lasts_s
    assert faults.duration_s(Fault(kind=kind, region=OREGON)) is None


@pytest.mark.parametrize("concurrency", ["many", -1.0])
def test_a_concurrency_that_is_none_is_refused_before_the_drill(concurrency: str | float) -> None:
    faults = make_levers(FakeAws()).faults

    with pytest.raises(FaultUnavailable, match="a whole number from 0"):
        faults.check(Fault(kind="throttle", region=OREGON, parameters={"concurrency": concurrency}))


def test_a_wrong_parameter_of_a_twins_fault_is_refused_before_the_drill() -> None:
    faults = make_levers(FakeAws(), twin=FakeTwin()).faults

    with pytest.raises(FaultUnavailable, match="delay_ms is 'long'; it must be a number"):
        faults.check(Fault(kind="network-slow", region=OREGON, parameters={"delay_ms": "long"}))
