"""Makes the components from the settings: the tables, and the parts of each Region."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from infra.accelerator import RegionalEndpoint
from infra.fault_injection import ReplicationPauseTemplate, ReplicationPauseTemplateArgs
from infra.function import RegionalFunction, RegionalFunctionArgs
from infra.network import Network, NetworkArgs
from infra.service import RegionalService, RegionalServiceArgs
from infra.settings import HTTPS_PORT, LoadBalancerScheme, RegionSettings, StackSettings
from infra.table import GlobalTable, GlobalTableArgs


@dataclass(frozen=True, slots=True, kw_only=True)
class StackTables:
    """The two global tables."""

    items: GlobalTable
    control: GlobalTable


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedParts:
    """What the parts of all Regions share."""

    settings: StackSettings
    tables: StackTables
    code: pulumi.Archive


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionalStack:
    """The components of one Region."""

    settings: RegionSettings
    function: RegionalFunction
    service: RegionalService

    @property
    def endpoint(self) -> RegionalEndpoint:
        return RegionalEndpoint(
            alb_arn=self.service.alb_arn, dial=self.settings.dial, service=self.service
        )

    def outputs(self, endpoint_group_arn: pulumi.Output[str]) -> dict[str, pulumi.Input[object]]:
        """The Region's entry in the stack outputs."""
        return {
            "alb_dns": self.service.alb_dns,
            "alb_arn": self.service.alb_arn,
            "endpoint_group_arn": endpoint_group_arn,
            "target_group_arn": self.service.target_group_arn,
            "function_name": self.function.function_name,
            "declared_dial": self.settings.dial,
        }


def client_ports(settings: StackSettings) -> tuple[int, ...]:
    """Ports that clients connect to."""
    return (settings.listener_port, HTTPS_PORT) if settings.domain else (settings.listener_port,)


def make_tables(settings: StackSettings) -> StackTables:
    """Both tables, with a replica in each Region."""
    names = {region.name for region in settings.regions}

    def table(name: str) -> GlobalTable:
        args = GlobalTableArgs(
            table_name=f"{settings.prefix}-{name}",
            home_region=settings.home_region,
            other_regions=tuple(names - {settings.home_region}),
            protect=settings.protect,
            tags=settings.tags,
        )
        return GlobalTable(name, args)

    return StackTables(items=table("items"), control=table("control"))


def make_regional_stack(
    shared: SharedParts, region: RegionSettings, zones: tuple[str, str]
) -> RegionalStack:
    """Make one Region's components; none depends on another Region."""
    function = _make_function(shared, region)
    network = _make_network(shared.settings, region, zones)
    service = _make_service(shared.settings, region, network, function)
    return RegionalStack(settings=region, function=function, service=service)


def make_pause_templates(
    settings: StackSettings, tables: StackTables
) -> dict[str, pulumi.Output[str]]:
    """Region -> id of its experiment template; empty if they are not enabled."""
    minutes = settings.replication_pause_minutes
    if minutes is None:
        return {}
    return {
        region.name: ReplicationPauseTemplate(
            f"{region.name}-replication-pause",
            ReplicationPauseTemplateArgs(
                region=region.name,
                prefix=settings.prefix,
                table_arns=(tables.items.arn, tables.control.arn),
                minutes=minutes,
                tags=settings.tags,
            ),
        ).template_id
        for region in settings.regions
    }


def service_url(
    settings: StackSettings, static_ips: pulumi.Output[Sequence[str]]
) -> pulumi.Output[str]:
    """URL of the service: with the domain, else with the first static address."""
    if settings.domain:
        return pulumi.Output.from_input(f"https://{settings.domain.name}")
    port = "" if settings.listener_port == 80 else f":{settings.listener_port}"
    return static_ips.apply(lambda addresses: f"http://{addresses[0]}{port}")


def _make_function(shared: SharedParts, region: RegionSettings) -> RegionalFunction:
    items, control = shared.tables.items, shared.tables.control
    args = RegionalFunctionArgs(
        region=region.name,
        prefix=shared.settings.prefix,
        code=shared.code,
        settings=shared.settings.function,
        table_name=items.name,
        table_arn=items.arn,
        control_table_name=control.name,
        control_table_arn=control.arn,
        tags=shared.settings.tags,
    )
    return RegionalFunction(region.name, args)


def _make_network(
    settings: StackSettings, region: RegionSettings, zones: tuple[str, str]
) -> Network:
    args = NetworkArgs(
        region=region.name,
        prefix=settings.prefix,
        zones=zones,
        keep_zones=region.zones is None,
        public=settings.scheme is LoadBalancerScheme.INTERNET_FACING,
        ports=client_ports(settings),
        tags=settings.tags,
    )
    return Network(region.name, args)


def _make_service(
    settings: StackSettings, region: RegionSettings, network: Network, function: RegionalFunction
) -> RegionalService:
    args = RegionalServiceArgs(
        region=region.name,
        prefix=settings.prefix,
        network=network,
        function=function,
        internal=settings.scheme is LoadBalancerScheme.INTERNAL,
        listener_port=settings.listener_port,
        certificate_arn=region.certificate_arn,
        health=settings.health,
        tags=settings.tags,
    )
    return RegionalService(region.name, args)
