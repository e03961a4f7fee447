"""EC2: route tables and who uses them."""

from dataclasses import dataclass

from twin.provider.operations.diff import values_match
from twin.provider.resources.ec2_common import OWNER, arn
from twin.provider.schema import shapes
from twin.provider.schema.resource_type import (
    AwsOperation,
    DescribedResource,
    OperationContext,
    ResourceChange,
    ResourceRef,
    ResourceType,
    block_set,
    text,
)
from twin.provider.schema.tags import Ec2Tags
from twin.provider.values import Properties

_ROUTES = block_set(
    "routes",
    text("cidrBlock", aws="DestinationCidrBlock"),
    text("ipv6CidrBlock", aws="DestinationIpv6CidrBlock"),
    text("destinationPrefixListId"),
    text("gatewayId"),
    text("natGatewayId"),
    text("egressOnlyGatewayId", aws="EgressOnlyInternetGatewayId"),
    text("networkInterfaceId"),
    text("transitGatewayId"),
    text("vpcEndpointId"),
    text("vpcPeeringConnectionId"),
    computed=True,
)
_DESTINATIONS = ("cidrBlock", "ipv6CidrBlock", "destinationPrefixListId")


@dataclass(frozen=True, slots=True)
class Routes:
    """A route table's routes: those of AWS's own making are left alone."""

    names: frozenset[str] = frozenset({"routes"})
    at_creation: bool = True

    def apply(self, scope: OperationContext, change: ResourceChange) -> None:
        """Take away and add what differs from what is there."""
        wanted = change.new.get("routes") or []
        there = [] if change.creating else _routes(_table(scope, change.id))
        for route in there:
            if not _among(route, wanted):
                scope.call("DeleteRoute", _route(scope, "DeleteRoute", change.id, route))
        for route in wanted:
            if not _among(route, there):
                scope.call("CreateRoute", _route(scope, "CreateRoute", change.id, route))

    def read(self, found: DescribedResource) -> Properties:
        """Those that a user made."""
        return {"routes": _routes(found.description)}


def _table(scope: OperationContext, resource: str) -> Properties:
    answer = scope.call("DescribeRouteTables", {"RouteTableIds": [resource]})
    found: Properties = answer["RouteTables"][0]
    return found


def _routes(description: Properties) -> list[Properties]:
    own = [r for r in description.get("Routes", []) if r.get("GatewayId") != "local"]
    routes: list[Properties] = shapes.from_aws(_ROUTES, own)
    return routes


def _among(route: Properties, routes: list[Properties]) -> bool:
    return any(values_match(_ROUTES, [other], [route]) for other in routes)


def _route(scope: OperationContext, operation: str, table: str, route: Properties) -> Properties:
    """The parameters; a deletion names the destination only."""
    names = _DESTINATIONS if operation == "DeleteRoute" else tuple(route)
    shape = scope.aws.input_shape(scope.service, operation)
    named = {name: route[name] for name in names if route.get(name)}
    return {"RouteTableId": table, **shapes.to_parameters(shape, _ROUTES.fields, named)}


ROUTE_TABLE = ResourceType(
    name="aws:ec2/routeTable:RouteTable",
    service="ec2",
    properties=(
        text("vpcId", required=True, replaces=True),
        _ROUTES,
        OWNER,
        arn("route-table"),
    ),
    create=AwsOperation(operation="CreateRouteTable", result="RouteTable"),
    read=AwsOperation(
        operation="DescribeRouteTables", by="RouteTableIds[]", result="RouteTables[0]"
    ),
    delete=AwsOperation(operation="DeleteRouteTable", by="RouteTableId"),
    identity="RouteTableId",
    missing=frozenset({"InvalidRouteTableID.NotFound"}),
    facets=(Routes(),),
    tagging=Ec2Tags(resource="route-table"),
)


# -- route table association


def _associated(properties: Properties) -> Properties:
    name, key = (
        ("association.subnet-id", "subnetId")
        if properties.get("subnetId")
        else ("association.gateway-id", "gatewayId")
    )
    return {"Filters": [{"Name": name, "Values": [properties.get(key, "")]}]}


def _by_ends(ref: ResourceRef) -> Properties:
    if ref.properties.get("subnetId") or ref.properties.get("gatewayId"):
        return _associated(ref.properties)
    filters = [{"Name": "association.route-table-association-id", "Values": [ref.id]}]
    return {"Filters": filters}


def _current_id(scope: OperationContext, ref: ResourceRef) -> str:
    answer = scope.call("DescribeRouteTables", _by_ends(ref))
    ids = shapes.search_path(
        "RouteTables[].Associations[].[RouteTableAssociationId, SubnetId, GatewayId]", answer
    )
    ends = (ref.properties.get("subnetId"), ref.properties.get("gatewayId"))
    return next((str(i) for i, *joined in ids or [] if set(joined) & set(filter(None, ends))), "")


@dataclass(frozen=True, slots=True)
class AssociatedTable:
    """Which route table a subnet uses."""

    names: frozenset[str] = frozenset({"routeTableId"})
    at_creation: bool = False

    def apply(self, scope: OperationContext, change: ResourceChange) -> None:
        """Point the association at another table."""
        params = {
            "AssociationId": _current_id(scope, ResourceRef(id=change.id, properties=change.old)),
            "RouteTableId": change.new["routeTableId"],
        }
        scope.call("ReplaceRouteTableAssociation", params)

    def read(self, found: DescribedResource) -> Properties:
        """Table, and the end that uses it."""
        ends = found.recorded
        for joined in found.description.get("Associations", []):
            subnet, gateway = joined.get("SubnetId"), joined.get("GatewayId")
            chosen = subnet or gateway
            known = ends.get("subnetId") or ends.get("gatewayId")
            if joined.get("RouteTableAssociationId") == found.id or (known and chosen == known):
                values = {"subnetId": subnet, "gatewayId": gateway}
                table = found.description["RouteTableId"]
                return {"routeTableId": table, **{k: v for k, v in values.items() if v}}
        return {}


def _current(scope: OperationContext, properties: Properties) -> Properties:
    found = _current_id(scope, ResourceRef(id="", properties=properties))
    return {"AssociationId": found} if found else {}


ROUTE_TABLE_ASSOCIATION = ResourceType(
    name="aws:ec2/routeTableAssociation:RouteTableAssociation",
    service="ec2",
    properties=(
        text("routeTableId", required=True),
        text("subnetId", replaces=True),
        text("gatewayId", replaces=True),
    ),
    create=AwsOperation(operation="AssociateRouteTable"),
    read=AwsOperation(operation="DescribeRouteTables", by=_by_ends, result="RouteTables[0]"),
    delete=AwsOperation(operation="DisassociateRouteTable", by="AssociationId", adds=_current),
    identity="AssociationId",
    missing=frozenset({"InvalidAssociationID.NotFound", "InvalidRouteTableID.NotFound"}),
    facets=(AssociatedTable(),),
)
