"""Limits of use, and plain HTTP only where it is allowed by name."""

import pytest

from infra.hardening.settings import ConcurrencySettings, TableLimits
from tests.unit.infra.stacks import DOMAIN, parse_stack, problems_with

DNS_ALONE = {
    "front_doors": ["dns"],
    "dns_domain": "api.example.com",
    "dns_zone_id": "Z0123456789ABC",
}


def test_plain_http_on_aws_is_refused_unless_it_is_allowed_by_name() -> None:
    (problem,) = problems_with(insecure_http="false")

    assert problem.startswith("muster:domain: must be set")
    assert "`pulumi config set muster:insecure_http true`" in problem
    assert parse_stack(insecure_http="true").domain is None


def test_a_name_makes_it_https() -> None:
    assert parse_stack(**DOMAIN, insecure_http="false").domain
    assert parse_stack(**DNS_ALONE, insecure_http="false").dns


def test_without_settings_nothing_is_limited() -> None:
    hardening = parse_stack().hardening

    assert hardening.hsts_max_age_s == 0
    assert hardening.concurrency == ConcurrencySettings(reserved=None, kept=True)
    assert hardening.tables == TableLimits(read_units=None, write_units=None)


def test_what_the_twin_has_not_is_refused_there() -> None:
    problems = problems_with(target="twin", waf_rate_limit="100", traffic_log_days="7")

    assert any("muster:waf_rate_limit" in p and "the twin has no WAF" in p for p in problems)
    assert any("muster:traffic_log_days" in p and "the twin has no S3" in p for p in problems)


def test_a_rate_below_the_least_is_refused() -> None:
    """https://docs.aws.amazon.com/waf/latest/APIReference/API_RateBasedStatement.html"""
    assert parse_stack(waf_rate_limit="10").hardening.requests_per_address == 10
    assert "or 10 or more" in problems_with(waf_rate_limit="9")[0]


KEYS = {
    region: f"arn:aws:kms:{region}:123456789012:key/1a2b3c4d"
    for region in ("eu-central-1", "us-west-2")
}


def test_keys_are_given_for_every_region_or_none() -> None:
    assert parse_stack(kms_key_arns=KEYS).hardening.keys == KEYS
    assert parse_stack().hardening.keys == {}

    (problem,) = problems_with(kms_key_arns={"us-west-2": KEYS["us-west-2"]})
    assert "must also name eu-central-1" in problem
    (problem,) = problems_with(kms_key_arns={**KEYS, "us-west-2": KEYS["eu-central-1"]})
    assert "us-west-2: must be the ARN of a KMS key there" in problem


def test_limits_are_read() -> None:
    hardening = parse_stack(
        hsts_max_age_s="60",
        reserved_concurrency="200",
        keep_reserved_concurrency="false",
        max_read_units="4000",
        max_write_units="1000",
    ).hardening

    assert hardening.hsts_max_age_s == 60
    assert hardening.concurrency == ConcurrencySettings(reserved=200, kept=False)
    assert hardening.tables == TableLimits(read_units=4000, write_units=1000)


def test_a_table_s_maximum_is_removed_by_minus_one() -> None:
    tables = parse_stack(max_read_units="-1").hardening.tables

    assert tables == TableLimits(read_units=-1, write_units=None)


@pytest.mark.parametrize(
    "key", ["hsts_max_age_s", "reserved_concurrency", "max_read_units", "max_write_units"]
)
@pytest.mark.parametrize("value", ["-2", "many", "1.5"])
def test_a_limit_is_a_whole_number(key: str, value: str) -> None:
    assert "must be a whole number" in problems_with(**{key: value})[0]
