"""Route 53: records. Global, its API is in us-east-1."""

from dataclasses import dataclass

from twin.provider.errors import ProviderError
from twin.provider.schema.resource_type import (
    AwsOperation,
    DescribedResource,
    OperationContext,
    ResourceChange,
    ResourceRef,
    ResourceType,
    blocks,
    flag,
    output,
    text,
    text_set,
    whole,
)
from twin.provider.values import Properties, Value

REGION = "us-east-1"

_POLICIES = {
    "weightedRoutingPolicies": ("weight", "Weight"),
    "latencyRoutingPolicies": ("region", "Region"),
    "failoverRoutingPolicies": ("type", "Failover"),
}
_CONTENTS = frozenset(
    {"type", "records", "ttl", "aliases", "healthCheckId", "setIdentifier", *_POLICIES}
)


def _record_set(new: Properties, zone_name: str) -> Properties:
    """A record set as AWS writes it."""
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
        values = [_written(new["type"], value) for value in new.get("records") or []]
        record["ResourceRecords"] = [{"Value": value} for value in values]
    return {**record, **_routing(new)}


def _routing(new: Properties) -> Properties:
    found: Properties = {}
    for name, (key, member) in _POLICIES.items():
        for policy in (new.get(name) or [])[:1]:
            found[member] = policy[key]
    if new.get("multivalueAnswerRoutingPolicy"):
        found["MultiValueAnswer"] = True
    return found


def _written(kind: str, value: str) -> str:
    """Texts stand in quotes:
    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html#TXTFormat
    """
    return f'"{value}"' if kind in ("TXT", "SPF") and not value.startswith('"') else value


def _fqdn(name: str, zone_name: str) -> str:
    """A name without the zone's gets it."""
    name, zone = name.rstrip(".").lower(), zone_name.rstrip(".").lower()
    if name == zone or name.endswith(f".{zone}"):
        return name
    return f"{name}.{zone}" if name else zone


def _zone_name(scope: OperationContext, properties: Properties) -> str:
    answer = scope.call("GetHostedZone", {"Id": properties["zoneId"]})
    return str(answer["HostedZone"]["Name"])


def _change(
    scope: OperationContext, properties: Properties, *actions: tuple[str, Properties]
) -> None:
    """One batch, in effect when its change is INSYNC:
    https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetChange.html
    """
    zone = _zone_name(scope, properties)
    changes = [
        {"Action": action, "ResourceRecordSet": _record_set(record, zone)}
        for action, record in actions
    ]
    params = {"HostedZoneId": properties["zoneId"], "ChangeBatch": {"Changes": changes}}
    made = scope.call("ChangeResourceRecordSets", params)["ChangeInfo"]
    if made["Status"] == "INSYNC":
        return

    def look() -> tuple[bool, str]:
        info = scope.call("GetChange", {"Id": made["Id"].rpartition("/")[2]})["ChangeInfo"]
        return info["Status"] == "INSYNC", info["Status"]

    scope.patience.until(f"change of {properties['name']} to be INSYNC", look)


@dataclass(frozen=True, slots=True)
class Contents:
    """All that a record says."""

    names: frozenset[str] = _CONTENTS
    at_creation: bool = False

    def apply(self, scope: OperationContext, change: ResourceChange) -> None:
        """Put the new one; a new type or set identifier makes it another record set."""
        if change.names & {"type", "setIdentifier"}:
            _change(scope, change.new, ("DELETE", change.old), ("CREATE", change.new))
        else:
            _change(scope, change.new, ("UPSERT", change.new))

    def read(self, found: DescribedResource) -> Properties:
        """From the description."""
        told = found.description
        values: Properties = {
            "ttl": told.get("TTL"),
            "records": [_unquoted(told["Type"], r) for r in told.get("ResourceRecords") or []],
            "aliases": _aliases(told.get("AliasTarget")),
            "setIdentifier": told.get("SetIdentifier"),
            "healthCheckId": told.get("HealthCheckId"),
            "fqdn": told["Name"].rstrip("."),
        }
        for name, (key, member) in _POLICIES.items():
            if told.get(member) is not None:
                values[name] = [{key: told[member]}]
        return {name: value for name, value in values.items() if value not in (None, [])}


def _unquoted(kind: str, record: Properties) -> str:
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


