"""What a plan may be."""

from dataclasses import replace

import pytest

from muster.errors import PlanError
from muster.measure.samples import Cohort
from muster.probe.plan import (
    Plan,
    Share,
    Target,
    Vantage,
    check,
    item_prefix,
    requests_per_connection_s,
)

PLAN = Plan(run="r1", targets=(Target(ip="192.0.2.1"), Target(ip="192.0.2.2")))


def test_a_sensible_plan_passes_unchanged() -> None:
    assert check(PLAN) == PLAN


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("run", "Up"),
        ("run", "x" * 17),
        ("targets", ()),
        ("targets", (Target(ip="192.0.2.1"), Target(ip="192.0.2.1"))),
        ("targets[0].ip", (Target(ip="example.com"),)),
        ("targets[0].port", (Target(ip="192.0.2.1", port=0),)),
        ("vantages", ()),
        ("vantages", (Vantage(name="a"), Vantage(name="a"))),
        ("vantages", (Vantage(name=""),)),
        ("vantages[0].source", (Vantage(name="a", source="nowhere"),)),
        ("vantages[0].source", (Vantage(name="a", source="::1"),)),
        ("shares", ()),
        ("shares", (Share(cohort=Cohort.NEW), Share(cohort=Cohort.NEW))),
        ("shares[0].weight", (Share(cohort=Cohort.NEW, weight=0.0),)),
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

    with pytest.raises(PlanError) as error:
        check(replace(PLAN, **{name: value}))  # type: ignore[arg-type]  # wrong on purpose

    assert error.value.field == field
    assert str(error.value).startswith(f"probe plan: {field} is ")


def test_tls_needs_a_name_to_check() -> None:
    with pytest.raises(PlanError, match="host is None"):
        check(replace(PLAN, tls=True))

    check(replace(PLAN, tls=True, host="example.com"))


def test_item_ids_carry_run_and_vantage_point_and_stay_plain() -> None:
    places = (Vantage(name="São Paulo (old town, east side)"), Vantage(name="東京"))
    plan = replace(PLAN, vantages=places)

    assert item_prefix(plan, places[0]) == "muster-r1-0sao-paulo-old-town-e-"
    assert item_prefix(plan, places[1]) == "muster-r1-1-"


def test_the_interval_of_a_kept_connection_is_told() -> None:
    shares = (Share(cohort=Cohort.NEW, weight=3), Share(cohort=Cohort.KEEPALIVE, weight=1))

    # 2 places x 1 vantage point x 2 addresses share 5 requests a second.
    assert requests_per_connection_s(replace(PLAN, shares=shares)) == 0.8
    assert requests_per_connection_s(PLAN) is None
