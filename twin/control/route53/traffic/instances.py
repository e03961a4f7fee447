"""Operations on traffic policy instances: policy records.

https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateTrafficPolicyInstance.html

An instance is Creating (Updating, Deleting) until the name servers have its records. If its records
can't be made it becomes Failed, with a message; a failed update leaves the old records in place.
New records replace the old ones in one version of the Topology, so the name answers all the time.
"""

from collections.abc import Sequence
from dataclasses import replace

from twin.control.document_service import CallContext, CallRefused, Params, Result
from twin.control.route53.model import (
    Outcome,
    Route53State,
    TrafficPolicyInstanceRecord,
    ZoneRecord,
    find_zone,
    put_zone,
    strip_id,
)
from twin.control.route53.names import InvalidName, is_within, normalize_name, order_of_name
from twin.control.route53.pages import read_max_items, take_page
from twin.control.route53.records.change_batches import RecordChange, apply_changes
from twin.control.route53.records.operations import check_references
from twin.control.route53.traffic.policies import find_policy, find_version
from twin.control.route53.traffic.policy_compiler import InstancePlace, NotCompiled, compile_policy
from twin.control.route53.traffic.policy_documents import read_policy_document
from twin.topology.route53 import HostedZone

MAX_INSTANCES = 5
"""https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html"""


def create_instance(state: Route53State, context: CallContext, params: Params) -> Outcome:
    """Its records are made at once; it is Applied when the name servers have them."""
    zone = find_zone(state, params["HostedZoneId"])
    policy = find_policy(state, params["TrafficPolicyId"])
    version = find_version(policy, params["TrafficPolicyVersion"])
    kind = read_policy_document(version.document).record_type
    instance = TrafficPolicyInstanceRecord(
        id=context.uuid(),
        zone_id=zone.id,
        name=_read_name(params["Name"], zone),
        ttl_s=params["TTL"],
        policy_id=policy.id,
        policy_version=version.number,
        type=kind,
        state="Creating",
    )
    for other in state.instances:
        if (other.zone_id, other.name, other.type) == (zone.id, instance.name, kind):
            message = f"A traffic policy instance for {kind} {instance.name} already exists."
            raise CallRefused("TrafficPolicyInstanceAlreadyExists", message, 409)
    if len(state.instances) >= MAX_INSTANCES:
        message = f"You have reached the limit of {MAX_INSTANCES} traffic policy instances."
        raise CallRefused("TooManyTrafficPolicyInstances", message)
    state, instance = _make_records(state, instance)
    state = replace(state, instances=(*state.instances, instance))
    location = f"https://route53.amazonaws.com/2013-04-01/trafficpolicyinstance/{instance.id}"
    return state, {"TrafficPolicyInstance": instance_document(instance), "Location": location}


def update_instance(state: Route53State, _: CallContext, params: Params) -> Outcome:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_UpdateTrafficPolicyInstance.html"""
    instance = find_instance(state, params["Id"])
    policy = find_policy(state, params["TrafficPolicyId"])
    version = find_version(policy, params["TrafficPolicyVersion"])
    if read_policy_document(version.document).record_type != instance.type:
        raise CallRefused(
            "ConflictingTypes",
            "You tried to update a traffic policy instance by using a traffic policy version that "
            "has a different DNS type than the current type for the instance.",
        )
    instance = replace(
        instance,
        ttl_s=params["TTL"],
        policy_id=policy.id,
        policy_version=version.number,
        state="Updating",
        message="",
        generation=instance.generation + 1,
    )
    state, instance = _make_records(state, instance)
    return _put(state, instance), {"TrafficPolicyInstance": instance_document(instance)}


def delete_instance(state: Route53State, _: CallContext, params: Params) -> Outcome:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_DeleteTrafficPolicyInstance.html"""
    instance = find_instance(state, params["Id"])
    zone = find_zone(state, instance.zone_id)
    state = put_zone(state, replace(zone, zone=_without_records(zone.zone, instance.id)))
    return _put(state, replace(instance, state="Deleting", message="")), {}


def finish_instance(state: Route53State, instance_id: str) -> Route53State:
    """The state once the name servers have what an instance has changed."""
    for instance in state.instances:
        if instance.id == instance_id and instance.state == "Deleting":
            kept = tuple(one for one in state.instances if one.id != instance_id)
            return replace(state, instances=kept)
        if instance.id == instance_id:
            finished = replace(instance, state="Failed" if instance.message else "Applied")
            return _put(state, finished)
    return state


def get_instance(state: Route53State, _: CallContext, params: Params) -> Outcome:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetTrafficPolicyInstance.html"""
    instance = find_instance(state, params["Id"])
    return state, {"TrafficPolicyInstance": instance_document(instance)}


def get_instance_count(state: Route53State, _: CallContext, __: Params) -> Outcome:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetTrafficPolicyInstanceCount.html"""
    return state, {"TrafficPolicyInstanceCount": len(state.instances)}


