"""Route tables and their associations, on moto."""

from tests.functional.twin.provider.driver import Driver, Resource
from tests.functional.twin.provider.lifecycle import check_deletion, check_lifecycle


def test_routes_live(driver: Driver) -> None:
    vpc = driver.create("aws:ec2/vpc:Vpc", "routed", {"cidrBlock": "10.0.0.0/16"})
    subnet = driver.create(
        "aws:ec2/subnet:Subnet",
        "routed",
        {"vpcId": vpc.id, "cidrBlock": "10.0.0.0/24", "availabilityZone": "eu-central-1a"},
    )
    gateway = driver.create("aws:ec2/internetGateway:InternetGateway", "routed", {"vpcId": vpc.id})
    routed = {"cidrBlock": "0.0.0.0/0", "gatewayId": gateway.id}
    table = check_lifecycle(
        driver,
        "aws:ec2/routeTable:RouteTable",
        "table",
        {"vpcId": vpc.id, "routes": [routed]},
        {"routes": [{**routed, "cidrBlock": "10.9.0.0/16"}]},
    )
    other = check_lifecycle(driver, "aws:ec2/routeTable:RouteTable", "other", {"vpcId": vpc.id}, {})
    association = check_lifecycle(
        driver,
        "aws:ec2/routeTableAssociation:RouteTableAssociation",
        "joined",
        {"subnetId": subnet.id, "routeTableId": table.id},
        {"routeTableId": other.id},
    )

    by_id = Resource(association.token, "joined", f"{subnet.id}/{other.id}", {}, {})
    imported = driver.refresh(by_id)
    assert imported is not None
    assert driver.diff(imported, association.inputs) == ([], [])
    driver.delete(imported)
    check_deletion(driver, association, other, table, gateway, subnet, vpc)
