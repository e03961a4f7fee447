"""Idempotency tokens of Create operations."""

import pytest

from tests.unit.twin.control.globalaccelerator.fake_service import FakeService
from twin.control.globalaccelerator.errors import InvalidArgument


def test_a_repeated_create_shows_what_the_resource_is_now() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_CreateEndpointGroup.html."""
    service = FakeService()
    listener = service.create_listener(service.create_accelerator())
    request = {"ListenerArn": listener, "EndpointGroupRegion": "eu-central-1"}
    created = service.call("CreateEndpointGroup", **request, IdempotencyToken="t")["EndpointGroup"]
    arn = created["EndpointGroupArn"]
    service.call("UpdateEndpointGroup", EndpointGroupArn=arn, TrafficDialPercentage=5)

    again = service.call("CreateEndpointGroup", **request, IdempotencyToken="t")["EndpointGroup"]

    assert again == created | {"TrafficDialPercentage": 5}
    with pytest.raises(InvalidArgument, match="'t' was used"):
        service.call("CreateEndpointGroup", **request, IdempotencyToken="t", ThresholdCount=1)


def test_a_token_is_free_again_once_its_resource_is_gone() -> None:
    service = FakeService()
    owner = service.create_accelerator()
    request = {"AcceleratorArn": owner, "Protocol": "TCP", "IdempotencyToken": "t"}
    ports = [{"FromPort": 80, "ToPort": 80}]
    created = service.call("CreateListener", **request, PortRanges=ports)["Listener"]
    service.call("DeleteListener", ListenerArn=created["ListenerArn"])

    again = service.call("CreateListener", **request, PortRanges=ports)["Listener"]

    assert again["ListenerArn"] != created["ListenerArn"]
