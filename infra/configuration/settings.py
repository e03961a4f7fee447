"""Parses a stack's configuration: a pure function from a mapping to StackSettings.

Each rule is a function, called in `parse_settings`. AWS's limits have a link to their page. Does
not import Pulumi: infra/configuration/loader.py fetches the mapping.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from infra.configuration.errors import InvalidStackConfiguration
from infra.configuration.reader import ConfigurationReader
from infra.configuration.rules import (
    HTTPS_PORT,
    LONGEST_PREFIX,
    CertificateNeeds,
    check_accelerator_regions,
    check_health_interval,
    parse_certificates,
    parse_cors_origins,
    parse_dials,
    parse_domain,
    parse_health_tables,
    parse_hits_secret,
    parse_home_region,
    parse_hosted_zone_id,
    parse_log_retention,
    parse_name_prefix,
    parse_regions,
    parse_services,
    parse_tags,
    parse_unreachable_regions,
    parse_zones,
)
from infra.dns.settings import DnsDoorSettings, StackShape, parse_dns_door
from infra.hardening.settings import HardeningSettings, parse_hardening
from infra.monitoring.settings import MonitoringSettings, parse_monitoring
from infra.protection.settings import ProtectionSettings, parse_protection
from infra.targets import StackTarget, find_endpoint_problems

ALL_PERCENT = 100
ANSWER_MARGIN_S = 0.5
"""Time of a health check for anything but the tables: network, start of the function."""


class DoorKind(StrEnum):
    """A way into the service."""

    ACCELERATOR = "accelerator"
    """Global Accelerator and load balancers."""
    DNS = "dns"
    """Route 53 and API Gateway."""


class LoadBalancerScheme(StrEnum):
    """Whether a load balancer has public addresses."""

    INTERNAL = "internal"
    INTERNET_FACING = "internet-facing"


def balancer_name(prefix: str, scheme: LoadBalancerScheme) -> str:
    """Name of a Region's load balancer and of its target group.

    A scheme can't be changed. Each has a name of its own, so that the new load balancer can be made
    before the old one is deleted.
    """
    return f"{prefix}-public" if scheme is LoadBalancerScheme.INTERNET_FACING else prefix


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionSettings:
    """Settings of one Region."""

    name: str
    dial: float
    """Declared traffic dial, percent; changes at run time are kept."""
    zones: tuple[str, str] | None
    """Availability zones; None: the first two that AWS offers."""
    unreachable: bool
    """Whether the Region is down, and so is not asked for anything before the deployment."""
    certificate_arn: str | None
    """None: requested, if the Region serves HTTPS."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthCheckSettings:
    """The load balancers' health check of the function; seconds and counts."""

    interval_s: int
    timeout_s: int
    healthy: int
    unhealthy: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionSettings:
    """Settings of the function."""

    timeout_s: int
    memory_mb: int
    log_retention_days: int
    log_sample_percent: int
    """Of the answers below 400; below 100, Lambda's own lines are not written either."""
    table_budget_s: float
    """Time for calls to the tables, so that a health check is answered before its time-out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainSettings:
    """The service's domain, served with HTTPS."""

    name: str
    hosted_zone_id: str | None
    """Route 53 zone that gets the alias; None: the domain's DNS is elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StackSettings:
    """A stack's checked configuration."""

    stack: str
    prefix: str
    """Prefix of every name."""
    target: StackTarget
    regions: tuple[RegionSettings, ...]
    home_region: str
    """Region in which the tables are declared; a change replaces them."""
    listener_port: int
    scheme: LoadBalancerScheme
    health: HealthCheckSettings
    function: FunctionSettings
    services: tuple[str, ...]
    """Of infra/configuration/services.py."""
    health_tables: tuple[str, ...]
    """Services whose tables a health check reads."""
    hits_secret: str | None = field(repr=False)
    """None without the service hits."""
    bookmarks_scan: bool
    """Whether everybody may read all bookmarks."""
    cors_origins: tuple[str, ...]
    """Origins whose pages may read answers; empty: none."""
    protection: ProtectionSettings
    hardening: HardeningSettings
    doors: frozenset[DoorKind]
    domain: DomainSettings | None
    """Of the accelerator."""
    dns: DnsDoorSettings | None
    """None without the DNS front door."""
    replication_pause_minutes: int | None
    """Duration of an experiment that pauses replication; None: no templates."""
    monitoring: MonitoringSettings
    tags: Mapping[str, str]
    """For every resource that takes tags."""

    @property
    def serving_regions(self) -> tuple[RegionSettings, ...]:
        """The Regions that get traffic: all but the draining ones."""
        return tuple(r for r in self.regions if r.name not in self.protection.draining)


