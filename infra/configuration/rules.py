"""Rules of single configuration keys: one function reads and checks one key.

Each records problems at the reader, and returns a value to continue with. AWS's limits have a link
to their page.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from infra.configuration.reader import ConfigurationReader
from infra.configuration.regions import REGION_NUMBERS, WITHOUT_ACCELERATOR
from infra.configuration.services import ALWAYS, SERVICE_TABLES

T = TypeVar("T")

HTTPS_PORT = 443

LONGEST_PREFIX = 32
"""A load balancer's name: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
Other names (role with Region 64, function 64, table 255) are longer."""
SHORTEST_SECRET = 16
UNREACHABLE_VARIABLE = "MUSTER_UNREACHABLE_REGIONS"
"""Adds to muster:unreachable_regions for one run; names, separated by commas."""
MAX_TAGS = 50
"""https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html"""
LOG_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557),
    *(2922, 3288, 3653),
)
"""https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html"""

_PREFIX = re.compile(r"[A-Za-z0-9]+(-[A-Za-z0-9]+)*")
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})+")
_ORIGIN = re.compile(r"https?://[^/\s*,]+")
_ZONE_ID = re.compile(r"Z[A-Z0-9]{1,31}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateNeeds:
    """What a stack needs certificates for."""

    used: bool
    """Something serves HTTPS."""
    given: bool
    """A name has its DNS elsewhere, so that ACM can't validate it by a record."""


def parse_regions(reader: ConfigurationReader) -> tuple[str, ...]:
    """Two or more known Regions, without duplicates."""
    names = reader.texts("regions")
    unknown = [name for name in names if name not in REGION_NUMBERS]
    twice = sorted({name for name in names if names.count(name) > 1})
    if unknown:
        reader.refuse("regions", f"no AWS Region that Muster knows: {_join(unknown)}")
    if twice:
        reader.refuse("regions", f"named more than once: {_join(twice)}")
    if len(set(names)) < 2 and not reader.has_problem("regions"):
        reader.refuse("regions", "must name two Regions or more")
    return names


def check_accelerator_regions(reader: ConfigurationReader, names: Sequence[str]) -> None:
    """Global Accelerator can't reach every Region; it would refuse the last resource of all."""
    if lacking := [name for name in names if name in WITHOUT_ACCELERATOR]:
        reader.refuse(
            "regions",
            f"Global Accelerator has no endpoints in {_join(lacking)}; take other Regions, or dns"
            " alone in muster:front_doors",
        )


def parse_unreachable_regions(
    reader: ConfigurationReader, names: Sequence[str], environ: Mapping[str, str]
) -> tuple[str, ...]:
    """Regions that are down and deployed already: by the configuration, or for a single run."""
    now = tuple(filter(None, environ.get(UNREACHABLE_VARIABLE, "").split(",")))
    down = (*reader.texts("unreachable_regions"), *now)
    if unknown := [name for name in down if name not in names]:
        where = f" (with {UNREACHABLE_VARIABLE}={','.join(now)})" if now else ""
        reader.refuse("unreachable_regions", f"not in muster:regions: {_join(unknown)}{where}")
    return down


def parse_home_region(reader: ConfigurationReader, names: Sequence[str]) -> str:
    """One of the Regions. To remove it from the list would replace the tables with their data."""
    home = reader.text("home_region")
    if home and names and home not in names:
        reader.refuse(
            "home_region",
            "must be among muster:regions; the tables live there, and moving them replaces them",
        )
    return home


def check_health_interval(
    reader: ConfigurationReader, interval_s: int, health_s: int, function_s: int
) -> None:
    """A check must end before the next one starts."""
    if interval_s <= max(health_s, function_s):
        reader.refuse(
            "health_interval",
            f"must be above both health_timeout ({health_s}) and function_timeout ({function_s})",
        )


