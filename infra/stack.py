"""Makes the components from the settings: the tables, and the parts of each Region."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from infra.accelerator import Alias, AliasArgs, FrontDoor, FrontDoorArgs, RegionalEndpoint
from infra.configuration.rules import HTTPS_PORT
from infra.configuration.services import CONTROL_TABLE, SERVICE_TABLES, ServiceTable
from infra.configuration.settings import (
    DoorKind,
    LoadBalancerScheme,
    RegionSettings,
    StackSettings,
    balancer_name,
)
from infra.dns.api import RegionalApi, RegionalApiArgs
from infra.dns.certificates import Certificates, CertificatesArgs, CertifiedName
from infra.dns.front_door import DnsFrontDoor, DnsFrontDoorArgs
from infra.dns.zone import DnsZone, DnsZoneArgs
from infra.fault_injection import ReplicationPauseTemplate, ReplicationPauseTemplateArgs
from infra.function import RegionalFunction, RegionalFunctionArgs
from infra.hardening.firewall import Firewall, FirewallArgs
from infra.hardening.log_bucket import LogBucket, LogBucketArgs
from infra.network import Network, NetworkArgs
from infra.service import RegionalService, RegionalServiceArgs
from infra.table import GlobalTable, GlobalTableArgs


@dataclass(frozen=True, slots=True, kw_only=True)
class StackTables:
    """The global tables."""

    services: Mapping[str, GlobalTable]
    """By service."""
    control: GlobalTable

    @property
    def arns(self) -> tuple[pulumi.Output[str], ...]:
        """Of all tables."""
        return (*(table.arn for table in self.services.values()), self.control.arn)


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedParts:
    """What the parts of all Regions share."""

    settings: StackSettings
    tables: StackTables
    code: pulumi.Archive
    certificate_arns: Mapping[str, pulumi.Input[str]]
    """By Region; empty without HTTPS."""
    vpc_hooks: pulumi.ResourceHookBinding


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionalStack:
    """The components of one Region."""

    settings: RegionSettings
    function: RegionalFunction
    service: RegionalService | None
    """None without the accelerator."""
    api: RegionalApi | None
    """None without the DNS front door."""
    logs: LogBucket | None
    """None without the accelerator, or without logs."""

    def outputs(
        self, endpoint_group_arn: pulumi.Output[str] | None
    ) -> dict[str, pulumi.Input[object]]:
        """The Region's entry in the stack outputs; null for what belongs to another door."""
        service = self.service
        return {
            "alb_dns": service.alb_dns if service else None,
            "alb_arn": service.alb_arn if service else None,
            "endpoint_group_arn": endpoint_group_arn,
            "target_group_arn": service.target_group_arn if service else None,
            "function_name": self.function.function_name,
            "declared_dial": self.settings.dial,
        }


def client_ports(settings: StackSettings) -> tuple[int, ...]:
    """Ports that clients connect to."""
    return (settings.listener_port, HTTPS_PORT) if settings.domain else (settings.listener_port,)


def make_tables(settings: StackSettings) -> StackTables:
    """All tables, each with a replica in each Region."""
    names = {region.name for region in settings.regions}

    def table(name: str, keys: ServiceTable) -> GlobalTable:
        args = GlobalTableArgs(
            table_name=f"{settings.prefix}-{name}",
            hash_key=keys.hash_key,
            range_key=keys.range_key,
            home_region=settings.home_region,
            other_regions=tuple(names - {settings.home_region}),
            protected=frozenset(filter(settings.protection.protects, names)),
            recovery=settings.protection.recovery,
            limits=settings.hardening.tables,
            keys=settings.hardening.keys,
            tags=settings.tags,
        )
        return GlobalTable(name, args)

    services = {name: table(name, SERVICE_TABLES[name]) for name in settings.services}
    return StackTables(services=services, control=table("control", CONTROL_TABLE))


def make_dns_zone(settings: StackSettings) -> DnsZone | None:
    """The zone of the DNS front door; None without that door."""
    if settings.dns is None:
        return None
    args = DnsZoneArgs(
        zone_id=settings.dns.zone_id,
        name=settings.dns.made_zone,
        protect=settings.protection.deletion,
        tags=settings.tags,
    )
    return DnsZone("dns", args)


