"""A stack's configuration as a whole: every key, its range and its default."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from infra.configuration.errors import InvalidStackConfiguration
from infra.configuration.settings import DomainSettings, LoadBalancerScheme, parse_settings
from infra.targets import StackTarget
from tests.unit.infra.stacks import CERTIFICATES, DOMAIN, LEAST, PLAIN, parse_stack, problems_with

ROOT = Path(__file__).resolve().parents[4]


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
    assert (settings.protection.deletion, settings.protection.recovery) == (False, True)
    assert settings.serving_regions == settings.regions
    assert (settings.services, settings.health_tables) == (("items",), ("items",))
    assert settings.cors_origins == ("*",)
    assert not settings.bookmarks_scan
    assert settings.domain is None
    assert settings.tags == {"project": "muster", "stack": "prod", "managed-by": "pulumi"}


def test_every_key_can_be_set() -> None:
    settings = parse_stack(
        **DOMAIN,
        hosted_zone_id="Z0123456789ABC",
        dials={"us-west-2": 12.5},
        availability_zones={"us-west-2": ["us-west-2b", "us-west-2d"]},
        services=["items", "keyvalues", "hits", "bookmarks"],
        health_tables=["keyvalues"],
        hits_secret="0123456789abcdef",
        bookmarks_scan="true",
        cors_origins=["https://www.example.com", "http://127.0.0.1:8000"],
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
    assert settings.protection.protects("us-west-2")
    assert settings.prefix == "shop-eu"
    assert settings.tags["team"] == "a"
    assert settings.services == ("items", "keyvalues", "hits", "bookmarks")
    assert settings.health_tables == ("keyvalues",)
    assert settings.hits_secret == "0123456789abcdef"
    assert len(settings.cors_origins) == 2
    assert settings.bookmarks_scan


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
        ({"regions": "eu-central-1"}, "muster:regions = eu-central-1: must be JSON"),
        ({"home_region": None}, "muster:home_region: must be set"),
        ({"listener_port": "0"}, "must be a whole number from 1 to 65535"),
        ({"listener_port": "65536"}, "must be a whole number from 1 to 65535"),
        ({"alb_scheme": "public"}, "must be one of internal, internet-facing"),
        (
            {"alb_scheme": "internet-facing", "name_prefix": "a" * 26},
            "33 characters, at most 32: set a shorter muster:name_prefix",
        ),
        ({"health_interval": "4", "health_timeout": "2", "function_timeout": "2"}, "from 5 to 300"),
        ({"health_timeout": "1"}, "from 2 to 120"),
        ({"healthy_threshold": "11"}, "from 2 to 10"),
        ({"unhealthy_threshold": "1"}, "from 2 to 10"),
        ({"function_timeout": "1"}, "from 2 to 299"),
        ({"function_memory": "64"}, "from 128 to 10240"),
        ({"protect": "yes"}, "must be one of true, false"),
        ({**DOMAIN, "listener_port": "443"}, "HTTPS has 443 already"),
        ({"dail": "5"}, "muster:dail = 5: no such key; there are alarm_topic_arns"),
    ],
)
def test_each_value_out_of_its_range_is_the_only_problem(
    changes: dict[str, Any], problem: str
) -> None:
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

    assert parse_stack(**{**defaults, **PLAIN}) == parse_stack()
    assert set(declared) - set(defaults) == set(LEAST)