def parse_services(reader: ConfigurationReader) -> tuple[str, ...]:
    """Known services, each once, in the order of SERVICE_TABLES; items among them."""
    names = reader.texts("services", (ALWAYS,))
    unknown = [name for name in names if name not in SERVICE_TABLES]
    if unknown or len(set(names)) != len(names):
        reader.refuse("services", f"must be some of {_join(list(SERVICE_TABLES))}, once each")
    elif ALWAYS not in names and not reader.has_problem("services"):
        reader.refuse("services", f"must have {ALWAYS}, by which drills measure replication")
    return tuple(name for name in SERVICE_TABLES if name in names)


def parse_health_tables(reader: ConfigurationReader, services: Sequence[str]) -> tuple[str, ...]:
    """Services whose tables a health check reads."""
    names = reader.texts("health_tables", (ALWAYS,))
    unknown = [name for name in names if name not in services]
    if unknown and not reader.has_problem("services"):
        reader.refuse("health_tables", f"not in muster:services: {_join(unknown)}")
    if len(set(names)) != len(names):
        reader.refuse("health_tables", "names a service more than once")
    return tuple(name for name in services if name in names)


def parse_hits_secret(reader: ConfigurationReader, services: Sequence[str]) -> str | None:
    """The key that clients' addresses are hashed with; None without the service hits."""
    secret = reader.secret("hits_secret")
    if secret and len(secret) < SHORTEST_SECRET:
        reader.refuse("hits_secret", f"must have {SHORTEST_SECRET} characters or more")
    if "hits" not in services:
        return None
    if not secret:
        reader.refuse(
            "hits_secret",
            "must be set with the service hits, which stores clients' addresses hashed: `pulumi"
            " config set --secret muster:hits_secret`",
        )
    return secret


def parse_cors_origins(reader: ConfigurationReader) -> tuple[str, ...]:
    """Origins whose pages may read answers; empty for none."""
    origins = reader.texts("cors_origins", ("*",))
    for origin in origins:
        if origin != "*" and not _ORIGIN.fullmatch(origin):
            reader.refuse("cors_origins", f"'{origin}': must be * or like https://www.example.com")
    return origins


def parse_dials(reader: ConfigurationReader) -> dict[str, float]:
    """Region -> 0 to 100."""
    return parse_by_region(reader, "dials", _parse_dial, "a number from 0 to 100")


def parse_zones(reader: ConfigurationReader) -> dict[str, tuple[str, str]]:
    """Region -> two of its availability zones."""
    return parse_by_region(
        reader, "availability_zones", _parse_two_zones, "a list of two zones of that Region"
    )


def parse_certificates(
    reader: ConfigurationReader, names: Sequence[str], needs: CertificateNeeds
) -> dict[str, str]:
    """Region -> ARN of its certificate; those that are not given are requested where they can be.

    ACM validates a name by a record in its zone, so it needs one in Route 53.
    """
    found = parse_by_region(
        reader, "certificate_arns", _parse_certificate, "a certificate of that Region"
    )
    lacking = [name for name in names if name not in found]
    if reader.has_problem("certificate_arns"):
        return found
    if needs.given and lacking:
        reader.refuse(
            "certificate_arns",
            f"with muster:domain, must also name {_join(lacking)}; or set muster:hosted_zone_id,"
            " and they are requested",
        )
    if found and not needs.used:
        reader.refuse("certificate_arns", "needs muster:domain, or dns in muster:front_doors")
    return found


def parse_domain(reader: ConfigurationReader) -> str:
    """A host name; empty for none."""
    name = reader.text("domain", "")
    if name and not is_host_name(name):
        reader.refuse("domain", "must be a host name in lower case, such as muster.example.com")
    return name


def is_host_name(name: str) -> bool:
    """Whether it is a host name in lower case, with two labels or more."""
    return _DOMAIN.fullmatch(name) is not None


def parse_hosted_zone_id(reader: ConfigurationReader, domain_name: str) -> str:
    """The Route 53 zone of the domain; empty for none."""
    zone = parse_zone_id(reader, "hosted_zone_id")
    if zone and not domain_name and not reader.has_problem("hosted_zone_id"):
        reader.refuse("hosted_zone_id", "needs muster:domain")
    return zone


