"""The Pulumi program: settings -> components -> outputs. Composition only."""

from pathlib import Path

import pulumi

from infra import configuration, package, stack, zones
from infra.accelerator import FrontDoor, FrontDoorArgs
from infra.dns import Alias, AliasArgs


def main() -> None:
    """Declare the stack."""
    settings = configuration.load()
    pairs = {own.name: zones.of(own) for own in settings.regions}  # before anything is declared
    tables = stack.tables(settings)
    shared = stack.Shared(settings=settings, tables=tables, code=package.code(Path.cwd()))
    regions = {own.name: stack.region(shared, own, pairs[own.name]) for own in settings.regions}
    door = FrontDoor(
        "front-door",
        FrontDoorArgs(
            prefix=settings.prefix,
            ports=stack.ports(settings),
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
    pulumi.export("url", stack.url(settings, door.static_ips))
    groups = door.endpoint_group_arns
    pulumi.export("regions", {name: r.outputs(groups[name]) for name, r in regions.items()})
    pulumi.export("table", tables.items.name)
    pulumi.export("control_table", tables.control.name)
    pulumi.export("home_region", settings.home_region)
    if pauses := stack.replication_pauses(settings, tables):
        pulumi.export("replication_pause_templates", pauses)


main()
