"""Route 53: records. A global service with its API in us-east-1."""

import re
from dataclasses import dataclass

from twin.provider.errors import AwsCallFailed, ProviderError
from twin.provider.schema.calls import call_operation, wait_for_state
from twin.provider.schema.resource_type import (
    AwaitedState,
    AwsOperation,
    DescribedResource,
    OperationContext,
    ResourceChange,
    ResourceRef,
    ResourceType,
    block,
    block_list,
    block_set,
    boolean,
    integer,
    output,
    string,
    string_set,
)
from twin.provider.values import Properties, Value

REGION = "us-east-1"

_POLICIES = {
    "weightedRoutingPolicies": ("weight", "Weight"),
    "latencyRoutingPolicies": ("region", "Region"),
    "failoverRoutingPolicies": ("type", "Failover"),
}
"""Policies with one value: argument -> (its field, AWS's member)."""
_PLACES = {
    "continent": "ContinentCode",
    "country": "CountryCode",
    "subdivision": "SubdivisionCode",
}
_MULTIVALUE = "multivalueAnswerRoutingPolicy"
_GEOLOCATION = "geolocationRoutingPolicies"
_GEOPROXIMITY = "geoproximityRoutingPolicy"
_CIDR = "cidrRoutingPolicy"
_ALL_POLICIES = (*_POLICIES, _GEOLOCATION, _GEOPROXIMITY, _CIDR, _MULTIVALUE)
_RECORD_PROPERTIES = frozenset(
    {"type", "records", "ttl", "aliases", "healthCheckId", "setIdentifier", *_ALL_POLICIES}
)


def _record_set(new: Properties, zone_name: str) -> Properties:
    """Convert to AWS's record set."""
    record: Properties = {"Name": _fqdn(new["name"], zone_name), "Type": new["type"]}
    for name, member in (("setIdentifier", "SetIdentifier"), ("healthCheckId", "HealthCheckId")):
        if new.get(name):
            record[member] = new[name]
    if new.get("aliases"):
        alias = new["aliases"][0]
        record["AliasTarget"] = {
            "DNSName": alias["name"],
            "HostedZoneId": alias["zoneId"],
            "EvaluateTargetHealth": alias["evaluateTargetHealth"],
        }
    else:
        record["TTL"] = new.get("ttl") or 0
        values = [_quote(new["type"], value) for value in new.get("records") or []]
        record["ResourceRecords"] = [{"Value": value} for value in values]
    return {**record, **_routing(new)}


def _routing(new: Properties) -> Properties:
    found: Properties = {}
    for name, (key, member) in _POLICIES.items():
        for policy in (new.get(name) or [])[:1]:
            found[member] = policy[key]
    for place in (new.get(_GEOLOCATION) or [])[:1]:
        found["GeoLocation"] = {
            member: place[key] for key, member in _PLACES.items() if place.get(key)
        }
    if new.get(_GEOPROXIMITY):
        found["GeoProximityLocation"] = _proximity(new[_GEOPROXIMITY])
    if new.get(_CIDR):
        found["CidrRoutingConfig"] = {
            "CollectionId": new[_CIDR]["collectionId"],
            "LocationName": new[_CIDR]["locationName"],
        }
    if new.get(_MULTIVALUE):
        found["MultiValueAnswer"] = True
    return found


def _proximity(place: Properties) -> Properties:
    found: Properties = {}
    for key, member in (
        ("awsRegion", "AWSRegion"),
        ("bias", "Bias"),
        ("localZoneGroup", "LocalZoneGroup"),
    ):
        if place.get(key):
            found[member] = place[key]
    for coordinates in (place.get("coordinates") or [])[:1]:
        found["Coordinates"] = {
            "Latitude": coordinates["latitude"],
            "Longitude": coordinates["longitude"],
        }
    return found


def _read_routing(description: Properties) -> Properties:
    values: Properties = {
        name: [{key: description[member]}]
        for name, (key, member) in _POLICIES.items()
        if description.get(member) is not None
    }
    if place := description.get("GeoLocation"):
        values[_GEOLOCATION] = [
            {key: place[member] for key, member in _PLACES.items() if place.get(member)}
        ]
    if near := description.get("GeoProximityLocation"):
        values[_GEOPROXIMITY] = _read_proximity(near)
    if cidr := description.get("CidrRoutingConfig"):
        values[_CIDR] = {
            "collectionId": cidr["CollectionId"],
            "locationName": cidr["LocationName"],
        }
    return values


def _read_proximity(near: Properties) -> Properties:
    values: Properties = {"awsRegion": near.get("AWSRegion"), "bias": near.get("Bias") or None}
    if point := near.get("Coordinates"):
        values["coordinates"] = [{"latitude": point["Latitude"], "longitude": point["Longitude"]}]
    return {name: value for name, value in values.items() if value is not None}


