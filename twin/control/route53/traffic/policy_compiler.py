"""Makes record sets of a traffic policy.

The rule that the policy starts with becomes the records of the instance's own name. Every other
rule becomes a name of its own, which aliases lead to. AWS does not document the names of these;
here they are below the zone, and have the instance's id and a generation: an update makes all
names anew, so old and new never mix.
https://docs.aws.amazon.com/Route53/latest/APIReference/API_UpdateTrafficPolicyInstance.html
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from twin.control.route53.names import InvalidName, normalize_name
from twin.control.route53.traffic.policy_documents import PolicyDocument, PolicyTarget
from twin.core.dns.hosted_zone_ids import (
    CLOUDFRONT_ZONE,
    LOAD_BALANCER_ZONES,
    MOTO_LOAD_BALANCER_ZONE,
)
from twin.errors import TwinError
from twin.topology.route53 import AliasTarget, HostedZone, ResourceRecordSet

_LOAD_BALANCERS = ("application-load-balancer", "elastic-load-balancer")


class NotCompiled(TwinError):
    """The twin can't make record sets of a policy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstancePlace:
    """The instance that a policy is compiled for."""

    id: str
    name: str
    zone: HostedZone
    ttl_s: int
    generation: int
    """Rises with each update."""


def compile_policy(document: PolicyDocument, place: InstancePlace) -> tuple[ResourceRecordSet, ...]:
    """All record sets of an instance. Raises NotCompiled."""
    return tuple(_Compiler(document, place).compile())


class _Compiler:
    def __init__(self, document: PolicyDocument, place: InstancePlace) -> None:
        self._document = document
        self._place = place
        self._numbers = {name: number for number, name in enumerate(document.rules)}

    def compile(self) -> Iterator[ResourceRecordSet]:
        document, name = self._document, self._place.name
        if document.start_endpoint:
            record = ResourceRecordSet(name=name, type=document.record_type)
            yield self._lead_to_endpoint(record, document.start_endpoint, evaluates=True)
            return
        reachable = [document.start_rule]
        for rule in reachable:
            at = name if rule == document.start_rule else self._name_of_rule(rule)
            for number, target in enumerate(document.rules[rule], 1):
                yield self._make_member(at, target, f"{number}-{rule}"[:128])
                if target.rule and target.rule not in reachable:
                    reachable.append(target.rule)

    def _make_member(self, name: str, target: PolicyTarget, identifier: str) -> ResourceRecordSet:
        record = replace(
            target.policy,
            name=name,
            type=self._document.record_type,
            set_identifier=identifier,
            health_check_id=target.health_check_id,
        )
        evaluates = target.evaluate_target_health
        if target.endpoint:
            return self._lead_to_endpoint(record, target.endpoint, evaluates=evaluates)
        alias = self._alias(self._place.zone.id, self._name_of_rule(target.rule), evaluates)
        return replace(record, alias=alias, traffic_policy_instance_id=self._place.id)

    def _lead_to_endpoint(
        self, record: ResourceRecordSet, endpoint_id: str, *, evaluates: bool
    ) -> ResourceRecordSet:
        record = replace(record, traffic_policy_instance_id=self._place.id)
        endpoint = self._document.endpoints[endpoint_id]
        if endpoint.type == "value":
            return replace(record, ttl_s=self._place.ttl_s, values=(endpoint.value,))
        if endpoint.type == "cloudfront":
            return replace(record, alias=self._alias(CLOUDFRONT_ZONE, endpoint.value, False))
        if endpoint.type in _LOAD_BALANCERS:
            zone_id = _zone_of_load_balancer(endpoint.value)
            return replace(record, alias=self._alias(zone_id, endpoint.value, evaluates))
        raise NotCompiled(f"Endpoints of type {endpoint.type} are not served by the twin.")

    def _alias(self, zone_id: str, name: str, evaluates: bool) -> AliasTarget:
        try:
            absolute = normalize_name(name)
        except InvalidName as problem:
            raise NotCompiled(str(problem)) from problem
        return AliasTarget(zone_id=zone_id, name=absolute, evaluate_target_health=evaluates)

    def _name_of_rule(self, rule: str) -> str:
        label = f"_rule{self._numbers[rule]}-{self._place.generation}"
        return f"{label}.{self._place.id}.{self._place.zone.name.removeprefix('.')}"


def _zone_of_load_balancer(name: str) -> str:
    labels = name.rstrip(".").split(".")
    regions = [label for label in labels if label in LOAD_BALANCER_ZONES]
    return LOAD_BALANCER_ZONES[regions[0]] if regions else MOTO_LOAD_BALANCER_ZONE
