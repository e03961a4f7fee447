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


@pytest.mark.parametrize(
    "key", ["hsts_max_age_s", "reserved_concurrency", "max_read_units", "max_write_units"]
)
@pytest.mark.parametrize("value", ["-1", "many", "1.5"])
def test_a_limit_is_a_whole_number(key: str, value: str) -> None:
    assert "must be a whole number" in problems_with(**{key: value})[0]
