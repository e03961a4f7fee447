"""What bounds the use of the service, and whether plain HTTP is allowed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from infra.configuration.reader import ConfigurationReader
from infra.configuration.rules import parse_arn, parse_by_region

LONGEST_HSTS_S = 63_072_000
"""Two years, which lists of HTTPS-only names ask for: https://hstspreload.org/"""
HIGHEST_CONCURRENCY = 100_000
HIGHEST_UNITS = 1_000_000_000
NO_MAXIMUM = -1
"""Removes the maximum that a table has; one that is new has none, and AWS refuses it."""
LEAST_RATE = 10
HIGHEST_RATE = 2_000_000_000
LONGEST_LOGS_DAYS = 3_653


@dataclass(frozen=True, slots=True, kw_only=True)
class TableLimits:
    """Request units a second that a table takes in each Region, or NO_MAXIMUM.

    None: a new table has the account's quota, another one what it has.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode-max-throughput.html
    """

    read_units: int | None
    write_units: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcurrencySettings:
    """Concurrency that each Region's function has for itself, and can't exceed.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
    """

    reserved: int | None
    """None: what the account's other functions leave."""
    kept: bool
    """Whether a value that was changed at run time stays, as a drill's throttling does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HardeningSettings:
    """Limits and refusals of a stack."""

    hsts_max_age_s: int
    """Time for which browsers insist on HTTPS; 0: they are not told to."""
    concurrency: ConcurrencySettings
    tables: TableLimits
    requests_per_address: int | None
    """Of one address in five minutes, at each Region's load balancer; None: no web ACL."""
    traffic_log_days: int | None
    """How long access logs and flow logs are kept; None: none are written."""
    keys: Mapping[str, str]
    """Region -> ARN of the KMS key of its tables and logs; empty: keys that AWS owns."""


def parse_hardening(
    reader: ConfigurationReader,
    regions: Sequence[str],
    *,
    is_plain_on_aws: bool,
    is_on_twin: bool,
) -> HardeningSettings:
    """Read the keys of this module.

    `is_plain_on_aws`: the stack is for AWS, and its accelerator has no domain, so no certificate.
    """
    allowed = reader.flag("insecure_http", default=False)
    if is_plain_on_aws and not allowed:
        reader.refuse(
            "domain",
            "must be set, so that the accelerator speaks HTTPS: without it everybody on the way"
            " reads and changes requests; to allow that: `pulumi config set muster:insecure_http"
            " true`",
        )
    return HardeningSettings(
        hsts_max_age_s=reader.integer("hsts_max_age_s", (0, LONGEST_HSTS_S), 0),
        concurrency=ConcurrencySettings(
            reserved=reader.integer("reserved_concurrency", (0, HIGHEST_CONCURRENCY), 0) or None,
            kept=reader.flag("keep_reserved_concurrency", default=True),
        ),
        tables=TableLimits(
            read_units=_units(reader, "max_read_units"),
            write_units=_units(reader, "max_write_units"),
        ),
        requests_per_address=_requests_per_address(reader, is_on_twin=is_on_twin),
        traffic_log_days=_traffic_log_days(reader, is_on_twin=is_on_twin),
        keys=_keys(reader, regions),
    )


def _units(reader: ConfigurationReader, name: str) -> int | None:
    return reader.integer(name, (NO_MAXIMUM, HIGHEST_UNITS), 0) or None


def _requests_per_address(reader: ConfigurationReader, *, is_on_twin: bool) -> int | None:
    """https://docs.aws.amazon.com/waf/latest/APIReference/API_RateBasedStatement.html"""
    limit = reader.integer("waf_rate_limit", (0, HIGHEST_RATE), 0)
    if 0 < limit < LEAST_RATE:
        reader.refuse("waf_rate_limit", f"must be 0 for no web ACL, or {LEAST_RATE} or more")
    if limit and is_on_twin:
        reader.refuse("waf_rate_limit", "is for AWS; the twin has no WAF")
    return limit or None


def _traffic_log_days(reader: ConfigurationReader, *, is_on_twin: bool) -> int | None:
    days = reader.integer("traffic_log_days", (0, LONGEST_LOGS_DAYS), 0)
    if days and is_on_twin:
        reader.refuse("traffic_log_days", "is for AWS; the twin has no S3 for the logs")
    return days or None


def _keys(reader: ConfigurationReader, regions: Sequence[str]) -> dict[str, str]:
    """A key of every Region, or none: all replicas have keys of one type.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
    """
    found = parse_by_region(reader, "kms_key_arns", _parse_key, "the ARN of a KMS key there")
    lacking = [name for name in regions if name not in found]
    if found and lacking and not reader.has_problem("kms_key_arns"):
        reader.refuse("kms_key_arns", f"must also name {', '.join(lacking)}, or no Region")
    return found


def _parse_key(region: str, value: object) -> str | None:
    return parse_arn(value, "kms", region, r"key/[0-9A-Za-z-]+")