def _quote(kind: str, value: str) -> str:
    """Values of TXT and SPF records are quoted:
    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html#TXTFormat
    """
    return f'"{value}"' if kind in ("TXT", "SPF") and not value.startswith('"') else value


def _fqdn(name: str, zone_name: str) -> str:
    """Append the zone's name unless the name ends with it."""
    name, zone = name.rstrip(".").lower(), zone_name.rstrip(".").lower()
    if name == zone or name.endswith(f".{zone}"):
        return name
    return f"{name}.{zone}" if name else zone


def _zone_name(context: OperationContext, properties: Properties) -> str:
    response = context.call("GetHostedZone", {"Id": properties["zoneId"]})
    return str(response["HostedZone"]["Name"])


def _batch(
    context: OperationContext, properties: Properties, *actions: tuple[str, Properties]
) -> Properties:
    """Parameters of ChangeResourceRecordSets; `actions` are (action, record) pairs."""
    zone = _zone_name(context, properties)
    changes = [
        {"Action": action, "ResourceRecordSet": _record_set(record, zone)}
        for action, record in actions
    ]
    return {"HostedZoneId": properties["zoneId"], "ChangeBatch": {"Changes": changes}}


_IN_SYNC = AwaitedState(
    call=AwsOperation(operation="GetChange", id_param="Id", result="ChangeInfo"),
    state="Status",
    wanted=frozenset({"INSYNC"}),
)
"""https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetChange.html"""


def wait_in_sync(context: OperationContext, description: Properties) -> None:
    """Wait until all name servers have the change that a response tells of."""
    sent = description["ChangeInfo"]
    if sent["Status"] != "INSYNC":
        batch = ResourceRef(id=sent["Id"].rpartition("/")[2], properties={})
        wait_for_state(context, _IN_SYNC, batch, subject=f"change {batch.id}")


@dataclass(frozen=True, slots=True)
class RecordAspect:
    """The contents of a record."""

    names: frozenset[str] = _RECORD_PROPERTIES
    at_creation: bool = False

    def apply(self, context: OperationContext, change: ResourceChange) -> None:
        """Replace the record set; a changed type or set identifier needs a deletion."""
        actions: tuple[tuple[str, Properties], ...] = (("UPSERT", change.new),)
        if change.names & {"type", "setIdentifier"}:
            actions = (("DELETE", change.old), ("CREATE", change.new))
        params = _batch(context, change.new, *actions)
        wait_in_sync(context, context.call("ChangeResourceRecordSets", params))

    def read(self, found: DescribedResource) -> Properties:
        description = found.description
        values: Properties = {
            "ttl": description.get("TTL"),
            "records": [
                _unquote(description["Type"], r) for r in description.get("ResourceRecords") or []
            ],
            "aliases": _aliases(description.get("AliasTarget")),
            "setIdentifier": description.get("SetIdentifier"),
            "healthCheckId": description.get("HealthCheckId"),
            "fqdn": _plain_name(description["Name"]),
        }
        values |= _read_routing(description)
        return {name: value for name, value in values.items() if value not in (None, [])}


def _unquote(kind: str, record: Properties) -> str:
    value = str(record["Value"])
    return value.strip('"') if kind in ("TXT", "SPF") else value


def _aliases(target: Properties | None) -> Value:
    if not target:
        return None
    return [
        {
            "name": target["DNSName"].rstrip("."),
            "zoneId": target["HostedZoneId"],
            "evaluateTargetHealth": bool(target["EvaluateTargetHealth"]),
        }
    ]


def _find_imported(context: OperationContext, ref: ResourceRef) -> ResourceRef:
    """Zone, name, type and set identifier from the id ZONE_NAME_TYPE[_SET].

    A name and a set identifier may have underscores, so the first type's name divides them
    (terraform-provider-aws, recordParseResourceID).
    """
    if {"zoneId", "name", "type"} <= ref.properties.keys():
        return ref
    shape: Value = context.aws.input_shape("route53", "ListResourceRecordSets")
    types = shape.members["StartRecordType"].enum
    zone, *parts = ref.id.split("_")
    type_index = next((i for i, part in enumerate(parts) if i and part in types), None)
    if type_index is None:
        raise ProviderError(f"'{ref.id}' is no id of a record: expected ZONE_NAME_TYPE[_SET]")
    named = {"zoneId": zone, "name": "_".join(parts[:type_index]), "type": parts[type_index]}
    if set_identifier := "_".join(parts[type_index + 1 :]):
        named["setIdentifier"] = set_identifier
    return ResourceRef(id=ref.id, properties={**named, **ref.properties})


def _list_params(ref: ResourceRef) -> Properties:
    return {
        "HostedZoneId": ref.properties["zoneId"],
        "StartRecordType": ref.properties["type"],
        "MaxItems": "100",
    }