def parse_zone_id(reader: ConfigurationReader, name: str) -> str:
    """The id of a Route 53 zone; empty for none."""
    zone = reader.text(name, "")
    if zone and not _ZONE_ID.fullmatch(zone):
        reader.refuse(name, "must be the id of a Route 53 hosted zone (Z...)")
    return zone


def parse_name_prefix(reader: ConfigurationReader, default: str) -> str:
    """Prefix of every name, within the strictest limits: those of a load balancer's name."""
    name = reader.text("name_prefix", "") or default
    shown = f"names begin with '{name}' (muster:name_prefix, else project and stack); "
    if len(name) > LONGEST_PREFIX:
        reader.refuse("name_prefix", f"{shown}{len(name)} characters, at most {LONGEST_PREFIX}")
    elif not _PREFIX.fullmatch(name):
        reader.refuse("name_prefix", f"{shown}must be letters and digits, with single hyphens")
    elif name.startswith("internal-"):
        reader.refuse("name_prefix", f"{shown}must not begin with 'internal-'")
    return name


def parse_tags(reader: ConfigurationReader, own: Mapping[str, str]) -> dict[str, str]:
    """The user's tags and the program's own, which can't be overridden."""
    given = reader.text_table("tags")
    for key, value in given.items():
        if key in own or key == "Name":
            reader.refuse("tags", f"'{key}' is set by the program")
        if not 1 <= len(key) <= 128 or key.lower().startswith("aws:"):
            reader.refuse("tags", f"'{key}': 1 to 128 characters, not beginning with 'aws:'")
        if len(value) > 256:
            reader.refuse("tags", f"'{key}': a value has at most 256 characters")
    if len(given) + len(own) + 1 > MAX_TAGS:
        reader.refuse("tags", f"at most {MAX_TAGS - len(own) - 1} of your own")
    return {**given, **own}


def parse_log_retention(reader: ConfigurationReader) -> int:
    """A number of days that CloudWatch Logs allows."""
    days = reader.integer("log_retention_days", (1, max(LOG_RETENTION_DAYS)), 30)
    if days not in LOG_RETENTION_DAYS:
        known = ", ".join(map(str, LOG_RETENTION_DAYS))
        reader.refuse("log_retention_days", f"must be one of {known}")
    return days


def parse_by_region(
    reader: ConfigurationReader, name: str, parse: Callable[[str, object], T | None], rule: str
) -> dict[str, T]:
    """An object by Region. It may name Regions that are not in use, so that removing a Region is a
    change of one line; an unknown Region is a problem."""
    found: dict[str, T] = {}
    for region, value in reader.table(name).items():
        parsed = parse(region, value)
        if region not in REGION_NUMBERS:
            reader.refuse(name, f"no AWS Region that Muster knows: {region}")
        elif parsed is None:
            reader.refuse(name, f"{region}: must be {rule}")
        else:
            found[region] = parsed
    return found


def _parse_dial(_region: str, value: object) -> float | None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_CreateEndpointGroup.html"""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= 100 else None


def _parse_two_zones(region: str, value: object) -> tuple[str, str] | None:
    match value:
        case [str(one), str(other)] if one != other:
            return (one, other) if all(is_zone(region, zone) for zone in (one, other)) else None
    return None


def is_zone(region: str, name: str) -> bool:
    """Whether it is an availability zone of the Region, not a Local or Wavelength Zone."""
    return name[:-1] == region and name[-1:].islower()


def _parse_certificate(region: str, value: object) -> str | None:
    return parse_arn(value, "acm", region, r"certificate/[0-9a-f-]+")


def parse_arn(value: object, service: str, region: str, resource: str) -> str | None:
    """The ARN, if it is one of this service and Region; `resource` is a pattern of its rest."""
    pattern = rf"arn:aws[a-z-]*:{service}:{re.escape(region)}:\d{{12}}:{resource}"
    return value if isinstance(value, str) and re.fullmatch(pattern, value) else None


def _join(names: Sequence[str]) -> str:
    return ", ".join(names)
