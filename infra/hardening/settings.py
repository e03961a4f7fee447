"""What bounds the use of the service, and whether plain HTTP is allowed."""

from dataclasses import dataclass

from infra.configuration_reader import ConfigurationReader

LONGEST_HSTS_S = 63_072_000
"""Two years, which lists of HTTPS-only names ask for: https://hstspreload.org/"""
HIGHEST_CONCURRENCY = 100_000
HIGHEST_UNITS = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TableLimits:
    """Request units a second that a table takes in each Region; None: the account's quota.

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


def parse_hardening(reader: ConfigurationReader, *, is_plain_on_aws: bool) -> HardeningSettings:
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
            read_units=reader.integer("max_read_units", (0, HIGHEST_UNITS), 0) or None,
            write_units=reader.integer("max_write_units", (0, HIGHEST_UNITS), 0) or None,
        ),
    )
