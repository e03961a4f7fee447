"""Follows a group of records to the values that answer: policies, health, aliases.

An alias is healthy if its own health check is, and, with EvaluateTargetHealth, if at least one
record that it leads to is. So the choice among aliases backs out of a branch in which all is
unhealthy:
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-complex-configs.html
"""

from collections.abc import Callable

from twin.core.dns.answers import AnswerRecords
from twin.core.dns.clients import DnsClient
from twin.core.dns.names import DomainName, parse_domain_name
from twin.core.dns.policies import (
    Draw,
    RoutingInputs,
    choose_records,
    scope_of_choice,
    shuffled,
)
from twin.core.dns.record_groups import RecordGroup, RoutingPolicy
from twin.core.dns.zones import DnsIndex
from twin.topology.route53 import AliasTarget, ResourceRecordSet

MAX_ALIASES = 32
"""Aliases in a row; more are taken for a loop, which answers nothing."""

IsHealthy = Callable[[str], bool]
"""Whether a health check is healthy: by its id, or a load balancer by its ARN."""


class Resolution:
    """One query's walk through the records. It asks for the health of each group once."""

    def __init__(
        self, index: DnsIndex, client: DnsClient, *, is_healthy: IsHealthy, draw: Draw
    ) -> None:
        self._index = index
        self._is_check_healthy = is_healthy
        self._draw = draw
        self._inputs = RoutingInputs(client, self._is_record_healthy, draw, index.blocks)
        self._group_health: dict[RecordGroup, bool] = {}
        self.scope = 0
        """Bits of the client's address that the choices so far depend on."""

    def resolve(self, group: RecordGroup, owner: DomainName) -> AnswerRecords | None:
        """The group's records for this client under the name `owner`; None: no answer."""
        for _ in range(MAX_ALIASES):
            self.scope = max(self.scope, scope_of_choice(group, self._inputs))
            chosen = choose_records(group, self._inputs)
            if not chosen:
                return None
            alias = chosen[0].alias
            if alias is None:
                return self._records(group, chosen, owner)
            target = self._find_target(alias, group.type)
            if target is None:
                return None
            group = target
        return None

    def _records(
        self, group: RecordGroup, chosen: tuple[ResourceRecordSet, ...], owner: DomainName
    ) -> AnswerRecords:
        """Simple and multivalue records answer in random order.

        https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy-simple.html
        """
        ttl_s = min(record.ttl_s or 0 for record in chosen)
        values = tuple(value for record in chosen for value in record.values)
        if group.policy is RoutingPolicy.SIMPLE and len(values) > 1:
            values = tuple(values[position] for position in shuffled(values, self._draw))
        return AnswerRecords(owner, group.type, ttl_s, values)

    def _find_target(self, alias: AliasTarget, kind: str) -> RecordGroup | None:
        name = parse_domain_name(alias.name)
        zone = self._index.zones_by_id.get(alias.zone_id)
        if zone is None:
            target = self._index.alias_targets.get(name)
            return target if target is not None and target.type == kind else None
        return (zone.find(name) or {}).get(kind)

    def _is_record_healthy(self, record: ResourceRecordSet, aliases: int = 0) -> bool:
        """A record without a health check is always healthy.

        `aliases`: how many have led to the record.
        https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-how-route-53-chooses-records.html
        """
        if record.health_check_id and not self._is_check_healthy(record.health_check_id):
            return False
        if record.alias is None or not record.alias.evaluate_target_health:
            return True
        target = self._find_target(record.alias, record.type)
        if target is None or aliases == MAX_ALIASES:
            return False
        return self._is_group_healthy(target, aliases + 1)

    def _is_group_healthy(self, group: RecordGroup, aliases: int) -> bool:
        known = self._group_health.get(group)
        if known is None:
            self._group_health[group] = False  # for aliases that lead back to it
            known = any(self._is_record_healthy(record, aliases) for record in group.members)
            self._group_health[group] = known
        return known
