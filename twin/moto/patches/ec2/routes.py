"""Corrections of moto's routes: each has a destination, and one target that is there.

And a subnet has one route table at most. moto answers a wish for another one with the association
that there is, and changes nothing.
"""

from typing import Any

from moto.ec2.exceptions import EC2ClientError, MissingParameterError
from moto.ec2.models.route_tables import RouteBackend

from twin.moto.patches.patching import replace_method

_GATEWAYS = ("igw-", "vgw-", "vpce-")
_NEVER_THERE = {
    "nat_gateway_id": ("InvalidNatGatewayID.NotFound", "natGateway"),
    "transit_gateway_id": ("InvalidTransitGatewayID.NotFound", "transitGateway"),
    "carrier_gateway_id": ("InvalidCarrierGatewayID.NotFound", "carrierGateway"),
}
"""Targets that the twin does not serve: their codes, and what AWS calls them."""


def patch_routes() -> None:
    """Patch moto's routes."""
    replace_method(RouteBackend, "create_route", _create_route)
    replace_method(RouteBackend, "associate_route_table", _associate_route_table)


def _associate_route_table(original: Any) -> Any:
    """An association with the same table again is answered with the one that there is.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateRouteTable.html
    https://github.com/hashicorp/terraform-provider-aws/issues/38960 has AWS's words.
    """

    def associate_route_table(
        self: Any,
        route_table_id: str,
        gateway_id: str | None = None,
        subnet_id: str | None = None,
    ) -> str:
        asked = self.get_route_table(route_table_id)
        others = (table for table in self.route_tables.values() if table is not asked)
        if subnet_id and any(subnet_id in table._associations.values() for table in others):
            raise EC2ClientError(
                "Resource.AlreadyAssociated",
                f"the specified association for route table {route_table_id} conflicts with an"
                " existing association",
            )
        return str(original(self, route_table_id, gateway_id, subnet_id))

    return associate_route_table


def _create_route(original: Any) -> Any:
    """ "You must provide either a destination CIDR block or a prefix list ID. You must also provide
    exactly one of the resources from the parameter list."

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRoute.html
    """

    def create_route(
        self: Any,
        route_table_id: str,
        destination_cidr_block: str | None,
        destination_ipv6_cidr_block: str | None = None,
        destination_prefix_list_id: str | None = None,
        local: bool = False,
        **targets: str | None,
    ) -> Any:
        if not local:
            self.get_route_table(route_table_id)
            if not (
                destination_cidr_block or destination_ipv6_cidr_block or destination_prefix_list_id
            ):
                raise MissingParameterError("destinationCidrBlock")
            _check_target({name: target for name, target in targets.items() if target})
        return original(
            self,
            route_table_id,
            destination_cidr_block,
            destination_ipv6_cidr_block,
            destination_prefix_list_id,
            local,
            **targets,
        )

    return create_route


def _check_target(targets: dict[str, str]) -> None:
    """Raises EC2ClientError unless there is one, of a kind that can be there."""
    if len(targets) != 1:
        code = "InvalidParameterCombination" if targets else "MissingParameter"
        raise EC2ClientError(
            code,
            "The request must contain exactly one target, such as gatewayId, natGatewayId, "
            "networkInterfaceId, egressOnlyInternetGatewayId, transitGatewayId or "
            "vpcPeeringConnectionId",
        )
    ((name, target),) = targets.items()
    if name in _NEVER_THERE:
        code, noun = _NEVER_THERE[name]
        raise EC2ClientError(code, f"The {noun} ID '{target}' does not exist")
    if name == "gateway_id" and not target.startswith(_GATEWAYS):
        raise EC2ClientError(
            "InvalidGatewayID.NotFound", f"The gateway ID '{target}' does not exist"
        )