def parse_settings(
    values: Mapping[str, str], environ: Mapping[str, str], *, project: str, stack: str
) -> StackSettings:
    """Read and check every key. Raises InvalidStackConfiguration with all problems.

    `values`: by full key (`muster:regions`, `aws:endpoints`), the text that Pulumi passes.
    """
    reader = ConfigurationReader(values, project)
    names = parse_regions(reader)
    services = parse_services(reader)
    domain = _parse_domain_settings(reader)
    health = _parse_health(reader)
    target = StackTarget(reader.choice("target", tuple(StackTarget)))
    doors = _parse_doors(reader)
    home = parse_home_region(reader, names)
    dns = parse_dns_door(
        reader,
        StackShape(regions=names, home=home, target=target, has_dns_door=DoorKind.DNS in doors),
    )
    _check_domains(reader, doors, domain, dns)
    if DoorKind.ACCELERATOR in doors:
        check_accelerator_regions(reader, names)
    prefix = parse_name_prefix(reader, f"{project}-{stack}")
    settings = StackSettings(
        stack=stack,
        prefix=prefix,
        target=target,
        regions=_parse_region_settings(
            reader,
            names,
            CertificateNeeds(
                used=bool(domain or dns),
                given=bool(domain and not domain.hosted_zone_id),
            ),
            environ,
        ),
        home_region=home,
        listener_port=_parse_port(reader, domain),
        scheme=_parse_scheme(reader, prefix),
        health=health,
        function=_parse_function(reader, health),
        services=services,
        health_tables=parse_health_tables(reader, services),
        hits_secret=parse_hits_secret(reader, services),
        bookmarks_scan=reader.flag("bookmarks_scan", default=False),
        cors_origins=parse_cors_origins(reader),
        protection=parse_protection(reader, names, home),
        hardening=parse_hardening(
            reader,
            names,
            is_plain_on_aws=(
                target is StackTarget.AWS and DoorKind.ACCELERATOR in doors and domain is None
            ),
            is_on_twin=target is StackTarget.TWIN,
        ),
        doors=doors,
        domain=domain,
        dns=dns,
        replication_pause_minutes=_parse_replication_pause(reader, target),
        monitoring=parse_monitoring(reader, target),
        tags=parse_tags(reader, {"project": project, "stack": stack, "managed-by": "pulumi"}),
    )
    reader.refuse_unread_keys()
    problems = list(reader.problems)
    if not reader.has_problem("target"):
        problems += find_endpoint_problems(settings.target, values, environ)
    if problems:
        raise InvalidStackConfiguration(stack, problems)
    return settings


