"""The Pulumi program: settings -> components -> outputs. Composition only."""

from pathlib import Path

import pulumi

from infra.accelerator import Alias, AliasArgs, FrontDoor, FrontDoorArgs
from infra.configuration import load_settings
from infra.function import function_code
from infra.stack import (
    SharedParts,
    client_ports,
    make_pause_templates,
    make_regional_stack,
    make_tables,
    service_url,
)
from infra.zones import availability_zones


def main() -> None:
    settings = load_settings()
    # Before any resource is declared: a missing zone must leave nothing half made.
    zones = {region.name: availability_zones(region) for region in settings.regions}
    tables = make_tables(settings)
    shared = SharedParts(settings=settings, tables=tables, code=function_code(Path.cwd()))
    regions = {
        region.name: make_regional_stack(shared, region, zones[region.name])
        for region in settings.regions
    }
    door = FrontDoor(
        "front-door",
        FrontDoorArgs(
            prefix=settings.prefix,
            ports=client_ports(settings),
            endpoints={name: region.endpoint for name, region in regions.items()},
            tags=settings.tags,
        ),
    )
    if settings.domain and settings.domain.hosted_zone_id:
        Alias(
            "domain",
            AliasArgs(
                domain=settings.domain.name,
                hosted_zone_id=settings.domain.hosted_zone_id,
                accelerator_dns=door.dns_name,
            ),
        )
    pulumi.export("static_ips", door.static_ips)
    pulumi.export("accelerator_dns", door.dns_name)
    pulumi.export("accelerator_arn", door.arn)
    pulumi.export("url", service_url(settings, door.static_ips))
    groups = door.endpoint_group_arns
    pulumi.export("regions", {name: r.outputs(groups[name]) for name, r in regions.items()})
    pulumi.export("table", tables.items.name)
    pulumi.export("control_table", tables.control.name)
    pulumi.export("home_region", settings.home_region)
    if pauses := make_pause_templates(settings, tables):
        pulumi.export("replication_pause_templates", pauses)


main()
