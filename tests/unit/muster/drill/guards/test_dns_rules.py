"""The rules about the DNS door."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.drill.guards.context import GuardContext, GuardRuling
from muster.drill.guards.dns_rules import (
    check_broken_inversion,
    check_last_healthy_record,
    check_route53_reachable,
)
from muster.drill.guards.evaluation import guards_for
from muster.drill.plan.instructions import Instruction, SetInverted, SetWeight
from muster.levers import Fault
from muster.limits import Limits
from muster.model import ActiveFault, DnsRecordView, SwitchSetting, SystemView
from tests.unit.muster.drill.builders import (
    AWAY,
    HOME,
    build_record_view,
    build_region_view,
    build_two_door_view,
    build_view,
)
from tests.unit.muster.drill.guards.builders import KILL, OFF, OUT

INVERT = SetInverted(region=AWAY, inverted=True)
EMPTY = SetWeight(region=AWAY, weight=0, lowers=True)


def context_of(do: Instruction, view: SystemView, **more: object) -> GuardContext:
    return GuardContext(do=do, view=view, limits=Limits(), **more)  # type: ignore[arg-type]  # free-form fields of a test


@pytest.mark.parametrize("do", [INVERT, EMPTY, OFF, KILL])
@pytest.mark.parametrize(
    "bad",
    [
        {"healthy_checkers": 2},
        {"inverted": True},
        {"disabled": True, "inverted": True},
        {"weight": 0},
    ],
)
def test_the_last_healthy_record_stays(do: Instruction, bad: dict[str, object]) -> None:
    view = build_two_door_view(build_record_view(HOME, **bad))

    finding = check_last_healthy_record(context_of(do, view))

    assert finding.ruling == "refuse"
    assert AWAY in finding.reason


@pytest.mark.parametrize("do", [INVERT, EMPTY, OFF, KILL])
def test_another_healthy_record_is_enough(do: Instruction) -> None:
    assert check_last_healthy_record(context_of(do, build_two_door_view())).ruling == "ok"


def test_a_dial_moves_no_user_of_dns() -> None:
    view = build_two_door_view(build_record_view(HOME, healthy_checkers=0))

    assert check_last_healthy_record(context_of(OUT, view)).ruling == "ok"


def test_a_stack_without_the_door_has_no_record_to_lose() -> None:
    assert check_last_healthy_record(context_of(OFF, build_view())).ruling == "ok"


@pytest.mark.parametrize(
    "do",
    [SetInverted(region=AWAY, inverted=False), SetWeight(region=AWAY, weight=200)],
)
def test_a_step_that_takes_no_record_away_needs_no_healthy_record(do: Instruction) -> None:
    view = build_two_door_view(
        build_record_view(HOME, healthy_checkers=0), build_record_view(AWAY, healthy_checkers=0)
    )

    assert check_last_healthy_record(context_of(do, view)).ruling == "ok"


def test_a_record_of_a_region_with_a_fault_of_another_origin_counts_as_unhealthy() -> None:
    cut = ActiveFault(kind="network-cut", region=HOME)

    finding = check_last_healthy_record(context_of(OFF, build_two_door_view(faults=(cut,))))

    assert finding.ruling == "refuse"


@pytest.mark.parametrize(
    "unread",
    [
        {"faults": None},
        {"regions": {name: build_region_view(name, switch=None) for name in (HOME, AWAY)}},
    ],
)
def test_what_route_53_says_of_a_record_counts_beside_what_can_not_be_read(
    unread: dict[str, object],
) -> None:
    """Other guards hold for faults and switches that can't be read."""
    view = build_two_door_view(**unread)

    assert check_last_healthy_record(context_of(INVERT, view)).ruling == "ok"


def test_a_record_of_a_region_that_was_broken_counts_as_unhealthy_before_checkers_see_it() -> None:
    fault = Fault(kind="region-kill", region=HOME)

    finding = check_last_healthy_record(context_of(OFF, build_two_door_view(), faults=(fault,)))

    assert finding.ruling == "refuse"


def test_a_region_switched_to_fail_is_no_refuge() -> None:
    switched = build_region_view(HOME, switch=SwitchSetting(status="fail"))
    view = build_two_door_view(regions={HOME: switched, AWAY: build_region_view(AWAY)})

    assert check_last_healthy_record(context_of(INVERT, view)).ruling == "refuse"


@pytest.mark.parametrize(
    ("answering", "ruling"), [(frozenset[str](), "hold"), (frozenset({HOME}), "ok")]
)
def test_without_the_api_answers_to_probes_count(
    answering: frozenset[str], ruling: GuardRuling
) -> None:
    """So that the health switch works while us-east-1 is away."""
    view = build_two_door_view(dns=None)

    finding = check_last_healthy_record(context_of(OFF, view, answering_dns=answering))

    assert finding.ruling == ruling


@pytest.mark.parametrize("do", [INVERT, EMPTY])
def test_nothing_is_changed_while_the_api_does_not_answer(do: Instruction) -> None:
    away, there = build_two_door_view(dns=None), build_two_door_view()

    assert check_route53_reachable(context_of(do, away)).ruling == "hold"
    assert "evacuate-by-health" in check_route53_reachable(context_of(do, away)).reason
    assert check_route53_reachable(context_of(do, there)).ruling == "ok"


@pytest.mark.parametrize(
    ("record", "ruling"),
    [
        (build_record_view(AWAY), "ok"),
        (build_record_view(AWAY, healthy_checkers=0), "refuse"),
        (build_record_view(AWAY, healthy_checkers=None), "hold"),
        (build_record_view(AWAY, inverted=True), "ok"),
    ],
)
def test_a_check_that_fails_is_not_inverted(record: DnsRecordView, ruling: GuardRuling) -> None:
    """It would count as healthy, and users would be sent to a broken Region."""
    assert check_broken_inversion(context_of(INVERT, build_two_door_view(record))).ruling == ruling


@pytest.mark.parametrize("dns", [None, {}])
def test_a_check_that_can_not_be_read_is_not_inverted(dns: object) -> None:
    view = build_two_door_view(dns=dns)

    assert check_broken_inversion(context_of(INVERT, view)).ruling == "hold"


@pytest.mark.parametrize("do", [SetInverted(region=AWAY, inverted=False), EMPTY])
def test_whatever_a_check_says_its_inversion_may_end_and_a_weight_be_set(do: Instruction) -> None:
    view = build_two_door_view(build_record_view(AWAY, healthy_checkers=0))

    assert check_broken_inversion(context_of(do, view)).ruling == "ok"


def test_to_end_an_inversion_adds_no_risk() -> None:
    assert guards_for(SetInverted(region=AWAY, inverted=False)) == (
        "lease",
        "route53-reachable",
        "broken-inversion",
    )


RECORDS = st.builds(
    build_record_view,
    st.just(HOME),
    weight=st.sampled_from([0, 1, 100]),
    inverted=st.booleans(),
    disabled=st.booleans(),
    healthy_checkers=st.sampled_from([None, 0, 2, 3, 16]),
)


@given(RECORDS, st.sampled_from([INVERT, EMPTY, OFF]))
def test_in_any_state_another_record_stays_healthy(record: DnsRecordView, do: Instruction) -> None:
    ruling = check_last_healthy_record(context_of(do, build_two_door_view(record))).ruling

    assert (ruling == "ok") == (record.healthy is True and record.weight != 0)
