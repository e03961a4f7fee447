"""The checks of a probe plan."""

from dataclasses import replace

import pytest

from muster.errors import InvalidProbePlan
from muster.measure.samples import Cohort
from muster.parsers import MAX_RATE
from muster.probe.plan import (
    CohortShare,
    NamedService,
    ProbePlan,
    ProbeTarget,
    ResolverAddress,
    VantagePoint,
    check_probe_plan,
    cohort_shares,
    item_prefix,
    parse_resolver,
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


def test_the_mix_has_the_clients_of_the_doors_that_there_are() -> None:
    both = {share.cohort for share in cohort_shares(writes=True, doors=("accelerator", "dns"))}
    dns = {share.cohort for share in cohort_shares(writes=True, doors=("dns",))}

    assert both == set(Cohort)
    assert dns == {Cohort.WRITE_READ, *(cohort for cohort in Cohort if cohort.door == "dns")}


@pytest.mark.parametrize(
    ("dns", "field"),
    [
        (NamedService(name="not a name"), "dns.name"),
        (NamedService(name=""), "dns.name"),
        (NamedService(name="a.test", port=0), "dns.port"),
        (NamedService(name="a.test", cache_speed=0.0), "dns.cache_speed"),
    ],
)
def test_a_wrong_name_is_named(dns: NamedService, field: str) -> None:
    with pytest.raises(InvalidProbePlan) as error:
        check_probe_plan(replace(PLAN, dns=dns))

    assert error.value.field == field


def test_a_cohort_needs_its_door() -> None:
    only_dns = ProbePlan(run="r", dns=NamedService(name="a.test"))

    with pytest.raises(InvalidProbePlan, match="dns is None; it must be given for"):
        check_probe_plan(replace(PLAN, shares=(CohortShare(cohort=Cohort.DNS_TTL),)))
    with pytest.raises(InvalidProbePlan, match="targets"):
        check_probe_plan(only_dns)
    check_probe_plan(replace(only_dns, shares=(CohortShare(cohort=Cohort.DNS_TTL),)))


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.1", ResolverAddress("192.0.2.1", 53)),
        ("127.160.1.1:5300", ResolverAddress("127.160.1.1", 5300)),
        ("2001:db8::1", ResolverAddress("2001:db8::1", 53)),
        ("[2001:db8::1]:5300", ResolverAddress("2001:db8::1", 5300)),
        ("[2001:db8::1]", ResolverAddress("2001:db8::1", 53)),
    ],
)
def test_a_resolver_is_an_address_with_a_port_or_without(
    text: str, address: ResolverAddress
) -> None:
    assert parse_resolver(text) == address


@pytest.mark.parametrize("text", ["", "example.com", "192.0.2.1:", "192.0.2.1:0", "1.2.3.4:99999"])
def test_what_is_no_resolver_is_refused(text: str) -> None:
    with pytest.raises(InvalidProbePlan, match=r"vantages\[0\].resolver"):
        check_probe_plan(replace(PLAN, vantages=(VantagePoint(name="a", resolver=text),)))
