"""Zones, the account, its Region and its partition."""

from twin.provider.schema.invoke_arguments import given_filters
from twin.provider.schema.resource_type import DataSource, OperationContext
from twin.provider.values import Properties


def _read_availability_zones(context: OperationContext, args: Properties) -> Properties:
    filters = given_filters(args)
    if args.get("state"):
        filters.append({"Name": "state", "Values": [args["state"]]})
    params: Properties = {"Filters": filters} if filters else {}
    if args.get("allAvailabilityZones"):
        params["AllAvailabilityZones"] = True
    names, ids = set(args.get("excludeNames") or []), set(args.get("excludeZoneIds") or [])
    zones = [
        zone
        for zone in context.call("DescribeAvailabilityZones", params)["AvailabilityZones"]
        if zone["ZoneName"] not in names and zone.get("ZoneId") not in ids
    ]
    zones.sort(key=lambda zone: str(zone["ZoneName"]))
    return {
        **args,
        "id": context.region,
        "region": context.region,
        "names": [zone["ZoneName"] for zone in zones],
        "zoneIds": [zone.get("ZoneId", "") for zone in zones],
        "groupNames": sorted({zone.get("GroupName") or context.region for zone in zones}),
    }


def _read_caller_identity(context: OperationContext, _: Properties) -> Properties:
    caller = context.call("GetCallerIdentity", {})
    account = caller["Account"]
    return {"id": account, "accountId": account, "arn": caller["Arn"], "userId": caller["UserId"]}


def _read_region(context: OperationContext, args: Properties) -> Properties:
    region = args.get("region") or args.get("name") or context.region
    # AWS's pattern in the partition `aws`, the only one that the twin has.
    endpoint = f"ec2.{region}.amazonaws.com"
    return {
        "id": region,
        "name": region,
        "region": region,
        "endpoint": endpoint,
        "description": region,
    }


def _read_partition(_: OperationContext, __: Properties) -> Properties:
    """The one partition that the twin has."""
    return {
        "id": "aws",
        "partition": "aws",
        "dnsSuffix": "amazonaws.com",
        "reverseDnsPrefix": "com.amazonaws",
    }


DATA_SOURCES = (
    DataSource(
        name="aws:index/getAvailabilityZones:getAvailabilityZones",
        service="ec2",
        arguments=frozenset(
            {
                "allAvailabilityZones",
                "excludeNames",
                "excludeZoneIds",
                "filters",
                "region",
                "state",
            }
        ),
        read=_read_availability_zones,
    ),
    DataSource(
        name="aws:index/getCallerIdentity:getCallerIdentity",
        service="sts",
        arguments=frozenset({"id"}),
        read=_read_caller_identity,
    ),
    DataSource(
        name="aws:index/getRegion:getRegion",
        service="ec2",
        arguments=frozenset({"endpoint", "id", "name", "region"}),
        read=_read_region,
    ),
    DataSource(
        name="aws:index/getPartition:getPartition",
        service="sts",
        arguments=frozenset({"id"}),
        read=_read_partition,
    ),
)
