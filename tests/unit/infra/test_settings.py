"""A stack's configuration as a whole: every key, and every rule that can be broken."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from infra.errors import InvalidStackConfiguration
from infra.regions import REGION_NUMBERS
from infra.settings import DomainSettings, LoadBalancerScheme, StackSettings, parse_settings
from infra.targets import StackTarget

ROOT = Path(__file__).resolve().parents[3]
LEAST: Mapping[str, Any] = {
    "target": "aws",
    "regions": ["eu-central-1", "us-west-2"],
    "home_region": "eu-central-1",
}
CERTIFICATES = {
    region: f"arn:aws:acm:{region}:123456789012:certificate/0a1b-2c" for region in LEAST["regions"]
}
DOMAIN = {"domain": "muster.example.com", "certificate_arns": CERTIFICATES}


def parse_stack(**changes: object) -> StackSettings:
    """Settings of a small stack with some keys changed; None leaves a key out."""
    stack = str(changes.pop("stack", "prod"))
    whole = {**LEAST, **changes}
    values = {
        f"muster:{name}": value if isinstance(value, str) else json.dumps(value)
        for name, value in whole.items()
        if value is not None
    }
    return parse_settings(values, {}, project="muster", stack=stack)


def problems_with(**changes: object) -> list[str]:
    with pytest.raises(InvalidStackConfiguration) as caught:
        parse_stack(**changes)
    return [str(problem) for problem in caught.value.problems]


def test_the_smallest_configuration_has_these_defaults() -> None:
    settings = parse_stack()

    assert settings.prefix == "muster-prod"
    assert settings.target is StackTarget.AWS
    assert [region.name for region in settings.regions] == ["eu-central-1", "us-west-2"]
    assert {region.dial for region in settings.regions} == {100.0}
    assert settings.listener_port == 80
    assert settings.scheme is LoadBalancerScheme.INTERNAL
    assert (settings.health.interval_s, settings.health.timeout_s) == (10, 5)
    assert settings.function.timeout_s == 4
    assert not settings.protect
    assert settings.domain is None
    assert settings.tags == {"project": "muster", "stack": "prod", "managed-by": "pulumi"}


def test_every_key_can_be_set() -> None:
    settings = parse_stack(
        **DOMAIN,
        hosted_zone_id="Z0123456789ABC",
        dials={"us-west-2": 12.5},
        availability_zones={"us-west-2": ["us-west-2b", "us-west-2d"]},
        alb_scheme="internet-facing",
        protect="true",
        name_prefix="shop-eu",
        tags={"team": "a"},
    )

    first, second = settings.regions
    assert (first.dial, second.dial) == (100.0, 12.5)
    assert (first.zones, second.zones) == (None, ("us-west-2b", "us-west-2d"))
    assert second.certificate_arn == CERTIFICATES["us-west-2"]
    assert settings.domain == DomainSettings(
        name="muster.example.com", hosted_zone_id="Z0123456789ABC"
    )
    assert settings.scheme is LoadBalancerScheme.INTERNET_FACING
    assert settings.protect
    assert settings.prefix == "shop-eu"
    assert settings.tags["team"] == "a"


@given(interval=st.integers(5, 300), timeout=st.integers(2, 120), function=st.integers(2, 299))
def test_a_check_ends_before_the_next_and_the_tables_before_the_check(
    interval: int, timeout: int, function: int
) -> None:
    keys = {
        "health_interval": str(interval),
        "health_timeout": str(timeout),
        "function_timeout": str(function),
    }
    if interval > max(timeout, function):
        budget = parse_stack(**keys).function.table_budget_s
        assert 0 < budget < min(timeout, function)
    else:
        assert problems_with(**keys) == [
            f"muster:health_interval = {interval}: must be above both health_timeout ({timeout})"
            f" and function_timeout ({function})"
        ]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"target": None}, "muster:target: must be set"),
        ({"target": "gcp"}, "muster:target = gcp: must be one of aws, twin"),
        ({"regions": ["eu-central-1"]}, "must name two Regions or more"),
        (
            {"regions": ["eu-central-1", "eu-central-1"]},
            "named more than once: eu-central-1",
        ),
        (
            {"regions": ["eu-central-1", "us-north-9"]},
            "no AWS Region that infra/regions.py knows: us-north-9",
        ),
        ({"regions": "eu-central-1"}, "muster:regions = eu-central-1: must be JSON"),
        ({"home_region": None}, "muster:home_region: must be set"),
        ({"home_region": "us-east-1"}, "muster:home_region = us-east-1: must be among"),
        ({"dials": {"us-west-2": 101}}, "us-west-2: must be a number from 0 to 100"),
        ({"dials": {"us-west-2": -1}}, "us-west-2: must be a number from 0 to 100"),
        ({"dials": {"us-west-2": "50"}}, "us-west-2: must be a number from 0 to 100"),
        ({"dials": {"us-west-2": True}}, "us-west-2: must be a number from 0 to 100"),
        ({"dials": {"us-wst-2": 5}}, "no AWS Region that infra/regions.py knows: us-wst-2"),
        ({"dials": [5]}, "muster:dials = [5]: must be an object"),
        ({"listener_port": "0"}, "must be a whole number from 1 to 65535"),
        ({"listener_port": "65536"}, "must be a whole number from 1 to 65535"),
        ({"alb_scheme": "public"}, "must be one of internal, internet-facing"),
        ({"health_interval": "4", "health_timeout": "2", "function_timeout": "2"}, "from 5 to 300"),
        ({"health_timeout": "1"}, "from 2 to 120"),
        ({"healthy_threshold": "11"}, "from 2 to 10"),
        ({"unhealthy_threshold": "1"}, "from 2 to 10"),
        ({"function_timeout": "1"}, "from 2 to 299"),
        ({"function_memory": "64"}, "from 128 to 10240"),
        ({"log_retention_days": "31"}, "must be one of 1, 3, 5, 7, 14, 30"),
        ({"log_retention_days": "0"}, "from 1 to 3653"),
        ({"protect": "yes"}, "must be one of true, false"),
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
        ({**DOMAIN, "listener_port": "443"}, "HTTPS has 443 already"),
        (
            {**DOMAIN, "certificate_arns": {"us-west-2": CERTIFICATES["us-west-2"]}},
            "with muster:domain, must also name eu-central-1",
        ),
        (
            {**DOMAIN, "certificate_arns": dict.fromkeys(CERTIFICATES, CERTIFICATES["us-west-2"])},
            "eu-central-1: must be a certificate of that Region",
        ),
        ({"certificate_arns": CERTIFICATES}, "needs muster:domain"),
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
        ({"dail": "5"}, "muster:dail = 5: no such key; there are alb_scheme"),
    ],
)
def test_each_broken_rule_is_the_only_problem(changes: dict[str, Any], problem: str) -> None:
    (only,) = problems_with(**changes)

    assert only.startswith("muster:")
    assert problem in only


def test_all_problems_are_listed_with_the_file_to_change() -> None:
    with pytest.raises(InvalidStackConfiguration) as caught:
        parse_stack(regions=["us-west-2"], listener_port="x", dials={"us-west-2": 200})

    message = str(caught.value)
    assert message.count("\n  muster:") == 4
    assert "home_region" in message
    assert "Change Pulumi.prod.yaml" in message


def test_a_wrong_target_causes_no_endpoint_problems() -> None:
    values = {"muster:target": "x", "aws:endpoints": '[{"ec2": "http://127.0.0.1:4566"}]'}

    with pytest.raises(InvalidStackConfiguration) as caught:
        parse_settings(values, {}, project="muster", stack="prod")

    assert not [p for p in caught.value.problems if p.key.startswith("aws:")]


@given(st.dictionaries(st.sampled_from(sorted([*LEAST, *DOMAIN, "dials", "tags"])), st.text()))
def test_no_text_raises_another_error(values: dict[str, str]) -> None:
    full = {f"muster:{name}": text for name, text in values.items()}

    with pytest.raises(InvalidStackConfiguration):  # Regions are no plain text
        parse_settings(full, {}, project="muster", stack="prod")


# -- the project's own files


def project() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())
    return document


def test_every_key_is_declared_with_type_and_meaning() -> None:
    known = problems_with(nonsense="1")[0].split("there are ")[1].split(", ")
    declared = project()["config"]

    assert sorted(declared) == known
    for name, declaration in declared.items():
        assert declaration["description"], name
        assert declaration["type"] in {"string", "integer", "boolean", "array", "object"}


def test_the_declared_defaults_match_the_programs() -> None:
    declared = project()["config"]
    defaults = {name: d["default"] for name, d in declared.items() if "default" in d}

    assert parse_stack(**defaults) == parse_stack()
    assert set(declared) - set(defaults) == set(LEAST)


def test_the_programs_regions_have_networks_of_their_own() -> None:
    assert len(set(REGION_NUMBERS.values())) == len(REGION_NUMBERS)
    assert max(REGION_NUMBERS.values()) < 256
