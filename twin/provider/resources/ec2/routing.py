"""EC2: route tables and their associations."""

from dataclasses import dataclass

from twin.provider.operations.diff import values_match
from twin.provider.schema import shapes
from twin.provider.schema.calls import OWNER_ID, arn_property, tolerated
from twin.provider.schema.resource_type import (
    AwsOperation,
    DescribedResource,
    OperationContext,
    ResourceChange,
    ResourceRef,
    ResourceType,
    WriteOnlyAspect,
    block_set,
    string,
)
from twin.provider.schema.tags import Ec2Tags
from twin.provider.values import Properties, Value


def _own_routes(found: DescribedResource) -> list[Properties]:
    """A table's routes, without those that AWS created."""
    own = [r for r in found.description.get("Routes", []) if r.get("GatewayId") != "local"]
    routes: list[Properties] = shapes.from_aws(_ROUTES, own)
    return routes


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
    record_live=True,
    derive=_own_routes,
)
_DESTINATIONS = ("cidrBlock", "ipv6CidrBlock", "destinationPrefixListId")


@dataclass(frozen=True, slots=True)
class RoutesAspect(WriteOnlyAspect):
    """A route table's routes, without those that AWS created."""

    names: frozenset[str] = frozenset({"routes"})
    at_creation: bool = True

    def apply(self, context: OperationContext, change: ResourceChange) -> None:
        """Replace and add routes, and only then delete: a moved destination has no gap.

        Routes that are not recorded stay, and all of them without the argument:
        https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/route_table
        """
        if "routes" not in change.new:
            return
        wanted = _by_destination(change.new["routes"])
        recorded = _by_destination(change.old.get("routes") or [])
        for destination, route in wanted.items():
            if destination not in recorded:
                _call_route(context, "CreateRoute", change.id, route)
            elif not values_match(_ROUTES, [recorded[destination]], [route]):
                _call_route(context, "ReplaceRoute", change.id, route)
        for destination, route in recorded.items():
            if destination not in wanted:
                with tolerated("InvalidRoute.NotFound"):
                    _call_route(context, "DeleteRoute", change.id, route)


def _describe_table(context: OperationContext, resource: str) -> Properties:
    response = context.call("DescribeRouteTables", {"RouteTableIds": [resource]})
    found: Properties = response["RouteTables"][0]
    return found


def _by_destination(routes: list[Properties]) -> dict[tuple[Value, ...], Properties]:
    return {tuple(route.get(name) or "" for name in _DESTINATIONS): route for route in routes}


def _call_route(context: OperationContext, operation: str, table: str, route: Properties) -> None:
    """Call an operation on a route; a deletion names the destination only."""
    names = _DESTINATIONS if operation == "DeleteRoute" else tuple(route)
    shape = context.aws.input_shape(context.service, operation)
    named = {name: route[name] for name in names if route.get(name)}
    params = {"RouteTableId": table, **shapes.to_parameters(shape, _ROUTES.fields, named)}
    context.call(operation, params)


def _disassociate(context: OperationContext, ref: ResourceRef) -> None:
    """Remove the associations that are left, those made by hand too: AWS keeps a table in use.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteRouteTable.html
    """
    for association in _describe_table(context, ref.id).get("Associations", []):
        params = {"AssociationId": association["RouteTableAssociationId"]}
        with tolerated("InvalidAssociationID.NotFound"):
            context.call("DisassociateRouteTable", params)


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
    before_delete=_disassociate,
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


def _find_imported(context: OperationContext, ref: ResourceRef) -> ResourceRef:
    """From the id SUBNET/TABLE or GATEWAY/TABLE of an import."""
    member, slash, table = ref.id.partition("/")
    if not slash:
        return ref
    name = "gatewayId" if member.startswith(("igw-", "vgw-")) else "subnetId"
    properties = {name: member, "routeTableId": table}
    found = _current_id(context, ResourceRef(id="", properties=properties))
    return ResourceRef(id=found or ref.id, properties=properties)


@dataclass(frozen=True, slots=True)
class AssociationAspect:
    """The route table of a subnet or gateway."""

    names: frozenset[str] = frozenset({"routeTableId"})
    at_creation: bool = False

    def apply(self, context: OperationContext, change: ResourceChange) -> None:
        """Replace the association by one with the new table; make one that is gone anew."""
        current = _current_id(context, ResourceRef(id=change.id, properties=change.old))
        table = {"RouteTableId": change.new["routeTableId"]}
        if current:
            context.call("ReplaceRouteTableAssociation", {"AssociationId": current, **table})
            return
        members = {"SubnetId": change.new.get("subnetId"), "GatewayId": change.new.get("gatewayId")}
        given = {name: value for name, value in members.items() if value}
        context.call("AssociateRouteTable", {**table, **given})

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
    find_imported=_find_imported,
    aspects=(AssociationAspect(),),
)

TYPES = (ROUTE_TABLE, ROUTE_TABLE_ASSOCIATION)
