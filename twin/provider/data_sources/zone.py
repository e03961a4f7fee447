"""Route 53: a hosted zone that exists already, by its name or id."""

from twin.provider.errors import ProviderError
from twin.provider.resources.route53 import REGION
from twin.provider.schema.resource_type import DataSource, OperationContext
from twin.provider.schema.tags import from_tag_pairs, without_aws_tags
from twin.provider.values import Properties


def _read_zone(context: OperationContext, args: Properties) -> Properties:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListHostedZones.html"""
    found = [zone for zone in _list_zones(context) if _matches(zone, args)]
    if len(found) != 1:
        wanted = args.get("zoneId") or args.get("name") or "no name and no zoneId"
        raise ProviderError(f"expected one hosted zone for {wanted}, found {len(found)}")
    zone_id = str(found[0]["Id"]).rpartition("/")[2]
    described = context.call("GetHostedZone", {"Id": zone_id}, region=REGION)
    zone, delegation = described["HostedZone"], described.get("DelegationSet") or {}
    servers = list(delegation.get("NameServers", []))
    named = {"ResourceType": "hostedzone", "ResourceId": zone_id}
    tags = context.call("ListTagsForResource", named, region=REGION)["ResourceTagSet"]
    config = zone.get("Config") or {}
    return {
        "id": zone_id,
        "zoneId": zone_id,
        "arn": f"arn:aws:route53:::hostedzone/{zone_id}",
        "callerReference": zone["CallerReference"],
        "comment": config.get("Comment", ""),
        "enableAcceleratedRecovery": False,
        "linkedServiceDescription": "",
        "linkedServicePrincipal": "",
        "name": str(zone["Name"]).rstrip("."),
        "nameServers": sorted(servers),
        "primaryNameServer": servers[0] if servers else "",
        "privateZone": bool(config.get("PrivateZone")),
        "resourceRecordSetCount": int(zone.get("ResourceRecordSetCount", 0)),
        "tags": without_aws_tags(from_tag_pairs(tags.get("Tags"))),
        "vpcId": args.get("vpcId") or "",
    }


def _list_zones(context: OperationContext) -> list[Properties]:
    zones: list[Properties] = []
    params: Properties = {}
    while True:
        page = context.call("ListHostedZones", params, region=REGION)
        zones += page["HostedZones"]
        if not page.get("IsTruncated"):
            return zones
        params = {"Marker": page["NextMarker"]}


def _matches(zone: Properties, args: Properties) -> bool:
    if args.get("zoneId"):
        return str(zone["Id"]).rpartition("/")[2] == str(args["zoneId"])
    name = str(args.get("name") or "").rstrip(".").lower()
    is_private = bool((zone.get("Config") or {}).get("PrivateZone"))
    wants_private = bool(args.get("privateZone") or args.get("vpcId"))
    return str(zone["Name"]).rstrip(".").lower() == name and is_private == wants_private


DATA_SOURCES = (
    DataSource(
        name="aws:route53/getZone:getZone",
        service="route53",
        arguments=frozenset(
            {"enableAcceleratedRecovery", "name", "privateZone", "tags", "vpcId", "zoneId"}
        ),
        read=_read_zone,
    ),
)
