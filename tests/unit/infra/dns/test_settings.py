"""Keys of the DNS front door: defaults, ranges, and the rules of each policy."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.configuration.regions import REGION_NUMBERS
from infra.dns.settings import DnsDoorSettings, DnsPolicy, GeoPlace, default_place
from tests.unit.infra.stacks import CERTIFICATES, parse_stack, problems_with

DNS: dict[str, Any] = {"front_doors": ["dns"], "dns_domain": "api.example.com"}
THREE = ["eu-central-1", "us-east-1", "us-west-2"]


def parse_door(**changes: object) -> DnsDoorSettings:
    settings = parse_stack(**{**DNS, **changes}).dns
    assert settings is not None
    return settings


def test_the_door_has_these_defaults() -> None:
    door = parse_door()

    assert (door.domain, door.zone_id, door.made_zone) == ("api.example.com", None, "example.com")
    assert door.policy is DnsPolicy.LATENCY
    assert door.ttl_s == 60
    assert (door.check.interval_s, door.check.threshold) == (10, 3)
    assert door.url == "https://api.example.com"
    assert door.regional_name("us-west-2") == "us-west-2.api.example.com"
    assert door.regional_url == "https://{region}.api.example.com"
    assert (door.api.rate_per_s, door.api.burst) == (5000, 2500)


def test_without_the_door_its_keys_need_not_be_complete() -> None:
    assert parse_stack(dns_policy="multivalue", dns_ttl_s="30").dns is None


def test_every_key_can_be_set() -> None:
    door = parse_door(
        dns_zone_id="Z0123456789ABC",
        dns_policy="failover",
        dns_ttl_s="10",
        dns_check_interval_s="30",
        dns_check_threshold="1",
        api_rate_limit="10",
        api_burst_limit="5",
    )

    assert (door.zone_id, door.policy, door.ttl_s) == ("Z0123456789ABC", DnsPolicy.FAILOVER, 10)
    assert (door.check.interval_s, door.check.threshold) == (30, 1)
    assert (door.api.rate_per_s, door.api.burst) == (10, 5)


def test_a_twin_may_have_another_port() -> None:
    (endpoints_only,) = problems_with(**DNS, target="twin", dns_https_port="8443")

    assert "aws:endpoints" in endpoints_only
    assert "acm, apigatewayv2" in endpoints_only


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        (
            {"front_doors": ["accelerator", "accelerator"]},
            "must be one or both of accelerator, dns, once each",
        ),
        ({"front_doors": ["cdn"]}, "must be one or both of accelerator, dns"),
        ({"front_doors": []}, "must be one or both of accelerator, dns"),
        ({**DNS, "dns_domain": None}, "muster:dns_domain: must be set"),
        ({**DNS, "dns_domain": "Api.Example.com"}, "must be a host name in lower case"),
        ({**DNS, "dns_domain": "example.com"}, "needs muster:dns_zone_id, or three labels"),
        ({**DNS, "dns_domain": f"{'a' * 60}.example.com"}, "has 72 characters, at most 64"),
        ({**DNS, "dns_zone_id": "zone"}, "must be the id of a Route 53 hosted zone"),
        ({**DNS, "dns_policy": "random"}, "must be one of latency, weighted, geolocation"),
        ({**DNS, "dns_ttl_s": "0"}, "from 1 to 172800"),
        ({**DNS, "dns_check_interval_s": "20"}, "must be one of 10, 30"),
        ({**DNS, "dns_check_threshold": "11"}, "from 1 to 10"),
        ({**DNS, "dns_https_port": "8443"}, "is 443 on AWS"),
        ({**DNS, "api_rate_limit": "0"}, "from 1 to 100000"),
        ({**DNS, "api_burst_limit": "x"}, "from 1 to 100000"),
        ({**DNS, "dns_policy": "multivalue"}, "must name eu-central-1, us-west-2: a multivalue"),
        (
            {**DNS, "dns_addresses": {"us-west-2": ["192.0.2.256"]}},
            "us-west-2: must be a list of IPv4 addresses",
        ),
        ({**DNS, "dns_addresses": {"us-west-2": []}}, "must be a list of IPv4 addresses"),
        (
            {**DNS, "dns_policy": "failover", "regions": THREE},
            "is between home_region and one other; there are 3 Regions",
        ),
        (
            {**DNS, "dns_policy": "geolocation", "regions": THREE},
            "must give us-east-1, us-west-2 different places",
        ),
        ({**DNS, "dns_places": {"us-west-2": "NA"}}, "us-west-2: must be {continent: EU}"),
        ({**DNS, "dns_places": {"us-west-2": {"continent": "XX"}}}, "must be {continent: EU}"),
        (
            {**DNS, "dns_places": {"us-west-2": {"country": "DE", "subdivision": "BY"}}},
            "must be {continent: EU}",
        ),
        ({**DNS, "certificate_arns": {"us-west-2": "arn"}}, "must be a certificate of that Region"),
    ],
)
def test_each_broken_rule_is_the_only_problem(changes: dict[str, Any], problem: str) -> None:
    (only,) = problems_with(**changes)

    assert only.startswith("muster:")
    assert problem in only


def test_each_door_has_a_name_of_its_own() -> None:
    accelerator = {"domain": "api.example.com", "hosted_zone_id": "Z0123456789ABC"}

    (alone,) = problems_with(**DNS, **accelerator, certificate_arns=CERTIFICATES)[:1]
    both = problems_with(**{**DNS, **accelerator, "front_doors": ["accelerator", "dns"]})

    assert "is the accelerator's" in alone
    assert "must differ from muster:domain" in both[0]


def test_all_problems_of_the_door_are_listed() -> None:
    problems = problems_with(
        front_doors=["dns"], dns_policy="x", dns_ttl_s="x", dns_zone_id="x", dns_check_threshold="0"
    )

    assert [problem.partition(" =")[0].partition(": ")[0] for problem in problems] == [
        "muster:dns_zone_id",
        "muster:dns_domain",
        "muster:dns_policy",
        "muster:dns_ttl_s",
        "muster:dns_check_threshold",
    ]


def test_places_can_be_given() -> None:
    door = parse_door(
        regions=THREE,
        dns_policy="geolocation",
        dns_places={"us-west-2": {"country": "US", "subdivision": "OR"}},
    )

    assert door.places == {
        "eu-central-1": GeoPlace(country="*"),
        "us-east-1": GeoPlace(continent="NA"),
        "us-west-2": GeoPlace(country="US", subdivision="OR"),
    }


@given(st.sampled_from(sorted(REGION_NUMBERS)))
def test_every_region_has_a_continent(region: str) -> None:
    assert default_place(region, "other").continent
    assert default_place(region, region).country == "*"