def make_certificates(
    settings: StackSettings, zone: DnsZone | None
) -> dict[str, pulumi.Input[str]]:
    """Region -> ARN of the certificate that all its HTTPS uses: a given one, or a requested one."""
    given = {r.name: r.certificate_arn for r in settings.regions if r.certificate_arn}
    requested = [region.name for region in settings.regions if region.name not in given]
    shared: list[CertifiedName] = []
    own: dict[str, list[CertifiedName]] = {region: [] for region in requested}
    if settings.dns and zone:
        shared.append(CertifiedName(name=settings.dns.domain, zone_id=zone.zone_id))
        for region in requested:
            name = settings.dns.regional_name(region)
            own[region].append(CertifiedName(name=name, zone_id=zone.zone_id))
    domain = settings.domain
    if domain and domain.hosted_zone_id:
        shared.append(CertifiedName(name=domain.name, zone_id=domain.hosted_zone_id))
    if not shared or not requested:
        return dict(given)
    args = CertificatesArgs(
        home_region=settings.home_region if settings.home_region in own else requested[0],
        shared=shared,
        own=own,
        tags=settings.tags,
    )
    return {**given, **Certificates("certificates", args).arns}


def make_regional_stack(
    shared: SharedParts, region: RegionSettings, zones: tuple[str, str] | None
) -> RegionalStack:
    """Make one Region's components; none depends on another Region's.

    `zones` are for the load balancer; None without the accelerator.
    """
    function = _make_function(shared, region)
    service = logs = None
    if zones is not None:
        logs = _make_log_bucket(shared.settings, region)
        network = _make_network(shared, region, zones, logs)
        service = _make_service(shared, region, network, function, logs)
        _make_firewall(shared.settings, region, service)
    api = _make_api(shared, region, function)
    return RegionalStack(settings=region, function=function, service=service, api=api, logs=logs)


def make_accelerator(
    settings: StackSettings, regions: Mapping[str, RegionalStack]
) -> FrontDoor | None:
    """The accelerator, and the alias of its domain; None without that door."""
    if DoorKind.ACCELERATOR not in settings.doors:
        return None
    door = FrontDoor(
        "front-door",
        FrontDoorArgs(
            prefix=settings.prefix,
            ports=client_ports(settings),
            endpoints={
                name: RegionalEndpoint(
                    alb_arn=region.service.alb_arn,
                    dial=region.settings.dial,
                    service=region.service,
                )
                for name, region in regions.items()
                if region.service
            },
            protect=settings.protection.deletion,
            logs=regions[settings.home_region].logs,
            tags=settings.tags,
        ),
    )
    if settings.domain and settings.domain.hosted_zone_id:
        args = AliasArgs(
            domain=settings.domain.name,
            hosted_zone_id=settings.domain.hosted_zone_id,
            accelerator_dns=door.dns_name,
        )
        Alias("domain", args)
    return door


def make_dns_door(
    settings: StackSettings, zone: DnsZone | None, regions: Mapping[str, RegionalStack]
) -> DnsFrontDoor | None:
    """Health checks and records; None without the DNS front door."""
    if settings.dns is None or zone is None:
        return None
    args = DnsFrontDoorArgs(
        prefix=settings.prefix,
        home_region=settings.home_region,
        settings=settings.dns,
        zone=zone,
        apis={name: region.api for name, region in regions.items() if region.api},
        tags=settings.tags,
    )
    return DnsFrontDoor("dns-front-door", args)


def make_pause_templates(
    settings: StackSettings,
    tables: StackTables,
    stop_alarms: Mapping[str, Sequence[pulumi.Input[str]]],
) -> dict[str, pulumi.Output[str]]:
    """Region -> id of its experiment template; empty if they are not enabled.

    `stop_alarms`: Region -> ARNs of the alarms that end an experiment there.
    """
    minutes = settings.replication_pause_minutes
    if minutes is None:
        return {}
    return {
        region.name: ReplicationPauseTemplate(
            f"{region.name}-replication-pause",
            ReplicationPauseTemplateArgs(
                region=region.name,
                prefix=settings.prefix,
                table_arns=tables.arns,
                minutes=minutes,
                control_table=tables.control.name,
                stop_alarms=stop_alarms[region.name],
                tags=settings.tags,
            ),
        ).template_id
        for region in settings.serving_regions
    }


def service_url(settings: StackSettings, door: FrontDoor | None) -> pulumi.Input[str] | None:
    """URL of the service: with the domain, else with the first static address, else by DNS."""
    if settings.domain:
        return f"https://{settings.domain.name}"
    if door is None:
        return settings.dns.url if settings.dns else None
    port = "" if settings.listener_port == 80 else f":{settings.listener_port}"
    return door.static_ips.apply(lambda addresses: f"http://{addresses[0]}{port}")


