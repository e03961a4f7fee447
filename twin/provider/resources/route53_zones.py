"""Route 53: hosted zones and health checks."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from twin.provider.operations.diff import merge_tags
from twin.provider.resources.route53 import REGION, wait_in_sync
from twin.provider.schema.aspects import ModifyAspect
from twin.provider.schema.resource_type import (
    Autoname,
    AwsOperation,
    DescribedResource,
    OperationContext,
    ResourceRef,
    ResourceType,
    block_set,
    boolean,
    integer,
    mapping,
    output,
    string,
    string_list,
    string_set,
)
from twin.provider.schema.shapes import to_parameters
from twin.provider.schema.tags import from_tag_pairs, to_tag_pairs, without_aws_tags
from twin.provider.values import Properties, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Route53Tags:
    """Tags of a hosted zone or a health check, set after its creation."""

    resource_type: str

    def at_creation(self, tags: Mapping[str, str]) -> Properties:
        del tags
        return {}

    def read(self, found: DescribedResource) -> dict[str, str]:
        response = found.context.call("ListTagsForResource", self._named(found.id))
        return without_aws_tags(from_tag_pairs(response["ResourceTagSet"].get("Tags")))

    def update(
        self, context: OperationContext, ref: ResourceRef, add: Mapping[str, str], remove: list[str]
    ) -> None:
        params = self._named(ref.id)
        if add:
            params["AddTags"] = to_tag_pairs(add)
        if remove:
            params["RemoveTagKeys"] = remove
        context.call("ChangeTagsForResource", params)

    def _named(self, resource: str) -> Properties:
        return {"ResourceType": self.resource_type, "ResourceId": resource}

    def tag_new(self, context: OperationContext, ref: ResourceRef) -> None:
        """Set the tags of a new resource, the provider's default tags included."""
        tags = merge_tags(ref.properties, dict(context.default_tags))
        if tags:
            self.update(context, ref, tags, [])


# -- zone

_ZONE_TAGS = Route53Tags(resource_type="hostedzone")


def _zone_params(context: OperationContext, new: Properties) -> Properties:
    params: Properties = {"CallerReference": _caller_reference()}
    config: Properties = {}
    if new.get("comment"):
        config["Comment"] = new["comment"]
    vpcs = new.get("vpcs") or []
    if vpcs:
        config["PrivateZone"] = True
        region = vpcs[0].get("vpcRegion") or context.home_region
        params["VPC"] = {"VPCId": vpcs[0]["vpcId"], "VPCRegion": region}
    return {**params, "HostedZoneConfig": config} if config else params


def _caller_reference() -> str:
    """Distinguishes a creation from a repeated one:
    https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateHostedZone.html
    """
    return f"pulumi-{secrets.token_hex(10)}"


def _zone_id(description: Properties, _: Properties) -> str:
    return str(description["HostedZone"]["Id"]).rpartition("/")[2]


def _name(found: DescribedResource) -> Value:
    return str(found.description["HostedZone"]["Name"]).rstrip(".")


def _name_servers(found: DescribedResource) -> list[str]:
    return sorted((found.description.get("DelegationSet") or {}).get("NameServers", []))


def _primary_name_server(found: DescribedResource) -> Value:
    servers = (found.description.get("DelegationSet") or {}).get("NameServers", [])
    return servers[0] if servers else None


def _delete_records(context: OperationContext, ref: ResourceRef) -> None:
    """With forceDestroy, delete all records but the zone's own NS and SOA."""
    if not ref.properties.get("forceDestroy"):
        return
    own = str(ref.properties["name"]).rstrip(".")
    changes = [
        {"Action": "DELETE", "ResourceRecordSet": record}
        for record in _list_records(context, ref.id)
        if not (record["Type"] in ("NS", "SOA") and record["Name"].rstrip(".") == own)
    ]
    for start in range(0, len(changes), _CHANGES_PER_BATCH):
        batch = {"Changes": changes[start : start + _CHANGES_PER_BATCH]}
        params = {"HostedZoneId": ref.id, "ChangeBatch": batch}
        wait_in_sync(context, context.call("ChangeResourceRecordSets", params))


_CHANGES_PER_BATCH = 100


def _list_records(context: OperationContext, zone: str) -> list[Properties]:
    records: list[Properties] = []
    start: Properties = {}
    while True:
        page = context.call("ListResourceRecordSets", {"HostedZoneId": zone, **start})
        records += page["ResourceRecordSets"]
        if not page.get("IsTruncated"):
            return records
        start = {
            f"StartRecord{part}": page[f"NextRecord{part}"]
            for part in ("Name", "Type", "Identifier")
            if page.get(f"NextRecord{part}")
        }


_COMMENT = string("comment", default="Managed by Pulumi", path="HostedZone.Config.Comment")

