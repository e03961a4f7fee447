"""The state of Route 53's control plane: one immutable document.

Each part has the shape that the Topology publishes, and beside it what only the API shows.
https://docs.aws.amazon.com/Route53/latest/APIReference/API_Types_Amazon_Route_53.html
"""

from dataclasses import dataclass, field, replace
from typing import Any, Literal

from twin.control.document_service import CallContext, CallRefused, Result
from twin.core.cloudwatch.alarms import Alarm
from twin.topology.route53 import CidrCollection, HealthCheck, HostedZone, ResourceRecordSet

KEPT_CHANGES = 1000
"""Changes that are remembered; older ones are unknown to GetChange."""
_CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneRecord:
    """A hosted zone, as the API shows it and as it is published."""

    zone: HostedZone
    caller_reference: str
    name_servers: tuple[str, ...]
    comment: str = ""
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return self.zone.id

    @property
    def name(self) -> str:
        return self.zone.name


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRecord:
    """A change on its way to the name servers.

    https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeInfo.html
    """

    id: str
    """`C` and capitals, without `/change/`."""
    submitted_at: float
    status: Literal["PENDING", "INSYNC"] = "PENDING"
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthCheckRecord:
    """A health check, as the API shows it and as it is published."""

    check: HealthCheck
    caller_reference: str
    config: dict[str, Any]
    """As given, by the API's names."""
    first_config: dict[str, Any] = field(default_factory=dict)
    """That of the request that has made it: the same request makes no second check."""
    alarm: Alarm | None = None
    """Of a CLOUDWATCH_METRIC check: its alarm when the check was written."""
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return self.check.id


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficPolicyVersion:
    """One version of a traffic policy."""

    number: int
    document: str
    """JSON, as given."""
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficPolicyRecord:
    """A traffic policy and its versions."""

    id: str
    name: str
    type: str
    """RecordType of the last version that was made."""
    last_version: int
    """The highest number that was given; numbers are not used again."""
    versions: tuple[TrafficPolicyVersion, ...]
    """At least one, the oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficPolicyInstanceRecord:
    """A traffic policy that works for a name; its records are among the zone's."""

    id: str
    zone_id: str
    name: str
    type: str
    ttl_s: int
    policy_id: str
    policy_version: int
    state: Literal["Creating", "Updating", "Applied", "Failed", "Deleting"]
    message: str = ""
    """Why the records could not be made, if so."""
    generation: int = 0
    """Rises with each update."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CidrCollectionRecord:
    """A CIDR collection, as the API shows it and as it is published."""

    collection: CidrCollection
    caller_reference: str
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Route53State:
    """Everything that the service knows."""

    zones: tuple[ZoneRecord, ...] = ()
    """In the order of their creation."""
    changes: tuple[ChangeRecord, ...] = ()
    """The oldest first."""
    health_checks: tuple[HealthCheckRecord, ...] = ()
    """In the order of their creation."""
    traffic_policies: tuple[TrafficPolicyRecord, ...] = ()
    """In the order of their creation."""
    instances: tuple[TrafficPolicyInstanceRecord, ...] = ()
    cidr_collections: tuple[CidrCollectionRecord, ...] = ()
    deleted_check_references: tuple[str, ...] = ()
    """Caller references of deleted health checks, which can't be used again."""


Outcome = tuple[Route53State, Result]
"""Of an operation: the next state, and what the caller gets."""


def strip_id(value: object) -> str:
    """An id without the prefix that responses show: `/hostedzone/Z1` -> `Z1`."""
    return str(value).rpartition("/")[2]


def make_id(context: CallContext, letter: str, length: int = 21) -> str:
    """An id like AWS's: the letter, and random capitals and digits."""
    return letter + context.token(length - 1, _CAPITALS)


def find_zone(state: Route53State, zone_id: object) -> ZoneRecord:
    """Raises CallRefused."""
    wanted = strip_id(zone_id)
    for zone in state.zones:
        if zone.id == wanted:
            return zone
    raise CallRefused("NoSuchHostedZone", f"No hosted zone found with ID: {wanted}", 404)


def put_zone(state: Route53State, zone: ZoneRecord) -> Route53State:
    """The state with this zone instead of the one with its id."""
    zones = tuple(zone if one.id == zone.id else one for one in state.zones)
    return replace(state, zones=zones)


def visible_records(zone: HostedZone) -> list[ResourceRecordSet]:
    """The record sets that the API shows: of a traffic policy instance one, at its name.

    The names of its other rules lie below a label with the instance's id.
    """
    seen: set[str] = set()
    shown: list[ResourceRecordSet] = []
    for record in zone.records:
        instance = record.traffic_policy_instance_id
        if instance and (instance in seen or f".{instance}." in record.name):
            continue
        seen.add(instance)
        shown.append(record)
    return shown


def add_change(
    state: Route53State, context: CallContext, comment: str = ""
) -> tuple[Route53State, Result]:
    """The state with a new change, and ChangeInfo."""
    change = ChangeRecord(id=make_id(context, "C"), submitted_at=context.now, comment=comment)
    kept = state.changes[1 - KEPT_CHANGES :]
    return replace(state, changes=(*kept, change)), change_document(change)


def change_document(change: ChangeRecord) -> Result:
    """ChangeInfo."""
    shown: dict[str, object] = {
        "Id": f"/change/{change.id}",
        "Status": change.status,
        "SubmittedAt": change.submitted_at,
    }
    return {**shown, "Comment": change.comment} if change.comment else shown