def _make_function(shared: SharedParts, region: RegionSettings) -> RegionalFunction:
    settings = shared.settings
    args = RegionalFunctionArgs(
        region=region.name,
        prefix=settings.prefix,
        code=shared.code,
        settings=settings.function,
        concurrency=settings.hardening.concurrency,
        key_arn=settings.hardening.keys.get(region.name),
        tables=shared.tables.services,
        control_table=shared.tables.control,
        health_tables=settings.health_tables,
        protect=settings.protection.protects(region.name),
        bookmarks_scan=settings.bookmarks_scan,
        variables=_function_variables(settings),
        tags=settings.tags,
    )
    return RegionalFunction(region.name, args)


def _function_variables(settings: StackSettings) -> dict[str, pulumi.Input[str]]:
    variables: dict[str, pulumi.Input[str]] = {
        "CORS_ORIGINS": ",".join(settings.cors_origins),
        "ENDPOINTS": json.dumps(endpoint_list(settings), separators=(",", ":")),
    }
    if settings.hits_secret is not None:
        variables["HITS_SECRET"] = pulumi.Output.secret(settings.hits_secret)
    if settings.hardening.hsts_max_age_s:
        variables["HSTS_MAX_AGE_S"] = str(settings.hardening.hsts_max_age_s)
    if settings.bookmarks_scan:
        variables["BOOKMARKS_SCAN"] = "on"
    return variables


def endpoint_list(settings: StackSettings) -> dict[str, object]:
    """The front doors and the Regions, for app/environment.py.

    Without a domain the accelerator is not among them: its addresses are AWS's choice, and a
    function that had them would wait for it.
    """
    shared: list[dict[str, str]] = []
    if settings.dns:
        shared.append({"door": DoorKind.DNS, "url": settings.dns.url})
    if settings.domain:
        shared.append({"door": DoorKind.ACCELERATOR, "url": f"https://{settings.domain.name}"})
    if settings.dns is None:
        return {"shared": shared}
    regions = sorted(region.name for region in settings.serving_regions)
    return {"regional": settings.dns.regional_url, "regions": regions, "shared": shared}


def _make_log_bucket(settings: StackSettings, region: RegionSettings) -> LogBucket | None:
    days = settings.hardening.traffic_log_days
    if days is None:
        return None
    args = LogBucketArgs(
        region=region.name,
        prefix=settings.prefix,
        kept_days=days,
        protect=settings.protection.protects(region.name),
        tags=settings.tags,
    )
    return LogBucket(region.name, args)


def _make_firewall(
    settings: StackSettings, region: RegionSettings, service: RegionalService
) -> None:
    limit = settings.hardening.requests_per_address
    if limit is not None:
        args = FirewallArgs(
            region=region.name,
            prefix=settings.prefix,
            alb_arn=service.alb_arn,
            rate_limit=limit,
            tags=settings.tags,
        )
        Firewall(region.name, args)


def _make_network(
    shared: SharedParts,
    region: RegionSettings,
    zones: tuple[str, str],
    logs: LogBucket | None,
) -> Network:
    settings = shared.settings
    args = NetworkArgs(
        region=region.name,
        prefix=settings.prefix,
        zones=zones,
        keep_zones=region.zones is None,
        public=settings.scheme is LoadBalancerScheme.INTERNET_FACING,
        ports=client_ports(settings),
        vpc_hooks=shared.vpc_hooks,
        logs=logs,
        tags=settings.tags,
    )
    return Network(region.name, args)


def _make_service(
    shared: SharedParts,
    region: RegionSettings,
    network: Network,
    function: RegionalFunction,
    logs: LogBucket | None,
) -> RegionalService:
    settings = shared.settings
    args = RegionalServiceArgs(
        region=region.name,
        name=balancer_name(settings.prefix, settings.scheme),
        network=network,
        function=function,
        internal=settings.scheme is LoadBalancerScheme.INTERNAL,
        listener_port=settings.listener_port,
        certificate_arn=shared.certificate_arns[region.name] if settings.domain else None,
        health=settings.health,
        protect=settings.protection.protects(region.name),
        logs=logs,
        cors_origins=settings.cors_origins,
        tags=settings.tags,
    )
    return RegionalService(region.name, args)


def _make_api(
    shared: SharedParts, region: RegionSettings, function: RegionalFunction
) -> RegionalApi | None:
    settings = shared.settings
    if settings.dns is None:
        return None
    args = RegionalApiArgs(
        region=region.name,
        prefix=settings.prefix,
        function=function,
        shared_name=settings.dns.domain,
        own_name=settings.dns.regional_name(region.name),
        certificate_arn=shared.certificate_arns[region.name],
        settings=settings.dns.api,
        cors_origins=settings.cors_origins,
        log_retention_days=settings.function.log_retention_days,
        key_arn=settings.hardening.keys.get(region.name),
        protect=settings.protection.protects(region.name),
        tags=settings.tags,
    )
    return RegionalApi(region.name, args)
