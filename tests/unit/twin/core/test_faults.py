"""Faults: which there are, which replace each other, and when they end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.core.faults import (
    CLEAR_LINK,
    FAULT_SCOPES,
    NETWORK_FAULTS,
    PROCESS_FAULTS,
    EndedFault,
    Fault,
    FaultKind,
    Faults,
    Link,
    validate_fault,
)
from twin.errors import UsageError

OREGON, FRANKFURT = "us-west-2", "eu-central-1"


def fault(
    kind: FaultKind = FaultKind.CUT,
    region: str = OREGON,
    *,
    until_s: float | None = None,
    delay_ms: float = 0.0,
) -> Fault:
    return Fault(
        kind=kind,
        role=f"region/{region}",
        region=region,
        since_s=100.0,
        until_s=until_s,
        delay_ms=delay_ms,
    )


@pytest.mark.parametrize(
    ("named", "name"),
    [
        (fault(FaultKind.KILL), "region-kill"),
        (fault(FaultKind.FREEZE), "region-freeze"),
        (fault(FaultKind.PAUSE), "replication-pause"),
        (fault(FaultKind.SLOW), "network-slow"),
        (Fault(kind=FaultKind.STOP, role="control", since_s=0), "control-stop"),
    ],
)
def test_a_fault_is_named_by_what_it_breaks(named: Fault, name: str) -> None:
    assert named.name == name


def test_every_kind_is_about_exactly_one_scope() -> None:
    for kind in FaultKind:
        assert sum(kind in scope for scope in FAULT_SCOPES) == 1


def test_a_later_fault_of_the_same_scope_replaces_the_earlier() -> None:
    faults = (
        Faults().with_fault(fault(FaultKind.SLOW, delay_ms=50)).with_fault(fault(FaultKind.PAUSE))
    )

    after = faults.with_fault(fault(FaultKind.CUT, until_s=160.0))

    assert after.faults == (fault(FaultKind.PAUSE), fault(FaultKind.CUT, until_s=160.0))


def test_who_ended_a_fault_is_kept_for_each_process_and_scope() -> None:
    role = f"region/{OREGON}"
    cut, pause = fault(FaultKind.CUT), fault(FaultKind.PAUSE)
    faults = Faults(faults=(cut, pause, fault(FaultKind.KILL, FRANKFURT)))

    once = faults.end(role, NETWORK_FAULTS, 200.0, "ann").end(role, PROCESS_FAULTS, 210.0, "cy")
    twice = once.with_fault(cut).end(role, NETWORK_FAULTS, 300.0, "bob")

    assert once.faults == (pause, fault(FaultKind.KILL, FRANKFURT))
    assert once.ended == (EndedFault(fault=cut, at_s=200.0, by="ann"),)
    assert twice.ended == (EndedFault(fault=cut, at_s=300.0, by="bob"),)


def test_faults_of_another_region_stay() -> None:
    both = (
        Faults()
        .with_fault(fault(FaultKind.CUT, FRANKFURT))
        .with_fault(fault(FaultKind.CUT, OREGON))
    )

    healed = both.without_kinds(f"region/{OREGON}", NETWORK_FAULTS)

    assert healed.faults == (fault(FaultKind.CUT, FRANKFURT),)


def test_a_fault_without_an_end_does_not_end() -> None:
    assert fault().remaining_s(1e12) is None
    assert not fault().is_over(1e12)
    assert Faults(faults=(fault(),)).next_expiry_s(1e12) is None


def test_network_and_replication_end_by_the_clock_processes_do_not() -> None:
    cut, kill = fault(FaultKind.CUT, until_s=110.0), fault(FaultKind.KILL, until_s=110.0)
    faults = Faults(faults=(cut, kill))

    assert faults.active_at(109.9) == faults
    assert faults.active_at(110.0).faults == (kill,)
    assert faults.expired_process_faults(109.9) == ()
    assert faults.expired_process_faults(110.0) == (kill,)
    assert faults.next_expiry_s(104.0) == 6.0


def test_a_process_that_runs_again_is_no_longer_visible_as_broken() -> None:
    cut, kill = fault(FaultKind.CUT), fault(FaultKind.KILL)
    faults = Faults(faults=(cut, kill))

    assert faults.visible(100.0, lambda _: True) == (cut, kill)
    assert faults.visible(100.0, lambda _: False) == (cut,)


def test_ending_one_keeps_one_that_replaced_it() -> None:
    old, new = fault(FaultKind.KILL, until_s=110.0), fault(FaultKind.KILL, until_s=500.0)

    assert Faults(faults=(new,)).without_fault(old).faults == (new,)
    assert Faults(faults=(old,)).without_fault(old).faults == ()


def test_the_network_between_two_regions_is_that_of_both() -> None:
    slow = (
        fault(FaultKind.SLOW, OREGON, delay_ms=30),
        fault(FaultKind.SLOW, FRANKFURT, delay_ms=20),
    )
    network = Faults(faults=slow).network

    assert network.link(OREGON) == Link(delay_s=0.03)
    assert network.link("ap-south-1") is CLEAR_LINK
    assert network.link_between(OREGON, FRANKFURT) == Link(delay_s=0.05)
    assert Faults(faults=(fault(FaultKind.CUT),)).network.link_between(FRANKFURT, OREGON).cut


def test_a_pause_is_of_its_region_alone() -> None:
    faults = Faults(faults=(fault(FaultKind.PAUSE),))

    assert faults.pauses_replication(OREGON)
    assert not faults.pauses_replication(FRANKFURT)


@pytest.mark.parametrize(
    ("wrong", "option"),
    [
        (fault(until_s=100.0), "--for"),
        (fault(until_s=99.0), "--for"),
        (fault(until_s=1e9), "--for"),
        (fault(FaultKind.SLOW), "--delay-ms"),
        (fault(FaultKind.SLOW, delay_ms=1e9), "--delay-ms"),
    ],
)
def test_a_time_or_delay_out_of_range_is_refused(wrong: Fault, option: str) -> None:
    with pytest.raises(UsageError, match=option):
        validate_fault(wrong)


def test_a_sensible_fault_is_accepted() -> None:
    sensible = fault(FaultKind.SLOW, until_s=160.0, delay_ms=200)

    assert validate_fault(sensible) is sensible


faults_of_one_process = st.lists(st.builds(fault, st.sampled_from(FaultKind)), max_size=8)


@given(injected=faults_of_one_process)
def test_a_process_has_at_most_one_fault_a_scope(injected: list[Fault]) -> None:
    faults = Faults()
    for one in injected:
        faults = faults.with_fault(one)

    for scope in FAULT_SCOPES:
        assert sum(f.kind in scope for f in faults.faults) <= 1
    assert not injected or injected[-1] in faults.faults
    healed = faults.without_kinds(f"region/{OREGON}", PROCESS_FAULTS)
    assert healed.expired_process_faults(1e12) == ()
