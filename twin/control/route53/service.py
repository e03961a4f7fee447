"""Route 53's control plane as a service of control: its operations, and what it publishes.

The five calls a second that AWS allows an account are not counted.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NamedTuple

from twin.control.deployment_tracker import DeploymentTracker
from twin.control.document_service import CallContext, DocumentService, Operation
from twin.control.route53 import cidr_collections, limits, tags, zones
from twin.control.route53.health_checks.operations import health_check_operations
from twin.control.route53.health_checks.watched_alarms import FindAlarm
from twin.control.route53.model import ChangeRecord, Route53State
from twin.control.route53.process_queries import process_queries
from twin.control.route53.records import geo_locations
from twin.control.route53.records import operations as records
from twin.control.route53.traffic import instances as traffic_policy_instances
from twin.control.route53.traffic import policies as traffic_policies
from twin.control.surroundings import Surroundings
from twin.core.health_checks.checkers import ALL_CHECKERS
from twin.document_writer import DocumentWriter
from twin.moto.calls.aws_call import AwsCall
from twin.runtime.instance import Instance
from twin.runtime.roles import ROUTE53
from twin.topology.route53 import ResourceRecordSet, Route53Topology

_OPERATIONS: Mapping[str, Operation[Route53State]] = {
    "ChangeCidrCollection": cidr_collections.change_collection,
    "ChangeResourceRecordSets": records.change_resource_record_sets,
    "ChangeTagsForResource": tags.change_tags,
    "CreateCidrCollection": cidr_collections.create_collection,
    "CreateHostedZone": zones.create_hosted_zone,
    "CreateTrafficPolicy": traffic_policies.create_traffic_policy,
    "CreateTrafficPolicyInstance": traffic_policy_instances.create_instance,
    "CreateTrafficPolicyVersion": traffic_policies.create_traffic_policy_version,
    "DeleteCidrCollection": cidr_collections.delete_collection,
    "DeleteHostedZone": zones.delete_hosted_zone,
    "DeleteTrafficPolicy": traffic_policies.delete_traffic_policy,
    "DeleteTrafficPolicyInstance": traffic_policy_instances.delete_instance,
    "GetAccountLimit": limits.get_account_limit,
    "GetChange": records.get_change,
    "GetDNSSEC": zones.get_dnssec,
    "GetGeoLocation": geo_locations.get_geo_location,
    "GetHostedZone": zones.get_hosted_zone,
    "GetHostedZoneCount": zones.get_hosted_zone_count,
    "GetHostedZoneLimit": limits.get_hosted_zone_limit,
    "GetTrafficPolicy": traffic_policies.get_traffic_policy,
    "GetTrafficPolicyInstance": traffic_policy_instances.get_instance,
    "GetTrafficPolicyInstanceCount": traffic_policy_instances.get_instance_count,
    "ListCidrBlocks": cidr_collections.list_blocks,
    "ListCidrCollections": cidr_collections.list_collections,
    "ListCidrLocations": cidr_collections.list_locations,
    "ListGeoLocations": geo_locations.list_geo_locations,
    "ListHostedZones": zones.list_hosted_zones,
    "ListHostedZonesByName": zones.list_hosted_zones_by_name,
    "ListHostedZonesByVPC": zones.list_hosted_zones_by_vpc,
    "ListResourceRecordSets": records.list_resource_record_sets,
    "ListTagsForResource": tags.list_tags,
    "ListTagsForResources": tags.list_tags_of_several,
    "ListTrafficPolicies": traffic_policies.list_traffic_policies,
    "ListTrafficPolicyInstances": traffic_policy_instances.list_instances,
    "ListTrafficPolicyInstancesByHostedZone": traffic_policy_instances.list_instances_of_zone,
    "ListTrafficPolicyInstancesByPolicy": traffic_policy_instances.list_instances_of_policy,
    "ListTrafficPolicyVersions": traffic_policies.list_traffic_policy_versions,
    "UpdateHostedZoneComment": zones.update_hosted_zone_comment,
    "UpdateTrafficPolicyComment": traffic_policies.update_traffic_policy_comment,
    "UpdateTrafficPolicyInstance": traffic_policy_instances.update_instance,
}


def route53_operations(
    is_own_address: Callable[[str], bool], find_alarm: FindAlarm
) -> Mapping[str, Operation[Route53State]]:
    """`is_own_address`: whether an IP address is this twin's, which health checkers can reach."""
    return {**_OPERATIONS, **health_check_operations(is_own_address, find_alarm)}


class PendingResource(NamedTuple):
    """Something that the name servers do not have yet."""

    id: str
    generation: int


class Route53:
    """The service, and the changes on their way to the name servers.

    A change is INSYNC once Route 53's process acknowledges the Topology with it: all name servers
    have it then. While that process does not run it stays PENDING.
    https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetChange.html
    """

    def __init__(
        self, surroundings: Surroundings, make_context: Callable[[AwsCall], CallContext]
    ) -> None:
        """Restore its state."""
        instance = surroundings.instance
        self._publish = surroundings.publish
        self.service = DocumentService(
            instance.state_dir / "control" / "route53.json",
            Route53State(),
            operations=route53_operations(instance.owns_address, surroundings.find_alarm),
            queries=process_queries(surroundings.route53_process, checker_addresses(instance)),
            make_context=make_context,
            on_change=self._changed,
            dumps=DocumentWriter(ResourceRecordSet).dumps,
        )
        self.propagation = DeploymentTracker(
            surroundings.publisher,
            surroundings.clock,
            role=ROUTE53,
            delay_s=0.0,
            finish=self._finish,
        )

    def track_pending(self, version: int) -> None:
        """Go on with the changes of an earlier process; this Topology version carries them."""
        for pending in _pending(self.service.state):
            self.propagation.track(pending.id, version)

    def _changed(self, before: Route53State, after: Route53State) -> None:
        version = self._publish()
        for pending in _pending(after) - _pending(before):
            self.propagation.track(pending.id, version)

    def _finish(self, resource: str) -> None:
        """Raises OSError."""
        self.service.replace_state(finish_propagation(self.service.state, resource))


def _pending(state: Route53State) -> set[PendingResource]:
    changes = (PendingResource(c.id, 0) for c in state.changes if c.status == "PENDING")
    instances = (
        PendingResource(one.id, one.generation + (one.state == "Deleting"))
        for one in state.instances
        if one.state in ("Creating", "Updating", "Deleting")
    )
    return {*changes, *instances}


def checker_addresses(instance: Instance) -> tuple[str, ...]:
    """The addresses that health checkers connect from."""
    return tuple(instance.checker_address(checker.position) for checker in ALL_CHECKERS)


def build_route53_topology(state: Route53State) -> Route53Topology:
    """What the name servers and health checkers work on."""
    return Route53Topology(
        zones=tuple(record.zone for record in state.zones),
        health_checks=tuple(record.check for record in state.health_checks),
        cidr_collections=tuple(record.collection for record in state.cidr_collections),
    )


def finish_propagation(state: Route53State, resource: str) -> Route53State:
    """The state once all name servers have a change, or the records of a policy's instance."""

    def marked(change: ChangeRecord) -> ChangeRecord:
        return replace(change, status="INSYNC") if change.id == resource else change

    state = replace(state, changes=tuple(map(marked, state.changes)))
    return traffic_policy_instances.finish_instance(state, resource)