def _parse_scheme(reader: ConfigurationReader, prefix: str) -> LoadBalancerScheme:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html"""
    text = reader.choice("alb_scheme", tuple(LoadBalancerScheme), LoadBalancerScheme.INTERNAL)
    scheme = LoadBalancerScheme(text)
    name = balancer_name(prefix, scheme)
    if len(prefix) <= LONGEST_PREFIX < len(name):
        reader.refuse(
            "alb_scheme",
            f"names load balancers '{name}', {len(name)} characters, at most {LONGEST_PREFIX}: set"
            " a shorter muster:name_prefix",
        )
    return scheme


def _parse_region_settings(
    reader: ConfigurationReader,
    names: tuple[str, ...],
    needs: CertificateNeeds,
    environ: Mapping[str, str],
) -> tuple[RegionSettings, ...]:
    dials, zones = parse_dials(reader), parse_zones(reader)
    certificates = parse_certificates(reader, names, needs)
    unreachable = parse_unreachable_regions(reader, names, environ)
    return tuple(
        RegionSettings(
            name=name,
            dial=dials.get(name, 100.0),
            zones=zones.get(name),
            unreachable=name in unreachable,
            certificate_arn=certificates.get(name),
        )
        for name in names
    )


def _parse_doors(reader: ConfigurationReader) -> frozenset[DoorKind]:
    names = reader.texts("front_doors", (DoorKind.ACCELERATOR,))
    unknown = [name for name in names if name not in tuple(DoorKind)]
    if unknown or not names or len(set(names)) != len(names):
        reader.refuse("front_doors", f"must be one or both of {', '.join(DoorKind)}, once each")
    return frozenset(DoorKind(name) for name in names if name in tuple(DoorKind))


def _check_domains(
    reader: ConfigurationReader,
    doors: frozenset[DoorKind],
    domain: DomainSettings | None,
    dns: DnsDoorSettings | None,
) -> None:
    """Each door has a name of its own."""
    if domain and DoorKind.ACCELERATOR not in doors:
        reader.refuse("domain", "is the accelerator's; muster:front_doors has dns alone")
    if domain and dns and domain.name == dns.domain:
        reader.refuse(
            "dns_domain", "must differ from muster:domain, which leads to the accelerator"
        )


def _parse_domain_settings(reader: ConfigurationReader) -> DomainSettings | None:
    name = parse_domain(reader)
    zone = parse_hosted_zone_id(reader, name)
    return DomainSettings(name=name, hosted_zone_id=zone or None) if name else None


def _parse_port(reader: ConfigurationReader, domain: DomainSettings | None) -> int:
    port = reader.integer("listener_port", (1, 65535), 80)
    if domain and port == HTTPS_PORT:
        reader.refuse("listener_port", "is for HTTP; with muster:domain, HTTPS has 443 already")
    return port


def _parse_replication_pause(reader: ConfigurationReader, target: StackTarget) -> int | None:
    """At most 12 hours, AWS FIS's limit; at least 6 minutes, since tables may go on replicating for
    5 minutes after the action's start:
    https://docs.aws.amazon.com/fis/latest/userguide/fis-actions-reference.html"""
    enabled = reader.flag("fault_injection", default=False)
    minutes = reader.integer("replication_pause_minutes", (6, 720), 15)
    if enabled and target is StackTarget.TWIN:
        rule = "is for AWS; the twin has `twin replication pause` instead"
        reader.refuse("fault_injection", rule)
    return minutes if enabled else None


def _parse_health(reader: ConfigurationReader) -> HealthCheckSettings:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html"""
    return HealthCheckSettings(
        interval_s=reader.integer("health_interval", (5, 300), 10),
        timeout_s=reader.integer("health_timeout", (2, 120), 5),
        healthy=reader.integer("healthy_threshold", (2, 10), 3),
        unhealthy=reader.integer("unhealthy_threshold", (2, 10), 2),
    )


def _parse_function(reader: ConfigurationReader, health: HealthCheckSettings) -> FunctionSettings:
    # AWS allows 1 to 900 s; a health check must fit in, and must end before the next one:
    # https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
    timeout_s = reader.integer("function_timeout", (2, 299), 4)
    check_health_interval(reader, health.interval_s, health.timeout_s, timeout_s)
    return FunctionSettings(
        timeout_s=timeout_s,
        # https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
        memory_mb=reader.integer("function_memory", (128, 10240), 512),
        log_retention_days=parse_log_retention(reader),
        log_sample_percent=reader.integer("log_sample_percent", (0, ALL_PERCENT), ALL_PERCENT),
        table_budget_s=min(health.timeout_s, timeout_s) - ANSWER_MARGIN_S,
    )