ZONE = ResourceType(
    name="aws:route53/zone:Zone",
    service="route53",
    properties=(
        string("name", replaces=True, derive=_name),
        _COMMENT,
        boolean("forceDestroy", default=False, local=True),
        block_set(
            "vpcs",
            string("vpcId", required=True, aws="VPCId"),
            string("vpcRegion", computed=True, aws="VPCRegion"),
            path="VPCs",
            replaces=True,
        ),
        output("arn", derive=lambda found: f"arn:aws:route53:::hostedzone/{found.id}"),
        output("zoneId", derive=lambda found: found.id),
        output("primaryNameServer", derive=_primary_name_server),
        string_list("nameServers", derive=_name_servers, output=True, computed=True),
    ),
    create=AwsOperation(operation="CreateHostedZone", extra_params=_zone_params),
    read=AwsOperation(operation="GetHostedZone", id_param="Id"),
    delete=AwsOperation(operation="DeleteHostedZone", id_param="Id"),
    resource_id=_zone_id,
    not_found_codes=frozenset({"NoSuchHostedZone"}),
    autoname=Autoname(longest=255),
    aspects=(
        ModifyAspect(
            operation="UpdateHostedZoneComment",
            id_param="Id",
            properties=(string("comment", reset=""),),
        ),
    ),
    settle=wait_in_sync,
    after_create=_ZONE_TAGS.tag_new,
    before_delete=_delete_records,
    tagging=_ZONE_TAGS,
    global_region=REGION,
)


# -- health check

_CHECK_TAGS = Route53Tags(resource_type="healthcheck")
_CHECK = (
    integer("childHealthThreshold", aws="HealthThreshold"),
    string_set("childHealthchecks", aws="ChildHealthChecks"),
    boolean("disabled", default=False),
    boolean("enableSni", aws="EnableSNI", computed=True),
    integer("failureThreshold", computed=True),
    string("fqdn", aws="FullyQualifiedDomainName"),
    string("insufficientDataHealthStatus"),
    boolean("invertHealthcheck", aws="Inverted"),
    string("ipAddress", aws="IPAddress"),
    integer("port"),
    string_set("regions"),
    string("resourcePath"),
    string("searchString"),
)
_FIXED = (
    string("type", required=True, replaces=True),
    boolean("measureLatency", default=False, replaces=True),
    integer("requestInterval", replaces=True),
    string("routingControlArn", replaces=True),
)


def _check_params(context: OperationContext, new: Properties) -> Properties:
    shape = context.aws.input_shape("route53", "CreateHealthCheck")
    config: Value = shape.members["HealthCheckConfig"] if shape else None
    prefix = new.get("referenceName") or _caller_reference()
    checked = to_parameters(config, (*_FIXED, *_CHECK), new)
    if alarm := _alarm(new):
        checked["AlarmIdentifier"] = alarm
    return {"CallerReference": prefix, "HealthCheckConfig": checked}


def _alarm(new: Properties) -> Properties:
    if not new.get("cloudwatchAlarmName"):
        return {}
    return {"Name": new["cloudwatchAlarmName"], "Region": new.get("cloudwatchAlarmRegion")}


def _alarm_params(_: OperationContext, new: Properties) -> Properties:
    return {"AlarmIdentifier": _alarm(new)} if _alarm(new) else {}


HEALTH_CHECK = ResourceType(
    name="aws:route53/healthCheck:HealthCheck",
    service="route53",
    properties=(
        *_FIXED,
        *_CHECK,
        string("cloudwatchAlarmName", path="AlarmIdentifier.Name"),
        string("cloudwatchAlarmRegion", path="AlarmIdentifier.Region"),
        string("referenceName", replaces=True, local=True),
        mapping("triggers", local=True),
        output("arn", derive=lambda found: f"arn:aws:route53:::healthcheck/{found.id}"),
    ),
    create=AwsOperation(
        operation="CreateHealthCheck", extra_params=_check_params, result="HealthCheck"
    ),
    read=AwsOperation(
        operation="GetHealthCheck", id_param="HealthCheckId", result="HealthCheck.HealthCheckConfig"
    ),
    delete=AwsOperation(operation="DeleteHealthCheck", id_param="HealthCheckId"),
    resource_id="Id",
    not_found_codes=frozenset({"NoSuchHealthCheck"}),
    aspects=(
        ModifyAspect(
            operation="UpdateHealthCheck",
            id_param="HealthCheckId",
            properties=_CHECK,
            # So an update does not end an inversion that was made outside of Pulumi
            # (terraform-provider-aws, resourceHealthCheckUpdate).
            only_changed=True,
        ),
        ModifyAspect(
            operation="UpdateHealthCheck",
            id_param="HealthCheckId",
            properties=(string("cloudwatchAlarmName"), string("cloudwatchAlarmRegion")),
            extra_params=_alarm_params,
        ),
    ),
    after_create=_CHECK_TAGS.tag_new,
    tagging=_CHECK_TAGS,
    global_region=REGION,
)

TYPES = (ZONE, HEALTH_CHECK)
