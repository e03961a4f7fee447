"""Route 53's part of the DNS front door: names, health checks, and the choice of a Region.

The shared name is an alias of each Region's API by the chosen policy, as long as the Region's
health check passes. With another TTL than an alias has, and with a traffic policy, it is a CNAME; a
multivalue answer has addresses. Weights and inverted checks are run-time state, as dials are: the
stack declares their first values and ignores later changes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

import pulumi
from pulumi_aws.apigatewayv2 import DomainName
from pulumi_aws.route53 import (
    HealthCheck,
    Record,
    RecordAliasArgs,
    TrafficPolicy,
    TrafficPolicyInstance,
)

from infra.dns.api import RegionalApi
from infra.dns.policies import PolicyEndpoint, routing_arguments, traffic_policy_document
from infra.dns.settings import ALIAS_TTL_S, DnsDoorSettings, DnsPolicy
from infra.dns.zone import DnsZone
from infra.service import HEALTH_PATH


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsFrontDoorArgs:
    prefix: str
    home_region: str
    settings: DnsDoorSettings
    zone: DnsZone
    apis: Mapping[str, RegionalApi]
    """By Region."""
    tags: Mapping[str, str]


class DnsFrontDoor(pulumi.ComponentResource):
    """A health check and a name per Region, and the records of the shared name."""

    outputs: dict[str, pulumi.Input[object]]
    """The stack's output `dns`."""
    health_check_ids: dict[str, pulumi.Output[str]]
    """By Region."""

    def __init__(
        self, name: str, args: DnsFrontDoorArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("muster:infra:DnsFrontDoor", name, None, opts)
        self._name = name
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        checks = {region: self._regional_name(region, api) for region, api in args.apis.items()}
        instance = None
        if args.settings.policy is DnsPolicy.TRAFFIC_POLICY:
            instance = self._traffic_policy(checks)
        else:
            for region, api in args.apis.items():
                self._shared_record(region, api, checks[region])
        self.outputs = self._outputs(checks, instance)
        self.health_check_ids = {region: check.id for region, check in checks.items()}
        self.register_outputs({"dns": self.outputs})

    def _regional_name(self, region: str, api: RegionalApi) -> HealthCheck:
        """The Region's own name, and the health check that asks it."""
        settings = self._args.settings
        record = Record(
            f"{self._name}-{region}-own",
            zone_id=self._args.zone.zone_id,
            name=settings.regional_name(region),
            type="A",
            aliases=[_alias(api.own, evaluate_health=False)],
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*api.mappings]),
        )
        return HealthCheck(
            f"{self._name}-{region}-check",
            type="HTTPS",
            fqdn=settings.regional_name(region),
            port=settings.https_port,
            resource_path=HEALTH_PATH,
            request_interval=settings.check.interval_s,
            failure_threshold=settings.check.threshold,
            # API Gateway chooses the certificate by it.
            enable_sni=True,
            tags={**self._args.tags, "Name": f"{self._args.prefix}-{region}"},
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[record], ignore_changes=["invertHealthcheck"]
            ),
        )

    def _shared_record(self, region: str, api: RegionalApi, check: HealthCheck) -> None:
        settings = self._args.settings
        target = _target(settings, region, api.shared)
        Record(
            f"{self._name}-{region}-shared",
            zone_id=self._args.zone.zone_id,
            name=settings.domain,
            set_identifier=region,
            health_check_id=check.id,
            **target,
            **routing_arguments(settings, region, self._args.home_region),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[*api.mappings],
                ignore_changes=["weightedRoutingPolicies"],
            ),
        )

    def _traffic_policy(self, checks: Mapping[str, HealthCheck]) -> TrafficPolicyInstance:
        endpoints = pulumi.Output.all(
            **{
                region: pulumi.Output.all(
                    name=_regional_domain(self._args.apis[region].shared), check=check.id
                )
                for region, check in checks.items()
            }
        )
        # Pulumi completes the name: a changed document makes a second policy, before the first
        # one is deleted.
        policy = TrafficPolicy(
            self._args.prefix,
            comment=f"The nearest healthy Region of {self._args.settings.domain}",
            document=endpoints.apply(
                lambda found: traffic_policy_document(
                    {
                        region: PolicyEndpoint(name=own["name"], health_check_id=own["check"])
                        for region, own in found.items()
                    }
                )
            ),
            opts=self._child,
        )
        return TrafficPolicyInstance(
            f"{self._name}-policy-instance",
            hosted_zone_id=self._args.zone.zone_id,
            name=self._args.settings.domain,
            ttl=self._args.settings.ttl_s,
            traffic_policy_id=policy.id,
            traffic_policy_version=policy.version,
            opts=self._child,
        )

    def _outputs(
        self, checks: Mapping[str, HealthCheck], instance: TrafficPolicyInstance | None
    ) -> dict[str, pulumi.Input[object]]:
        settings, zone = self._args.settings, self._args.zone
        regions: dict[str, dict[str, pulumi.Input[object]]] = {
            region: {
                "name": settings.regional_name(region),
                "health_check_id": check.id,
                "set_identifier": None if instance else region,
                "api_id": self._args.apis[region].api_id,
                "regional_domain": _regional_domain(self._args.apis[region].shared),
            }
            for region, check in checks.items()
        }
        return {
            "domain": settings.domain,
            "url": settings.url,
            "https_port": settings.https_port,
            "zone_id": zone.zone_id,
            "zone_name": zone.zone_name,
            "name_servers": zone.name_servers,
            "policy": str(settings.policy),
            "ttl_s": settings.ttl_s,
            "regions": regions,
            "traffic_policy_instance_id": instance.id if instance else None,
        }


class _TargetArguments(TypedDict, total=False):
    type: str
    aliases: Sequence[RecordAliasArgs]
    records: Sequence[pulumi.Input[str]]
    ttl: int


def _target(settings: DnsDoorSettings, region: str, domain: DomainName) -> _TargetArguments:
    """Where a record of the shared name leads to."""
    if settings.policy is DnsPolicy.MULTIVALUE:
        return {"type": "A", "records": settings.addresses[region], "ttl": settings.ttl_s}
    if settings.ttl_s != ALIAS_TTL_S:
        return {"type": "CNAME", "records": [_regional_domain(domain)], "ttl": settings.ttl_s}
    return {"type": "A", "aliases": [_alias(domain, evaluate_health=True)]}


def _alias(domain: DomainName, *, evaluate_health: bool) -> RecordAliasArgs:
    configuration = domain.domain_name_configuration
    return RecordAliasArgs(
        name=configuration.target_domain_name,
        zone_id=configuration.hosted_zone_id,
        evaluate_target_health=evaluate_health,
    )


def _regional_domain(domain: DomainName) -> pulumi.Output[str]:
    return domain.domain_name_configuration.target_domain_name
