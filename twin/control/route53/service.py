"""Route 53's control plane as a service of control: its operations, and what it publishes.

The five calls a second that AWS allows an account are not counted.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from common.clock import Clock
from twin.control.deployment_tracker import DeploymentTracker
from twin.control.document_service import CallContext, DocumentService, Operation
from twin.control.route53 import records, tags, zones
from twin.control.route53.health_checks import health_check_operations
from twin.control.route53.model import ChangeRecord, Route53State
from twin.control.topology_publisher import TopologyPublisher
from twin.moto.aws_call import AwsCall
from twin.runtime.instance import Instance
from twin.runtime.roles import ROUTE53
from twin.settings import TwinSettings
from twin.topology.route53 import Route53Topology

_OPERATIONS: Mapping[str, Operation[Route53State]] = {
    "ChangeResourceRecordSets": records.change_resource_record_sets,
    "ChangeTagsForResource": tags.change_tags,
    "CreateHostedZone": zones.create_hosted_zone,
    "DeleteHostedZone": zones.delete_hosted_zone,
    "GetChange": records.get_change,
    "GetDNSSEC": zones.get_dnssec,
    "GetHostedZone": zones.get_hosted_zone,
    "GetHostedZoneCount": zones.get_hosted_zone_count,
    "ListHostedZones": zones.list_hosted_zones,
    "ListHostedZonesByName": zones.list_hosted_zones_by_name,
    "ListHostedZonesByVPC": zones.list_hosted_zones_by_vpc,
    "ListResourceRecordSets": records.list_resource_record_sets,
    "ListTagsForResource": tags.list_tags,
    "ListTagsForResources": tags.list_tags_of_several,
    "UpdateHostedZoneComment": zones.update_hosted_zone_comment,
}


def route53_operations(
    is_own_address: Callable[[str], bool],
) -> Mapping[str, Operation[Route53State]]:
    """`is_own_address`: whether an IP address is this twin's, which health checkers can reach."""
    return {**_OPERATIONS, **health_check_operations(is_own_address)}


class Route53:
    """The service, and the changes on their way to the name servers.

    A change is INSYNC once Route 53's process has the Topology with it, and the propagation delay
    is over; while that process does not run it stays PENDING.
    https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetChange.html
    """

    def __init__(
        self,
        *,
        instance: Instance,
        settings: TwinSettings,
        clock: Clock,
        publisher: TopologyPublisher,
        make_context: Callable[[AwsCall], CallContext],
        publish: Callable[[], int],
    ) -> None:
        """`publish` publishes the Topology, and returns its version."""
        self._publish = publish
        self.service = DocumentService(
            instance.state_dir / "control" / "route53.json",
            Route53State(),
            operations=route53_operations(instance.owns_address),
            queries={},
            make_context=make_context,
            on_change=self._changed,
        )
        self.propagation = DeploymentTracker(
            publisher,
            clock,
            role=ROUTE53,
            delay_s=settings.scaled(settings.route53_propagation_s),
            finish=self._mark_in_sync,
        )

    def track_pending(self, version: int) -> None:
        """Go on with the changes of an earlier process; this Topology version carries them."""
        for change in self.service.state.changes:
            if change.status == "PENDING":
                self.propagation.track(change.id, version)

    def _changed(self, before: Route53State, after: Route53State) -> None:
        version = self._publish()
        known = {change.id for change in before.changes}
        for change in after.changes:
            if change.id not in known:
                self.propagation.track(change.id, version)

    def _mark_in_sync(self, change_id: str) -> None:
        """Raises OSError."""
        self.service.replace_state(mark_in_sync(self.service.state, change_id))


def build_route53_topology(state: Route53State) -> Route53Topology:
    """What the name servers and health checkers work on."""
    return Route53Topology(
        zones=tuple(record.zone for record in state.zones),
        health_checks=tuple(record.check for record in state.health_checks),
    )


def mark_in_sync(state: Route53State, change_id: str) -> Route53State:
    """The state once all name servers have a change."""

    def marked(change: ChangeRecord) -> ChangeRecord:
        return replace(change, status="INSYNC") if change.id == change_id else change

    return replace(state, changes=tuple(map(marked, state.changes)))
