"""The provider's operations on any type, on moto."""

import grpc
import pytest

from tests.functional.twin.provider.driver import Driver, Failed, Resource, unpack_partial_failure
from tests.functional.twin.provider.lifecycle import check_deletion
from twin.provider.protocol import wire


def test_an_import_gets_all_arguments(driver: Driver) -> None:
    made = driver.create("aws:ec2/vpc:Vpc", "found", {"cidrBlock": "10.7.0.0/16"})
    bare = Resource(made.token, made.name, made.id, {}, {})

    found = driver.refresh(bare)

    assert found is not None
    assert found.inputs["cidrBlock"] == "10.7.0.0/16"
    assert "arn" not in found.inputs
    assert driver.diff(found, {"cidrBlock": "10.7.0.0/16"}) == ([], [])
    check_deletion(driver, made)


def test_an_import_names_another_region_after_the_id(driver: Driver) -> None:
    """https://registry.terraform.io/providers/hashicorp/aws/latest/docs/guides/enhanced-region-support"""
    args = {"cidrBlock": "10.7.0.0/16", "region": "us-west-2"}
    made = driver.create("aws:ec2/vpc:Vpc", "elsewhere", args)

    found = driver.refresh(Resource(made.token, made.name, f"{made.id}@us-west-2", {}, {}))

    assert found is not None
    assert (found.id, found.inputs["region"]) == (made.id, "us-west-2")
    assert driver.diff(found, args) == ([], [])
    check_deletion(driver, made)


def test_a_preview_knows_arguments_and_leaves_the_rest_open(driver: Driver) -> None:
    values = driver.preview("aws:ec2/vpc:Vpc", "later", {"cidrBlock": "10.0.0.0/16"})

    assert values["cidrBlock"] == "10.0.0.0/16"
    assert repr(values["arn"]) == "<unknown>"


def test_an_unfinished_creation_is_finished_by_the_next_update(driver: Driver) -> None:
    vpc = driver.create("aws:ec2/vpc:Vpc", "half", {"cidrBlock": "10.0.0.0/16"})
    route = {"cidrBlock": "0.0.0.0/0", "gatewayId": "igw-00000000"}
    token = "aws:ec2/routeTable:RouteTable"

    with pytest.raises(grpc.RpcError) as failed:
        driver.create(token, "half", {"vpcId": vpc.id, "routes": [route]})

    left = unpack_partial_failure(failed.value)
    assert left.id.startswith("rtb-")
    assert "InvalidInternetGatewayID.NotFound" in left.reasons[0]
    half = Resource(
        token, "half", left.id, wire.from_struct(left.inputs), wire.from_struct(left.properties)
    )
    gateway = driver.create("aws:ec2/internetGateway:InternetGateway", "half", {"vpcId": vpc.id})
    wanted = {"vpcId": vpc.id, "routes": [{**route, "gatewayId": gateway.id}]}
    whole = driver.update(half, wanted)
    assert whole.outputs["routes"] == wanted["routes"]
    check_deletion(driver, whole, gateway, vpc)


def test_a_type_that_is_not_declared_fails_with_the_file_to_add_it_to(driver: Driver) -> None:
    with pytest.raises(Failed, match=r"aws:sqs/queue:Queue.*twin/provider/resources/sqs.py"):
        driver.check("aws:sqs/queue:Queue", "q", {})
