"""The data sources (Pulumi: invokes) that the provider supports."""

from collections.abc import Callable
from dataclasses import dataclass

from twin.provider.errors import UnknownToken
from twin.provider.resources.registry import declaration_file
from twin.provider.schema.resource_type import OperationContext
from twin.provider.values import UNKNOWN, Properties


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSource:
    """The declaration of one data source."""

    name: str
    """Pulumi's token, such as `aws:ec2/vpc:Vpc`."""
    service: str
    arguments: frozenset[str]
    read: Callable[[OperationContext, Properties], Properties]
    """From the arguments to the result."""


def _read_availability_zones(context: OperationContext, args: Properties) -> Properties:
    filters = [
        {"Name": given["name"], "Values": given["values"]} for given in args.get("filters") or []
    ]
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
)


def find_data_source(token: str) -> DataSource:
    """Find a data source. Raises UnknownToken."""
    found = next((source for source in DATA_SOURCES if source.name == token), None)
    if found is None:
        raise UnknownToken(
            f"the stand-in does not know the invoke {token}: add it to {declaration_file(token)}"
        )
    return found


def unknown_arguments(source: DataSource, args: Properties) -> list[tuple[str, str]]:
    """Failures for arguments that the data source does not have."""
    return [
        (
            name,
            f"the stand-in does not know the argument '{name}' of {source.name}: "
            f"add it to {declaration_file(source.name)}",
        )
        for name, value in args.items()
        if name not in source.arguments and value is not None and value is not UNKNOWN
    ]
