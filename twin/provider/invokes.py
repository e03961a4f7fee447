"""The data sources that the stand-in serves."""

from collections.abc import Callable
from dataclasses import dataclass

from twin.provider.errors import UnknownToken
from twin.provider.schema.resource_type import OperationContext
from twin.provider.values import UNKNOWN, Properties

_UNKNOWN = "the stand-in does not know the argument"


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSource:
    """One data source."""

    name: str
    """Pulumi's token, such as `aws:ec2/vpc:Vpc`."""
    service: str
    arguments: frozenset[str]
    answer: Callable[[OperationContext, Properties], Properties]


def _zones(scope: OperationContext, args: Properties) -> Properties:
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
        for zone in scope.call("DescribeAvailabilityZones", params)["AvailabilityZones"]
        if zone["ZoneName"] not in names and zone.get("ZoneId") not in ids
    ]
    zones.sort(key=lambda zone: str(zone["ZoneName"]))
    return {
        **args,
        "id": scope.region,
        "region": scope.region,
        "names": [zone["ZoneName"] for zone in zones],
        "zoneIds": [zone.get("ZoneId", "") for zone in zones],
        "groupNames": sorted({zone.get("GroupName") or scope.region for zone in zones}),
    }


def _identity(scope: OperationContext, _: Properties) -> Properties:
    told = scope.call("GetCallerIdentity", {})
    account = told["Account"]
    return {"id": account, "accountId": account, "arn": told["Arn"], "userId": told["UserId"]}


def _region(scope: OperationContext, args: Properties) -> Properties:
    region = args.get("region") or args.get("name") or scope.region
    # Names as AWS publishes them; the twin's only partition has one pattern.
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
        answer=_zones,
    ),
    DataSource(
        name="aws:index/getCallerIdentity:getCallerIdentity",
        service="sts",
        arguments=frozenset({"id"}),
        answer=_identity,
    ),
    DataSource(
        name="aws:index/getRegion:getRegion",
        service="ec2",
        arguments=frozenset({"endpoint", "id", "name", "region"}),
        answer=_region,
    ),
)


def find_data_source(token: str) -> DataSource:
    """The data source; raises UnknownToken."""
    found = next((one for one in DATA_SOURCES if one.name == token), None)
    if found is None:
        raise UnknownToken(
            f"the stand-in does not know the invoke {token}: add it to twin/provider/invokes.py"
        )
    return found


def unknown_arguments(wanted: DataSource, args: Properties) -> list[tuple[str, str]]:
    """Arguments that the data source does not know: never dropped in silence."""
    return [
        (name, f"{_UNKNOWN} '{name}' of {wanted.name}: add it to twin/provider/invokes.py")
        for name, value in args.items()
        if name not in wanted.arguments and value is not None and value is not UNKNOWN
    ]
