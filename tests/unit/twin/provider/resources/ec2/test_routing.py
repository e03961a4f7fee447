"""Route tables: the routes that an update touches, in order, and what a deletion removes first.

https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/ec2/vpc_route_table.go
"""

import pytest

from tests.unit.twin.provider.fakes import FakeAws, Program, refuse
from twin.provider.errors import AwsCallFailed
from twin.provider.values import Properties

TABLE = "aws:ec2/routeTable:RouteTable"
ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
ANYWHERE = {"cidrBlock": "0.0.0.0/0", "gatewayId": "igw-1"}
PRIVATE = {"cidrBlock": "10.9.0.0/16", "gatewayId": "igw-1"}


class FakeRouting(FakeAws):
    """One route table and its associations, as EC2 keeps them."""

    def __init__(self) -> None:
        super().__init__()
        self.routes: dict[str, str] = {"10.0.0.0/16": "local"}
        """Destination -> gateway."""
        self.associations: list[Properties] = []
        self.handlers = {
            "CreateRouteTable": lambda *_: {"RouteTable": self._table()},
            "DescribeRouteTables": lambda *_: {"RouteTables": [self._table()]},
            "CreateRoute": self._put,
            "ReplaceRoute": self._put,
            "DeleteRoute": self._delete,
            "AssociateRouteTable": self._associate,
            "DisassociateRouteTable": lambda *_: {},
            "DeleteRouteTable": lambda *_: {},
            "CreateTags": lambda *_: {},
        }

    def changes(self) -> list[str]:
        return [name for name in self.operations() if not name.startswith("Describe")]

    def _table(self) -> Properties:
        routes = [
            {"DestinationCidrBlock": block, "GatewayId": gateway}
            for block, gateway in self.routes.items()
        ]
        return {
            "RouteTableId": "rtb-1",
            "VpcId": "vpc-1",
            "OwnerId": "123456789012",
            "Routes": routes,
            "Associations": self.associations,
        }

    def _put(self, _: str, params: Properties) -> Properties:
        self.routes[params["DestinationCidrBlock"]] = params["GatewayId"]
        return {}

    def _delete(self, _: str, params: Properties) -> Properties:
        del self.routes[params["DestinationCidrBlock"]]
        return {}

    def _associate(self, _: str, params: Properties) -> Properties:
        made = {"RouteTableAssociationId": "rtbassoc-1", **params}
        self.associations = [made]
        return {"AssociationId": made["RouteTableAssociationId"]}


def table(*routes: Properties, **args: object) -> Properties:
    return {"vpcId": "vpc-1", "routes": list(routes), **args}


def made(*routes: Properties) -> tuple[FakeRouting, Program]:
    aws = FakeRouting()
    program = Program(aws, TABLE)
    program.up(table(*routes))
    aws.calls.clear()
    return aws, program


def test_a_route_to_another_target_is_replaced_in_one_call() -> None:
    aws, program = made(ANYWHERE)

    program.up(table({**ANYWHERE, "gatewayId": "igw-2"}))

    assert aws.changes() == ["ReplaceRoute"]
    assert aws.routes["0.0.0.0/0"] == "igw-2"


def test_new_routes_are_made_before_the_removed_ones_are_deleted() -> None:
    aws, program = made(ANYWHERE)

    program.up(table(PRIVATE))

    assert aws.changes() == ["CreateRoute", "DeleteRoute"]
    assert aws.routes == {"10.0.0.0/16": "local", "10.9.0.0/16": "igw-1"}


def test_a_route_made_by_hand_stays_until_the_update_after_the_next_one() -> None:
    """The real provider compares with what it recorded, and reads all routes after each update."""
    aws, program = made(ANYWHERE)
    aws.routes["192.168.0.0/16"] = "igw-1"

    program.up(table(ANYWHERE, PRIVATE))

    assert aws.changes() == ["CreateRoute"]
    assert program.up(table(ANYWHERE, PRIVATE)) == ["routes[1]"]
    assert "192.168.0.0/16" not in aws.routes


def test_without_the_argument_the_routes_stay() -> None:
    """https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/route_table"""
    aws, program = made(ANYWHERE)

    program.up({"vpcId": "vpc-1", "tags": {"a": "b"}})

    assert aws.changes() == ["CreateTags"]
    assert "0.0.0.0/0" in aws.routes


def test_an_empty_list_removes_the_routes() -> None:
    aws, program = made(ANYWHERE)

    program.up(table())

    assert aws.routes == {"10.0.0.0/16": "local"}


def test_a_removed_route_that_is_gone_already_is_no_error() -> None:
    aws, program = made(ANYWHERE, PRIVATE)
    aws.handlers["DeleteRoute"] = refuse("InvalidRoute.NotFound")

    program.up(table(ANYWHERE))

    assert aws.changes() == ["DeleteRoute"]


def test_a_deletion_removes_the_associations_that_are_left() -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteRouteTable.html"""
    aws, program = made()
    aws.associations = [{"RouteTableAssociationId": f"rtbassoc-{n}"} for n in (1, 2)]

    program.destroy()

    assert aws.changes() == [*["DisassociateRouteTable"] * 2, "DeleteRouteTable"]


@pytest.mark.parametrize("code", ["InvalidAssociationID.NotFound", "UnauthorizedOperation"])
def test_only_an_association_that_is_gone_lets_a_deletion_go_on(code: str) -> None:
    aws, program = made()
    aws.associations = [{"RouteTableAssociationId": "rtbassoc-1"}]
    aws.handlers["DisassociateRouteTable"] = refuse(code)

    if code == "UnauthorizedOperation":
        with pytest.raises(AwsCallFailed, match=code):
            program.destroy()
    else:
        program.destroy()

    assert ("DeleteRouteTable" in aws.changes()) == (code != "UnauthorizedOperation")


def test_a_missing_table_counts_as_deleted() -> None:
    aws, program = made()
    aws.handlers["DescribeRouteTables"] = refuse("InvalidRouteTableID.NotFound")

    program.destroy()

    assert aws.changes() == []


def test_an_association_that_is_gone_is_made_anew_with_the_new_table() -> None:
    """https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/ec2/vpc_route_table_association.go"""
    aws = FakeRouting()
    program = Program(aws, ASSOCIATION)
    program.up({"subnetId": "subnet-1", "routeTableId": "rtb-0"})
    aws.associations = []

    program.up({"subnetId": "subnet-1", "routeTableId": "rtb-1"})

    wanted = {"SubnetId": "subnet-1", "RouteTableId": "rtb-1"}
    assert aws.calls_of("AssociateRouteTable")[-1] == wanted