def list_instances(state: Route53State, _: CallContext, params: Params) -> Outcome:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListTrafficPolicyInstances.html"""
    return state, _page(state.instances, params)


def list_instances_of_zone(state: Route53State, _: CallContext, params: Params) -> Outcome:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListTrafficPolicyInstancesByHostedZone.html"""
    zone = find_zone(state, params["HostedZoneId"])
    shown = dict(_page([one for one in state.instances if one.zone_id == zone.id], params))
    shown.pop("HostedZoneIdMarker", None)
    return state, shown


def list_instances_of_policy(state: Route53State, _: CallContext, params: Params) -> Outcome:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListTrafficPolicyInstancesByPolicy.html"""
    policy = find_policy(state, params["TrafficPolicyId"])
    wanted = (policy.id, find_version(policy, params["TrafficPolicyVersion"]).number)
    users = [one for one in state.instances if (one.policy_id, one.policy_version) == wanted]
    return state, _page(users, params)


def find_instance(state: Route53State, instance_id: object) -> TrafficPolicyInstanceRecord:
    """Raises CallRefused."""
    for instance in state.instances:
        if instance.id == instance_id:
            return instance
    message = f"No traffic policy instance exists with Id {instance_id}."
    raise CallRefused("NoSuchTrafficPolicyInstance", message, 404)


def instance_document(instance: TrafficPolicyInstanceRecord) -> Result:
    """TrafficPolicyInstance; Message is empty unless it has failed."""
    return {
        "Id": instance.id,
        "HostedZoneId": instance.zone_id,
        "Name": instance.name,
        "TTL": instance.ttl_s,
        "State": instance.state,
        "Message": instance.message if instance.state == "Failed" else "",
        "TrafficPolicyId": instance.policy_id,
        "TrafficPolicyVersion": instance.policy_version,
        "TrafficPolicyType": instance.type,
    }


def _make_records(
    state: Route53State, instance: TrafficPolicyInstanceRecord
) -> tuple[Route53State, TrafficPolicyInstanceRecord]:
    """The state with the records of the instance, or the instance with the reason why not."""
    zone = find_zone(state, instance.zone_id)
    policy = find_policy(state, instance.policy_id)
    document = read_policy_document(find_version(policy, instance.policy_version).document)
    place = InstancePlace(
        id=instance.id,
        name=instance.name,
        zone=zone.zone,
        ttl_s=instance.ttl_s,
        generation=instance.generation,
    )
    zone_ids = frozenset(one.id for one in state.zones)
    try:
        changes = [RecordChange("CREATE", one) for one in compile_policy(document, place)]
        check_references(state, changes)
        changed = apply_changes(_without_records(zone.zone, instance.id), changes, zone_ids)
    except (NotCompiled, CallRefused) as problem:
        return state, replace(instance, message=str(problem)[:1024])
    return put_zone(state, replace(zone, zone=changed)), instance


def _without_records(zone: HostedZone, instance_id: str) -> HostedZone:
    kept = (one for one in zone.records if one.traffic_policy_instance_id != instance_id)
    return replace(zone, records=tuple(kept))


def _read_name(text: str, zone: ZoneRecord) -> str:
    """Raises CallRefused."""
    try:
        name = normalize_name(text)
    except InvalidName as problem:
        raise CallRefused("InvalidInput", str(problem)) from problem
    if not is_within(name, zone.name):
        message = f"RRSet with DNS name {name} is not permitted in zone {zone.name}"
        raise CallRefused("InvalidInput", message)
    return name


def _page(instances: Sequence[TrafficPolicyInstanceRecord], params: Params) -> Result:
    size = read_max_items(params)
    ordered = sorted(instances, key=_order)
    marker = (
        strip_id(params.get("HostedZoneIdMarker") or ""),
        _marker_order(params.get("TrafficPolicyInstanceNameMarker") or ""),
        params.get("TrafficPolicyInstanceTypeMarker") or "",
    )
    if not marker[0] and ordered and "HostedZoneId" in params:
        marker = (ordered[0].zone_id, *marker[1:])
    page, following = take_page(ordered, size, lambda one: _order(one) >= marker)
    shown: dict[str, object] = {
        "TrafficPolicyInstances": [instance_document(one) for one in page],
        "IsTruncated": following is not None,
        "MaxItems": str(size),
    }
    if following:
        shown |= {
            "HostedZoneIdMarker": following.zone_id,
            "TrafficPolicyInstanceNameMarker": following.name,
            "TrafficPolicyInstanceTypeMarker": following.type,
        }
    return shown


def _order(instance: TrafficPolicyInstanceRecord) -> tuple[str, str, str]:
    return instance.zone_id, order_of_name(instance.name), instance.type


def _marker_order(name: str) -> str:
    return order_of_name(name) if name else ""


def _put(state: Route53State, instance: TrafficPolicyInstanceRecord) -> Route53State:
    instances = tuple(instance if one.id == instance.id else one for one in state.instances)
    return replace(state, instances=instances)
