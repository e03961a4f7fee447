"""EC2: route tables and their associations."""

from dataclasses import dataclass

from twin.provider.operations.diff import values_match
from twin.provider.schema import shapes
from twin.provider.schema.calls import OWNER_ID, arn_property
from twin.provider.schema.resource_type import (
    AwsOperation,
    DescribedResource,
    OperationContext,
    ResourceChange,
    ResourceRef,
    ResourceType,
    block_set,
    string,
)
from twin.provider.schema.tags import Ec2Tags
from twin.provider.values import Properties

_ROUTES = block_set(
    "routes",
    string("cidrBlock", aws="DestinationCidrBlock"),
    string("ipv6CidrBlock", aws="DestinationIpv6CidrBlock"),
    string("destinationPrefixListId"),
    string("gatewayId"),
    string("natGatewayId"),
    string("egressOnlyGatewayId", aws="EgressOnlyInternetGatewayId"),
    string("networkInterfaceId"),
    string("transitGatewayId"),
    string("vpcEndpointId"),
    string("vpcPeeringConnectionId"),
    computed=True,
)
_DESTINATIONS = ("cidrBlock", "ipv6CidrBlock", "destinationPrefixListId")


@dataclass(frozen=True, slots=True)
class RoutesAspect:
    """A route table's routes, without those that AWS created."""

    names: frozenset[str] = frozenset({"routes"})
    at_creation: bool = True

    def apply(self, context: OperationContext, change: ResourceChange) -> None:
        """Delete and create the routes that differ from those in AWS."""
        wanted = change.new.get("routes") or []
        existing = [] if change.creating else _routes(_describe_table(context, change.id))
        for route in existing:
            if not _contains(wanted, route):
                context.call("DeleteRoute", _route_params(context, "DeleteRoute", change.id, route))
        for route in wanted:
            if not _contains(existing, route):
                context.call("CreateRoute", _route_params(context, "CreateRoute", change.id, route))

    def read(self, found: DescribedResource) -> Properties:
        return {"routes": _routes(found.description)}


def _describe_table(context: OperationContext, resource: str) -> Properties:
    response = context.call("DescribeRouteTables", {"RouteTableIds": [resource]})
    found: Properties = response["RouteTables"][0]
    return found


def _routes(description: Properties) -> list[Properties]:
    own = [r for r in description.get("Routes", []) if r.get("GatewayId") != "local"]
    routes: list[Properties] = shapes.from_aws(_ROUTES, own)
    return routes


def _contains(routes: list[Properties], route: Properties) -> bool:
    return any(values_match(_ROUTES, [other], [route]) for other in routes)


def _route_params(
    context: OperationContext, operation: str, table: str, route: Properties
) -> Properties:
    """The parameters; those of a deletion are the destination only."""
    names = _DESTINATIONS if operation == "DeleteRoute" else tuple(route)
    shape = context.aws.input_shape(context.service, operation)
    named = {name: route[name] for name in names if route.get(name)}
    return {"RouteTableId": table, **shapes.to_parameters(shape, _ROUTES.fields, named)}


ROUTE_TABLE = ResourceType(
    name="aws:ec2/routeTable:RouteTable",
    service="ec2",
    properties=(
        string("vpcId", required=True, replaces=True),
        _ROUTES,
        OWNER_ID,
        arn_property("route-table"),
    ),
    create=AwsOperation(operation="CreateRouteTable", result="RouteTable"),
    read=AwsOperation(
        operation="DescribeRouteTables", id_param="RouteTableIds[]", result="RouteTables[0]"
    ),
    delete=AwsOperation(operation="DeleteRouteTable", id_param="RouteTableId"),
    resource_id="RouteTableId",
    not_found_codes=frozenset({"InvalidRouteTableID.NotFound"}),
    aspects=(RoutesAspect(),),
    tagging=Ec2Tags(resource="route-table"),
)


# -- route table association


def _association_params(ref: ResourceRef) -> Properties:
    """Filters that find the route table by its subnet or gateway, else by the association's id."""
    if subnet := ref.properties.get("subnetId"):
        name, value = "association.subnet-id", subnet
    elif gateway := ref.properties.get("gatewayId"):
        name, value = "association.gateway-id", gateway
    else:
        name, value = "association.route-table-association-id", ref.id
    return {"Filters": [{"Name": name, "Values": [value]}]}


def _current_id(context: OperationContext, ref: ResourceRef) -> str:
    """The association's id in AWS, which changes with each replacement; empty without one."""
    response = context.call("DescribeRouteTables", _association_params(ref))
    associations = shapes.search_path(
        "RouteTables[].Associations[].[RouteTableAssociationId, SubnetId, GatewayId]", response
    )
    wanted = {ref.properties.get("subnetId"), ref.properties.get("gatewayId")} - {None}
    return next((str(i) for i, *members in associations or [] if wanted & set(members)), "")


@dataclass(frozen=True, slots=True)
class AssociationAspect:
    """The route table of a subnet or gateway."""

    names: frozenset[str] = frozenset({"routeTableId"})
    at_creation: bool = False

    def apply(self, context: OperationContext, change: ResourceChange) -> None:
        """Replace the association by one with the new table."""
        params = {
            "AssociationId": _current_id(context, ResourceRef(id=change.id, properties=change.old)),
            "RouteTableId": change.new["routeTableId"],
        }
        context.call("ReplaceRouteTableAssociation", params)

    def read(self, found: DescribedResource) -> Properties:
        """The table, and its subnet or gateway."""
        recorded = found.recorded.get("subnetId") or found.recorded.get("gatewayId")
        for association in found.description.get("Associations", []):
            subnet, gateway = association.get("SubnetId"), association.get("GatewayId")
            same_id = association.get("RouteTableAssociationId") == found.id
            if same_id or (recorded and (subnet or gateway) == recorded):
                values = {"subnetId": subnet, "gatewayId": gateway}
                table = found.description["RouteTableId"]
                return {"routeTableId": table, **{k: v for k, v in values.items() if v}}
        return {}


def _disassociation_params(context: OperationContext, properties: Properties) -> Properties:
    found = _current_id(context, ResourceRef(id="", properties=properties))
    return {"AssociationId": found} if found else {}


ROUTE_TABLE_ASSOCIATION = ResourceType(
    name="aws:ec2/routeTableAssociation:RouteTableAssociation",
    service="ec2",
    properties=(
        string("routeTableId", required=True),
        string("subnetId", replaces=True),
        string("gatewayId", replaces=True),
    ),
    create=AwsOperation(operation="AssociateRouteTable"),
    read=AwsOperation(
        operation="DescribeRouteTables", id_param=_association_params, result="RouteTables[0]"
    ),
    delete=AwsOperation(
        operation="DisassociateRouteTable",
        id_param="AssociationId",
        extra_params=_disassociation_params,
    ),
    resource_id="AssociationId",
    not_found_codes=frozenset({"InvalidAssociationID.NotFound", "InvalidRouteTableID.NotFound"}),
    aspects=(AssociationAspect(),),
)

TYPES = (ROUTE_TABLE, ROUTE_TABLE_ASSOCIATION)