def _parts(ref: ResourceRef) -> Properties:
    """Zone, name, type: from the properties, or from the id ZONE_NAME_TYPE[_SET]."""
    if "zoneId" in ref.properties and "name" in ref.properties:
        return ref.properties
    parts = ref.id.split("_")
    if len(parts) < 3:
        raise ProviderError(f"'{ref.id}' is no id of a record: expected ZONE_NAME_TYPE")
    # A name may begin with an underscore, a type never has one.
    ends = next((i for i in range(len(parts) - 1, 1, -1) if parts[i].isupper()), len(parts) - 1)
    name = "_".join(parts[1:ends])
    return {"zoneId": parts[0], "name": name, "type": parts[ends]}


def _start(ref: ResourceRef) -> Properties:
    parts = _parts(ref)
    return {
        "HostedZoneId": parts["zoneId"],
        "StartRecordName": parts["name"],
        "StartRecordType": parts["type"],
        "MaxItems": "100",
    }


def _whole_name(scope: OperationContext, properties: Properties) -> Properties:
    """Names are absolute in Route 53; an imported record has no more than its id yet."""
    if "zoneId" not in properties:
        return {}
    return {"StartRecordName": _fqdn(properties["name"], _zone_name(scope, properties))}


def _exactly(ref: ResourceRef, answer: Properties) -> Value:
    parts = _parts(ref)
    wanted = parts["name"].rstrip(".").lower()
    for record in answer.get("ResourceRecordSets", []):
        name = record["Name"].replace("\\052", "*").rstrip(".").lower()
        alike = name == wanted or name.startswith(f"{wanted}.")
        same_set = record.get("SetIdentifier") == parts.get("setIdentifier")
        if alike and record["Type"] == parts["type"] and same_set:
            return record
    return None


@dataclass(frozen=True, slots=True)
class _Batch:
    """The parameters of a batch of one change."""

    action: str

    def __call__(self, scope: OperationContext, new: Properties) -> Properties:
        zone = _zone_name(scope, new)
        change = {"Action": self.action, "ResourceRecordSet": _record_set(new, zone)}
        return {"HostedZoneId": new["zoneId"], "ChangeBatch": {"Changes": [change]}}


def _creation(scope: OperationContext, new: Properties) -> Properties:
    return _Batch("UPSERT" if new.get("allowOverwrite") else "CREATE")(scope, new)


def _identity(_: Properties, new: Properties) -> str:
    ends = [new["setIdentifier"]] if new.get("setIdentifier") else []
    return "_".join([new["zoneId"], new["name"].rstrip(".").lower(), new["type"], *ends])


def _rules(inputs: Properties) -> list[tuple[str, str]]:
    if ("aliases" in inputs) == ("records" in inputs):
        return [("records", "exactly one of 'records' and 'aliases' must be given")]
    if "records" in inputs and "ttl" not in inputs:
        return [("ttl", "'ttl' must be given with 'records'")]
    policies = [name for name in (*_POLICIES, "multivalueAnswerRoutingPolicy") if inputs.get(name)]
    if policies and "setIdentifier" not in inputs:
        return [("setIdentifier", f"'setIdentifier' must be given with '{policies[0]}'")]
    return []


RECORD = ResourceType(
    name="aws:route53/record:Record",
    service="route53",
    properties=(
        text("zoneId", required=True, replaces=True, local=True),
        text("name", required=True, replaces=True, kept=True, local=True),
        text("type", required=True),
        whole("ttl", local=True),
        text_set("records", local=True),
        blocks(
            "aliases",
            text("name", required=True),
            text("zoneId", required=True),
            flag("evaluateTargetHealth", required=True),
            local=True,
        ),
        text("setIdentifier"),
        text("healthCheckId"),
        blocks("weightedRoutingPolicies", whole("weight", required=True), local=True),
        blocks("latencyRoutingPolicies", text("region", required=True), local=True),
        blocks("failoverRoutingPolicies", text("type", required=True), local=True),
        flag("multivalueAnswerRoutingPolicy", aws="MultiValueAnswer"),
        flag("allowOverwrite", computed=True, local=True),
        output("fqdn"),
    ),
    create=AwsOperation(operation="ChangeResourceRecordSets", adds=_creation),
    read=AwsOperation(
        operation="ListResourceRecordSets", by=_start, adds=_whole_name, result=_exactly
    ),
    delete=AwsOperation(operation="ChangeResourceRecordSets", adds=_Batch("DELETE")),
    identity=_identity,
    missing=frozenset({"NoSuchHostedZone"}),
    facets=(Contents(),),
    global_region=REGION,
    rules=_rules,
)

TYPES = (RECORD,)
