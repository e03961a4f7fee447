"""The Pulumi program: settings -> components -> outputs. Composition only."""

import os
from pathlib import Path

import pulumi

from infra.configuration.loader import load_settings
from infra.configuration.services import ALWAYS
from infra.configuration.settings import DoorKind
from infra.configuration.zones import availability_zones
from infra.function import function_code
from infra.kept_outputs import keep_stack_outputs
from infra.monitoring.composition import make_monitoring, stop_alarms
from infra.protection.accelerator_group import make_vpc_hooks
from infra.stack import (
    SharedParts,
    make_accelerator,
    make_certificates,
    make_dns_door,
    make_dns_zone,
    make_pause_templates,
    make_regional_stack,
    make_tables,
    service_url,
)


def main() -> None:
    settings = load_settings()
    # Before any resource is declared: a missing zone must leave nothing half made.
    zones = (
        {region.name: availability_zones(region) for region in settings.regions}
        if DoorKind.ACCELERATOR in settings.doors
        else {}
    )
    tables = make_tables(settings)
    dns_zone = make_dns_zone(settings)
    shared = SharedParts(
        settings=settings,
        tables=tables,
        code=function_code(Path.cwd()),
        certificate_arns=make_certificates(settings, dns_zone),
        vpc_hooks=make_vpc_hooks(),
    )
    regions = {
        region.name: make_regional_stack(shared, region, zones.get(region.name))
        for region in settings.regions
    }
    serving = {region.name: regions[region.name] for region in settings.serving_regions}
    accelerator = make_accelerator(settings, serving)
    dns_door = make_dns_door(settings, dns_zone, serving)
    pulumi.export("static_ips", accelerator.static_ips if accelerator else None)
    pulumi.export("accelerator_dns", accelerator.dns_name if accelerator else None)
    pulumi.export("accelerator_arn", accelerator.arn if accelerator else None)
    pulumi.export("url", service_url(settings, accelerator))
    groups = accelerator.endpoint_group_arns if accelerator else {}
    pulumi.export("regions", {name: r.outputs(groups.get(name)) for name, r in serving.items()})
    pulumi.export("dns", dns_door.outputs if dns_door else None)
    pulumi.export("services", {name: table.name for name, table in tables.services.items()})
    pulumi.export("table", tables.services[ALWAYS].name)
    pulumi.export("control_table", tables.control.name)
    pulumi.export("home_region", settings.home_region)
    alarms = make_monitoring(settings, tables, regions, accelerator, dns_door)
    if alarms:
        pulumi.export("alarms", alarms.outputs)
    if pauses := make_pause_templates(settings, tables, stop_alarms(settings, alarms)):
        pulumi.export("replication_pause_templates", pauses)
    keep_stack_outputs(Path.cwd(), settings.target, os.environ)


main()
