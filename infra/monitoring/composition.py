"""Makes a stack's alarms, dashboard and budget from its components."""

from collections.abc import Iterator, Mapping, Sequence

import pulumi

from infra.accelerator import FrontDoor
from infra.configuration.services import CONTROL_TABLE, SERVICE_TABLES
from infra.configuration.settings import StackSettings
from infra.dns.front_door import DnsFrontDoor
from infra.monitoring.alarms import StackAlarms, StackAlarmsArgs
from infra.monitoring.budget import MonthlyBudget
from infra.monitoring.dashboard import StackDashboard
from infra.monitoring.rules import (
    AlarmRule,
    WatchedBalancer,
    WatchedRegion,
    WatchedTable,
    region_rules,
    table_rules,
)
from infra.stack import RegionalStack, StackTables
from infra.targets import StackTarget

STOPPING = ("unhealthy-hosts", "api-5xx")
"""Keys of the rules whose alarms end an experiment."""


def make_monitoring(
    settings: StackSettings,
    tables: StackTables,
    regions: Mapping[str, RegionalStack],
    accelerator: FrontDoor | None,
    dns_door: DnsFrontDoor | None,
) -> StackAlarms | None:
    """The alarms, if the stack has them; makes dashboard and budget where they are configured."""
    monitoring = settings.monitoring
    found = (
        *(rule for region in regions.values() for rule in _rules(region, accelerator, dns_door)),
        *_table_rules(settings, tables),
    )
    # In whatever order the configuration names the Regions, the dashboard is the same.
    rules = sorted(found, key=lambda rule: (rule.namespace, rule.metric, rule.region, rule.key))
    if monitoring.dashboard:
        StackDashboard("monitoring", settings.prefix, settings.home_region, rules)
    if monitoring.budget:
        MonthlyBudget("monitoring", settings.prefix, monitoring.budget, dict(settings.tags))
    if not monitoring.alarms:
        return None
    _warn_of_silence(settings, rules)
    args = StackAlarmsArgs(
        prefix=settings.prefix,
        rules=rules,
        topic_arns=monitoring.topic_arns,
        tags=settings.tags,
    )
    return StackAlarms("alarms", args)


def _warn_of_silence(settings: StackSettings, rules: Sequence[AlarmRule]) -> None:
    """Say in the preview whose alarms tell nobody; on the twin none can."""
    told = settings.monitoring.topic_arns
    silent = sorted({rule.region for rule in rules} - told.keys())
    if silent and settings.target is StackTarget.AWS:
        pulumi.log.warn(
            f"the alarms of {', '.join(silent)} notify nobody: name a topic there by"
            " muster:alarm_topic_arns"
        )


def stop_alarms(
    settings: StackSettings, alarms: StackAlarms | None
) -> dict[str, tuple[pulumi.Input[str], ...]]:
    """Region -> the alarms that end an experiment there: the given ones, else the stack's own.

    A pause of replication leaves reads and writes within the Region alone, so it must not make the
    Region unhealthy.
    """
    given = settings.monitoring.stop_alarms
    own = alarms.arns if alarms else {}
    return {
        region.name: given.get(region.name)
        or tuple(own[region.name, key] for key in STOPPING if (region.name, key) in own)
        for region in settings.regions
    }


def _rules(
    region: RegionalStack, accelerator: FrontDoor | None, dns_door: DnsFrontDoor | None
) -> Iterator[AlarmRule]:
    name = region.settings.name
    balancer = None
    if accelerator and region.service:
        balancer = WatchedBalancer(
            load_balancer=region.service.alb_arn.apply(_load_balancer_dimension),
            target_group=region.service.target_group_arn.apply(_target_group_dimension),
            accelerator=accelerator.arn.apply(_last_part),
            listener=accelerator.listener_arn.apply(_last_part),
        )
    watched = WatchedRegion(
        region=name,
        function=region.function.function_name,
        balancer=balancer,
        api_id=region.api.api_id if region.api else None,
        health_check_id=dns_door.health_check_ids.get(name) if dns_door else None,
    )
    return region_rules(watched)


def _table_rules(settings: StackSettings, tables: StackTables) -> Iterator[AlarmRule]:
    names = tuple(region.name for region in settings.regions)
    kinds = {name: (tables.services[name], SERVICE_TABLES[name]) for name in settings.services}
    for key, (table, kind) in {**kinds, "control": (tables.control, CONTROL_TABLE)}.items():
        watched = WatchedTable(key=key, name=table.name, actions=kind.actions)
        # The twin's DynamoDB has no errors of its own to count.
        on_aws = settings.target is StackTarget.AWS
        yield from table_rules(watched, names, system_errors=on_aws)


def _load_balancer_dimension(arn: str) -> str:
    """`app/NAME/ID`."""
    return arn.partition("loadbalancer/")[2] or arn


def _target_group_dimension(arn: str) -> str:
    """`targetgroup/NAME/ID`."""
    return arn.rpartition(":")[2]


def _last_part(arn: str) -> str:
    return arn.rpartition("/")[2]
