"""Operations on the records of a hosted zone, and on the changes of records.

https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html
"""

from collections.abc import Iterable
from dataclasses import replace

from twin.control.document_service import CallContext, CallRefused, Params
from twin.control.route53.model import (
    Outcome,
    Route53State,
    add_change,
    change_document,
    find_zone,
    put_zone,
    strip_id,
    visible_records,
)
from twin.control.route53.names import InvalidName, normalize_name, order_of_name
from twin.control.route53.pages import read_max_items, take_page
from twin.control.route53.records.change_batches import (
    RecordChange,
    apply_changes,
    invalid_change_batch,
)
from twin.control.route53.records.record_documents import read_record_set, record_set_document
from twin.topology.route53 import HostedZone, ResourceRecordSet

MAX_LISTED = 300


def change_resource_record_sets(
    state: Route53State, context: CallContext, params: Params
) -> Outcome:
    """Change all records of the batch, or none."""
    zone = find_zone(state, params["HostedZoneId"])
    batch = params["ChangeBatch"]
    changes = _expand_instances(zone.zone, _read_changes(batch["Changes"]))
    check_references(state, changes)
    zone_ids = frozenset(one.id for one in state.zones)
    changed = apply_changes(zone.zone, changes, zone_ids)
    state = put_zone(state, replace(zone, zone=changed))
    state, info = add_change(state, context, batch.get("Comment") or "")
    return state, {"ChangeInfo": info}


def list_resource_record_sets(state: Route53State, _: CallContext, params: Params) -> Outcome:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListResourceRecordSets.html"""
    zone = find_zone(state, params["HostedZoneId"])
    size = read_max_items(params, MAX_LISTED)
    first = _read_start(params)
    records = sorted(visible_records(zone.zone), key=_order)
    page, following = take_page(
        records, size, (lambda record: _order(record) >= first) if first else None
    )
    shown: dict[str, object] = {
        "ResourceRecordSets": [record_set_document(record) for record in page],
        "IsTruncated": following is not None,
        "MaxItems": str(size),
    }
    if following is not None:
        shown |= {"NextRecordName": following.name, "NextRecordType": following.type}
        if following.set_identifier:
            shown["NextRecordIdentifier"] = following.set_identifier
    return state, shown


def get_change(state: Route53State, _: CallContext, params: Params) -> Outcome:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetChange.html"""
    wanted = strip_id(params["Id"])
    for change in state.changes:
        if change.id == wanted:
            return state, {"ChangeInfo": change_document(change)}
    raise CallRefused("NoSuchChange", f"A change with id {wanted} does not exist.", 404)


def _read_changes(given: Iterable[Params]) -> list[RecordChange]:
    """Raises CallRefused."""
    changes: list[RecordChange] = []
    problems: list[str] = []
    for one in given:
        try:
            record = read_record_set(one["Action"], one["ResourceRecordSet"])
        except InvalidName as problem:
            problems.append(str(problem))
        else:
            changes.append(RecordChange(one["Action"], record))
    if problems:
        raise invalid_change_batch(problems)
    return changes


def _expand_instances(zone: HostedZone, changes: Iterable[RecordChange]) -> list[RecordChange]:
    """A DELETE that names a traffic policy instance deletes all of its records.

    The instance stays: https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html
    """
    expanded: list[RecordChange] = []
    for change in changes:
        instance = change.record.traffic_policy_instance_id
        shown = change.record
        if not instance:
            expanded.append(change)
            continue
        owned = [one for one in zone.records if one.traffic_policy_instance_id == instance]
        if (shown.name, shown.type) in {(one.name, one.type) for one in owned}:
            expanded += [RecordChange("DELETE", one) for one in owned]
        else:
            expanded.append(change)
    return expanded


def check_references(state: Route53State, changes: Iterable[RecordChange]) -> None:
    """Raises CallRefused for a health check or a CIDR location that does not exist."""
    checks = {check.id for check in state.health_checks}
    locations = {
        (record.collection.id, name)
        for record in state.cidr_collections
        for name in (*record.collection.locations, "*")
    }
    for change in changes:
        record = change.record
        if change.action == "DELETE":
            continue
        wanted, cidr = record.health_check_id, record.cidr
        if wanted and wanted not in checks:
            message = f"No health check exists with the specified ID {wanted}."
            raise CallRefused("NoSuchHealthCheck", message, 404)
        if cidr is not None and (cidr.collection_id, cidr.name) not in locations:
            message = f"The CIDR collection {cidr.collection_id} has no location {cidr.name}."
            raise CallRefused("InvalidInput", message)


def _order(record: ResourceRecordSet) -> tuple[str, str, str]:
    return order_of_name(record.name), record.type, record.set_identifier


def _read_start(params: Params) -> tuple[str, str, str] | None:
    """Raises CallRefused."""
    name, kind = params.get("StartRecordName"), params.get("StartRecordType")
    identifier = params.get("StartRecordIdentifier")
    if (kind and not name) or (identifier and not kind):
        raise CallRefused(
            "InvalidInput",
            "StartRecordType needs StartRecordName, and StartRecordIdentifier needs both.",
        )
    if not name:
        return None
    try:
        return order_of_name(normalize_name(name)), kind or "", identifier or ""
    except InvalidName as problem:
        raise CallRefused("InvalidInput", str(problem)) from problem