def _absolute_start(context: OperationContext, properties: Properties) -> Properties:
    return {"StartRecordName": _fqdn(properties["name"], _zone_name(context, properties))}


def _find_record(ref: ResourceRef, params: Properties, response: Properties) -> Value:
    """The record of exactly this name: the list goes on with those after it."""
    wanted = (_plain_name(params["StartRecordName"]), ref.properties["type"])
    for record in response.get("ResourceRecordSets", []):
        same_set = record.get("SetIdentifier") == (ref.properties.get("setIdentifier") or None)
        if (_plain_name(record["Name"]), record["Type"]) == wanted and same_set:
            return record
    return None


def _plain_name(listed: str) -> str:
    """A name without the codes that Route 53 lists in the place of other characters:
    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html
    """
    plain = re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), listed)
    return plain.rstrip(".").lower()


def _creation_params(context: OperationContext, new: Properties) -> Properties:
    action = "UPSERT" if new.get("allowOverwrite") else "CREATE"
    return _batch(context, new, (action, new))


def _deletion_params(context: OperationContext, recorded: Properties) -> Properties:
    """A deletion repeats every value that AWS has. Raises AwsCallFailed if there is no record."""
    found = call_operation(context, _READ, ResourceRef(id="", properties=recorded))
    if found is None:
        message = f"There is no record {recorded['name']} of type {recorded['type']}"
        raise AwsCallFailed(_READ.operation, REGION, _NO_RECORD, message, 404)
    changes = [{"Action": "DELETE", "ResourceRecordSet": found}]
    return {"HostedZoneId": recorded["zoneId"], "ChangeBatch": {"Changes": changes}}


_NO_RECORD = "NoSuchResourceRecordSet"
"""Route 53 has no such code: it lists no record, and refuses the change."""
_READ = AwsOperation(
    operation="ListResourceRecordSets",
    id_param=_list_params,
    extra_params=_absolute_start,
    find=_find_record,
)


def _record_id(_: Properties, new: Properties) -> str:
    parts = [new["zoneId"], new["name"].rstrip(".").lower(), new["type"]]
    return "_".join([*parts, *([new["setIdentifier"]] if new.get("setIdentifier") else [])])


def _validate(inputs: Properties) -> list[tuple[str, str]]:
    if ("aliases" in inputs) == ("records" in inputs):
        return [("records", "exactly one of 'records' and 'aliases' must be given")]
    if "records" in inputs and "ttl" not in inputs:
        return [("ttl", "'ttl' must be given with 'records'")]
    policies = [name for name in _ALL_POLICIES if inputs.get(name)]
    if policies and "setIdentifier" not in inputs:
        return [("setIdentifier", f"'setIdentifier' must be given with '{policies[0]}'")]
    return []


RECORD = ResourceType(
    name="aws:route53/record:Record",
    service="route53",
    properties=(
        string("zoneId", required=True, replaces=True, local=True),
        string("name", required=True, replaces=True, keep_recorded=True, local=True),
        string("type", required=True),
        integer("ttl", local=True),
        string_set("records", local=True),
        block_list(
            "aliases",
            string("name", required=True),
            string("zoneId", required=True),
            boolean("evaluateTargetHealth", required=True),
            local=True,
        ),
        string("setIdentifier"),
        string("healthCheckId"),
        block_list("weightedRoutingPolicies", integer("weight", required=True), local=True),
        block_list("latencyRoutingPolicies", string("region", required=True), local=True),
        block_list("failoverRoutingPolicies", string("type", required=True), local=True),
        block_list(_GEOLOCATION, *(string(key) for key in _PLACES), local=True),
        block(
            _GEOPROXIMITY,
            string("awsRegion"),
            integer("bias"),
            block_set(
                "coordinates",
                string("latitude", required=True),
                string("longitude", required=True),
            ),
            string("localZoneGroup"),
            local=True,
        ),
        block(
            _CIDR,
            string("collectionId", required=True),
            string("locationName", required=True),
            local=True,
        ),
        boolean(_MULTIVALUE, aws="MultiValueAnswer"),
        boolean("allowOverwrite", computed=True, local=True),
        output("fqdn"),
    ),
    create=AwsOperation(operation="ChangeResourceRecordSets", extra_params=_creation_params),
    read=_READ,
    delete=AwsOperation(operation="ChangeResourceRecordSets", extra_params=_deletion_params),
    resource_id=_record_id,
    # A deletion that Route 53 refuses counts as done (terraform-provider-aws,
    # resourceRecordDelete).
    not_found_codes=frozenset({"NoSuchHostedZone", "InvalidChangeBatch", _NO_RECORD}),
    settle=wait_in_sync,
    find_imported=_find_imported,
    aspects=(RecordAspect(),),
    global_region=REGION,
    validate=_validate,
)

TYPES = (RECORD,)
