"""A batch of changes to the records of a hosted zone: all of them, or none.

https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html

Every change that breaks a rule adds its message to InvalidChangeBatch, as the API does. Messages
that no public text shows follow the pattern of the others.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from twin.control.document_service import CallRefused
from twin.control.route53.names import is_within
from twin.control.route53.records.record_groups import find_group_problems
from twin.control.route53.records.record_values import find_value_problem
from twin.core.dns.hosted_zone_ids import may_be_alias_target
from twin.topology.route53 import HostedZone, ResourceRecordSet

# https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html
MAX_ELEMENTS = 1000
MAX_CHARACTERS = 32000
MAX_RECORDS_OF_ZONE = 10000
MAX_VALUES = 400

RecordKey = tuple[str, str, str]
"""Name, type, set identifier."""


@dataclass(frozen=True, slots=True)
class RecordChange:
    """One change of a batch."""

    action: str
    """CREATE, UPSERT or DELETE."""
    record: ResourceRecordSet

    @property
    def key(self) -> RecordKey:
        return key_of(self.record)


def key_of(record: ResourceRecordSet) -> RecordKey:
    """What identifies a record set in its zone."""
    return record.name, record.type, record.set_identifier


def apply_changes(
    zone: HostedZone, changes: Collection[RecordChange], zone_ids: Collection[str]
) -> HostedZone:
    """The zone after all changes. Raises CallRefused: then none of them is made.

    `zone_ids`: of all hosted zones, which an alias may not lead into, but for its own.
    """
    _check_size(changes)
    problems = [*_find_sequence_problems(changes)]
    records = {key_of(record): record for record in zone.records}
    for change in changes:
        found = [*_find_record_problems(zone, change)]
        if not found:
            found = [*_find_action_problems(records, change)]
        if change.action == "DELETE":
            records.pop(change.key, None)
        else:
            records[change.key] = change.record
        problems += found
    changed = [change.record for change in changes if change.action != "DELETE"]
    if not problems:
        problems += _find_zone_problems(zone, records.values(), changed, zone_ids)
    if problems:
        raise invalid_change_batch(problems)
    return replace(zone, records=tuple(records.values()))


def invalid_change_batch(problems: Iterable[str]) -> CallRefused:
    """The error with all messages, each of them once."""
    return CallRefused("InvalidChangeBatch", f"[{', '.join(dict.fromkeys(problems))}]")


def show_key(record: ResourceRecordSet) -> str:
    """A record set in messages."""
    identifier = f", set-identifier='{record.set_identifier}'" if record.set_identifier else ""
    return f"[name='{record.name}', type='{record.type}'{identifier}]"


def _check_size(changes: Collection[RecordChange]) -> None:
    """An UPSERT counts twice. Raises CallRefused."""
    elements = characters = 0
    for change in changes:
        times = 2 if change.action == "UPSERT" else 1
        elements += times * len(change.record.values)
        characters += times * sum(len(value) for value in change.record.values)
    if elements > MAX_ELEMENTS:
        raise invalid_change_batch([f"Number of records limit of {MAX_ELEMENTS} exceeded."])
    if characters > MAX_CHARACTERS:
        message = f"Number of characters limit of {MAX_CHARACTERS} exceeded."
        raise invalid_change_batch([message])


def _find_sequence_problems(changes: Iterable[RecordChange]) -> Iterator[str]:
    """A record set may be deleted and created anew; nothing else may be done to it twice."""
    actions: defaultdict[RecordKey, list[str]] = defaultdict(list)
    for change in changes:
        actions[change.key].append(change.action)
    for (name, kind, _), done in actions.items():
        if len(done) > 1 and done not in (["DELETE", "CREATE"], ["DELETE", "UPSERT"]):
            yield (
                "The request contains an invalid set of changes for a resource record set "
                f"'{kind} {name}'"
            )


def _find_record_problems(zone: HostedZone, change: RecordChange) -> Iterator[str]:
    """What is wrong with a record set by itself."""
    record = change.record
    if not is_within(record.name, zone.name):
        yield f"RRSet with DNS name {record.name} is not permitted in zone {zone.name}"
    if change.action == "DELETE":
        return
    shown = f"RRSet of type {record.type} with DNS name {record.name}"
    if record.type in ("CNAME", "DS") and record.name == zone.name:
        yield f"{shown} is not permitted at apex in zone {zone.name}"
    if record.type == "SOA" and record.name != zone.name:
        yield f"{shown} is not permitted below the apex of zone {zone.name}"
    if record.type == "NS" and record.name.startswith("\\052."):
        yield f"{shown} is not permitted as a wildcard in zone {zone.name}"
    if record.alias is not None and record.type in ("NS", "SOA"):
        yield f"{shown} cannot be an alias"
    yield from _find_value_problems(record)


def _find_value_problems(record: ResourceRecordSet) -> Iterator[str]:
    if len(record.values) > MAX_VALUES:
        yield f"Number of values limit of {MAX_VALUES} exceeded for {show_key(record)}."
    if record.type in ("CNAME", "SOA") and len(record.values) > 1:
        yield f"RRSet of type {record.type} with DNS name {record.name} may have only one value"
    for value in record.values:
        if problem := find_value_problem(record.type, value):
            yield f"Invalid Resource Record: {problem}"
    for value, times in Counter(record.values).items():
        if times > 1:
            yield f"Duplicate Resource Record: '{value}'"


def _find_action_problems(
    records: dict[RecordKey, ResourceRecordSet], change: RecordChange
) -> Iterator[str]:
    """Whether the record set is there, as the action takes for granted."""
    current, shown = records.get(change.key), show_key(change.record)
    verb = "delete" if change.action == "DELETE" else "create"
    owner = change.record.traffic_policy_instance_id
    if current is not None and current.traffic_policy_instance_id != owner:
        whose = current.traffic_policy_instance_id or "no instance"
        yield (
            f"Tried to {verb} resource record set {shown} but the traffic policy instance that it "
            f"belongs to is {whose}"
        )
    elif change.action == "CREATE" and current is not None:
        yield f"Tried to create resource record set {shown} but it already exists"
    elif change.action == "DELETE" and current is None:
        yield f"Tried to delete resource record set {shown} but it was not found"
    elif change.action == "DELETE" and current is not None and not _is_same(current, change.record):
        yield (
            f"Tried to delete resource record set {shown} but the values provided do not match "
            "the current values"
        )


def _is_same(current: ResourceRecordSet, given: ResourceRecordSet) -> bool:
    """Whether all elements agree; the order of values does not count."""
    return _sorted(current) == _sorted(given)


def _sorted(record: ResourceRecordSet) -> ResourceRecordSet:
    return replace(record, values=tuple(sorted(record.values)))


def _find_zone_problems(
    zone: HostedZone,
    records: Collection[ResourceRecordSet],
    changed: Collection[ResourceRecordSet],
    zone_ids: Collection[str],
) -> Iterator[str]:
    """What is wrong with the record sets of the zone after all changes."""
    at_apex = {record.type for record in records if record.name == zone.name}
    if "SOA" not in at_apex:
        yield "A HostedZone must contain exactly one SOA record."
    if "NS" not in at_apex:
        yield "A HostedZone must contain at least one NS record for the zone itself."
    if len(records) > MAX_RECORDS_OF_ZONE:
        yield f"Number of records limit of {MAX_RECORDS_OF_ZONE} exceeded for zone {zone.id}."
    targets = (record.alias.name for record in changed if record.alias is not None)
    asked = {*(record.name for record in changed), *targets}
    by_name: defaultdict[str, list[ResourceRecordSet]] = defaultdict(list)
    for record in records:
        if record.name in asked:
            by_name[record.name].append(record)
    for record in changed:
        beside = by_name[record.name]
        types = {one.type for one in beside}
        group = [one for one in beside if one.type == record.type]
        if "CNAME" in types and len(types) > 1:
            yield (
                f"RRSet of type {record.type} with DNS name {record.name} is not permitted as it "
                f"conflicts with other records with the same DNS name in zone {zone.name}"
            )
        yield from find_group_problems(record, group)
        yield from _find_alias_problems(zone, record, by_name, zone_ids)


def _find_alias_problems(
    zone: HostedZone,
    record: ResourceRecordSet,
    by_name: dict[str, list[ResourceRecordSet]],
    zone_ids: Collection[str],
) -> Iterator[str]:
    alias = record.alias
    if alias is None:
        return
    shown = (
        f"Tried to create an alias that targets {alias.name}, type {record.type} in zone "
        f"{alias.zone_id}, but"
    )
    if alias.zone_id == zone.id:
        if not is_within(alias.name, zone.name):
            yield f"{shown} the alias target name does not lie within the target zone"
        elif alias.name == record.name:
            yield f"{shown} that is the record itself"
        elif not any(one.type == record.type for one in by_name.get(alias.name, ())):
            yield f"{shown} that target was not found"
    elif alias.zone_id in zone_ids:
        yield f"{shown} only the zone of the record itself may be one of your own"
    elif not may_be_alias_target(alias.zone_id, alias.name):
        yield f"{shown} the alias target name does not lie within the target zone"
