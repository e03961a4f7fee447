"""Rules of single keys: what each refuses, and how it says so."""

from typing import Any

import pytest

from infra.configuration.reader import ConfigurationReader
from infra.configuration.rules import UNREACHABLE_VARIABLE, parse_unreachable_regions
from tests.unit.infra.stacks import CERTIFICATES, DOMAIN, parse_stack, problems_with


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"regions": ["eu-central-1"]}, "must name two Regions or more"),
        (
            {"regions": ["eu-central-1", "eu-central-1"]},
            "named more than once: eu-central-1",
        ),
        (
            {"regions": ["eu-central-1", "us-north-9"]},
            "no AWS Region that Muster knows: us-north-9",
        ),
        ({"home_region": "us-east-1"}, "muster:home_region = us-east-1: must be among"),
        ({"services": ["items", "hitz"]}, "must be some of items, keyvalues, hits, bookmarks"),
        ({"services": ["items", "items"]}, "once each"),
        ({"services": ["keyvalues"]}, "must have items, by which drills measure replication"),
        ({"services": ["items", "hits"]}, "muster:hits_secret: must be set with the service hits"),
        ({"hits_secret": "short"}, "muster:hits_secret: must have 16 characters or more"),
        ({"health_tables": ["hits"]}, "not in muster:services: hits"),
        ({"health_tables": ["items", "items"]}, "names a service more than once"),
        ({"cors_origins": ["example.com"]}, "'example.com': must be * or like https://"),
        ({"cors_origins": ["https://a.test/"]}, "'https://a.test/': must be * or like"),
        ({"cors_origins": ["https://a.test,b"]}, "'https://a.test,b': must be * or like"),
        ({"dials": {"us-west-2": 101}}, "us-west-2: must be a number from 0 to 100"),
        ({"dials": {"us-west-2": -1}}, "us-west-2: must be a number from 0 to 100"),
        ({"dials": {"us-west-2": "50"}}, "us-west-2: must be a number from 0 to 100"),
        ({"dials": {"us-west-2": True}}, "us-west-2: must be a number from 0 to 100"),
        ({"dials": {"us-wst-2": 5}}, "no AWS Region that Muster knows: us-wst-2"),
        ({"dials": [5]}, "muster:dials = [5]: must be an object"),
        ({"log_retention_days": "31"}, "must be one of 1, 3, 5, 7, 14, 30"),
        ({"log_retention_days": "0"}, "from 1 to 3653"),
        ({"log_sample_percent": "101"}, "from 0 to 100"),
        ({"availability_zones": {"us-west-2": ["us-west-2a"]}}, "a list of two zones"),
        ({"availability_zones": {"us-west-2": ["us-west-2a"] * 2}}, "a list of two zones"),
        (
            {"availability_zones": {"us-west-2": ["us-west-2a", "us-west-2-lax-1a"]}},
            "a list of two zones of that Region",
        ),
        (
            {"availability_zones": {"us-west-2": ["eu-central-1a", "us-west-2a"]}},
            "a list of two zones of that Region",
        ),
        ({**DOMAIN, "domain": "Muster.Example.com"}, "must be a host name in lower case"),
        ({**DOMAIN, "domain": "muster"}, "must be a host name"),
        ({**DOMAIN, "domain": "a..b"}, "must be a host name"),
        (
            {**DOMAIN, "certificate_arns": {"us-west-2": CERTIFICATES["us-west-2"]}},
            "with muster:domain, must also name eu-central-1",
        ),
        (
            {**DOMAIN, "certificate_arns": dict.fromkeys(CERTIFICATES, CERTIFICATES["us-west-2"])},
            "eu-central-1: must be a certificate of that Region",
        ),
        ({"certificate_arns": CERTIFICATES}, "needs muster:domain, or dns in muster:front_doors"),
        ({**DOMAIN, "hosted_zone_id": "zone"}, "must be the id of a Route 53 hosted zone"),
        ({"hosted_zone_id": "Z0123456789ABC"}, "muster:hosted_zone_id = Z0123456789ABC: needs"),
        ({"name_prefix": "x" * 33}, "33 characters, at most 32"),
        ({"name_prefix": "a_b"}, "letters and digits, with single hyphens"),
        ({"name_prefix": "-a"}, "letters and digits, with single hyphens"),
        ({"name_prefix": "internal-a"}, "must not begin with 'internal-'"),
        ({"stack": "s" * 26}, "names begin with 'muster-" + "s" * 26 + "'"),
        ({"stack": "feature_x"}, "names begin with 'muster-feature_x'"),
        ({"tags": {"stack": "mine"}}, "'stack' is set by the program"),
        ({"tags": {"Name": "mine"}}, "'Name' is set by the program"),
        ({"tags": {"AWS:x": "y"}}, "not beginning with 'aws:'"),
        ({"tags": {"a": "x" * 257}}, "at most 256 characters"),
        ({"tags": {"a": 1}}, "a must be a string"),
        ({"tags": {f"t{n}": "" for n in range(47)}}, "at most 46 of your own"),
    ],
)
def test_each_broken_rule_is_the_only_problem(changes: dict[str, Any], problem: str) -> None:
    (only,) = problems_with(**changes)

    assert only.startswith("muster:")
    assert problem in only


def test_services_have_one_order() -> None:
    settings = parse_stack(
        services=["hits", "items"], hits_secret="s" * 16, health_tables=["hits", "items"]
    )

    assert (settings.services, settings.health_tables) == (("items", "hits"),) * 2


def test_only_the_switch_decides_where_no_table_does() -> None:
    assert parse_stack(health_tables=[]).health_tables == ()


def test_a_secret_is_in_no_message() -> None:
    (problem,) = problems_with(hits_secret="hunter2")

    assert "hunter2" not in problem
    assert "hunter2" not in repr(parse_stack(services=["items", "hits"], hits_secret="hunter2" * 3))


def test_a_region_without_global_accelerator_is_refused_behind_it_alone() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/preserve-client-ip-address.regions.html"""
    regions = ["eu-central-1", "mx-central-1"]
    (problem,) = problems_with(regions=regions)
    dns = {"front_doors": ["dns"], "dns_domain": "api.example.com", "dns_zone_id": "Z0DNS"}

    assert "Global Accelerator has no endpoints in mx-central-1" in problem
    assert [region.name for region in parse_stack(regions=regions, **dns).regions] == regions


def test_an_unreachable_region_is_one_of_the_stack_s() -> None:
    settings = parse_stack(unreachable_regions=["us-west-2"])
    (problem,) = problems_with(unreachable_regions=["us-east-1"])

    assert [region.unreachable for region in settings.regions] == [False, True]
    assert "not in muster:regions: us-east-1" in problem


def test_a_run_names_further_unreachable_regions_in_its_environment() -> None:
    reader = ConfigurationReader({"muster:unreachable_regions": '["a"]'}, "muster")

    assert parse_unreachable_regions(reader, ("a", "b", "c"), {}) == ("a",)
    named = {UNREACHABLE_VARIABLE: "b,c"}
    assert parse_unreachable_regions(reader, ("a", "b", "c"), named) == ("a", "b", "c")
    assert reader.problems == []
    parse_unreachable_regions(reader, ("a", "b"), named)
    assert "not in muster:regions: c (with MUSTER_UNREACHABLE_REGIONS=b,c)" in str(
        reader.problems[0]
    )
