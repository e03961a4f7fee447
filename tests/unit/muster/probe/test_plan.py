"""The checks of a probe plan."""

from dataclasses import replace

import pytest

from muster.errors import InvalidProbePlan
from muster.measure.samples import Cohort
from muster.probe.plan import (
    MAX_RATE,
    CohortShare,
    ProbePlan,
    ProbeTarget,
    VantagePoint,
    check_probe_plan,
    cohort_shares,
    item_prefix,
)

PLAN = ProbePlan(run="r1", targets=(ProbeTarget(ip="192.0.2.1"), ProbeTarget(ip="192.0.2.2")))


def test_a_sensible_plan_passes_unchanged() -> None:
    assert check_probe_plan(PLAN) == PLAN


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("run", "Up"),
        ("run", "x" * 17),
        ("targets", ()),
        ("targets", (ProbeTarget(ip="192.0.2.1"), ProbeTarget(ip="192.0.2.1"))),
        ("targets[0].ip", (ProbeTarget(ip="example.com"),)),
        ("targets[0].port", (ProbeTarget(ip="192.0.2.1", port=0),)),
        ("vantages", ()),
        ("vantages", (VantagePoint(name="a"), VantagePoint(name="a"))),
        ("vantages", (VantagePoint(name=""),)),
        ("vantages[0].source", (VantagePoint(name="a", source="nowhere"),)),
        ("vantages[0].source", (VantagePoint(name="a", source="::1"),)),
        ("shares", ()),
        ("shares", (CohortShare(cohort=Cohort.NEW), CohortShare(cohort=Cohort.NEW))),
        ("shares[0].weight", (CohortShare(cohort=Cohort.NEW, weight=0.0),)),
        ("rate", 0.0),
        ("rate", 1e9),
        ("rate", float("nan")),
        ("duration_s", -1.0),
        ("path", "get/foobar"),
        ("path", "/get/foo bar"),
        ("path", "/\r\nX: y"),
        ("host", "a\r\nb"),
        ("connect_timeout_s", 5.0),
        ("total_timeout_s", 0.0),
        ("max_open", 0),
        ("kept_connections", 0),
        ("read_later_s", 0.0),
        ("rewrite_every", -1),
    ],
)
def test_a_wrong_value_is_named(field: str, value: object) -> None:
    name = field.partition("[")[0]

    with pytest.raises(InvalidProbePlan) as error:
        check_probe_plan(replace(PLAN, **{name: value}))  # type: ignore[arg-type]  # wrong on purpose

    assert error.value.field == field
    assert str(error.value).startswith(f"probe plan: {field} is ")


def test_tls_needs_a_name_to_check() -> None:
    with pytest.raises(InvalidProbePlan, match="host is None"):
        check_probe_plan(replace(PLAN, tls=True))

    check_probe_plan(replace(PLAN, tls=True, host="example.com"))


def test_item_ids_carry_run_and_vantage_point_and_stay_plain() -> None:
    places = (VantagePoint(name="São Paulo (old town, east side)"), VantagePoint(name="東京"))
    plan = replace(PLAN, vantages=places)

    assert item_prefix(plan, places[0]) == "muster-r1-0sao-paulo-old-town-e-"
    assert item_prefix(plan, places[1]) == "muster-r1-1-"


def test_the_standard_mix_has_writes_only_when_they_are_wanted() -> None:
    quiet, writing = cohort_shares(writes=False), cohort_shares(writes=True)

    assert {share.cohort for share in quiet} == {Cohort.NEW, Cohort.KEEPALIVE}
    assert writing[:2] == quiet
    assert [share.cohort for share in writing[2:]] == [Cohort.WRITE_READ]


def test_the_bound_on_open_requests_fits_an_outage_at_the_highest_rate() -> None:
    plan = ProbePlan(run="test", targets=(ProbeTarget(ip="127.0.0.1"),), rate=MAX_RATE)

    assert plan.max_open > plan.rate * plan.total_timeout_s
