"""Which calls there are, how they are read, how pages and tokens work."""

import json

import pytest

from tests.unit.twin.control.globalaccelerator.fake_service import FakeService
from twin.control.globalaccelerator import api, request_shapes
from twin.control.globalaccelerator.errors import (
    AccessDenied,
    GlobalAcceleratorError,
    InvalidArgument,
    InvalidNextToken,
    NotInTheTwin,
    render_error,
)

PREFIX = "GlobalAccelerator_V20180706."


def test_every_error_code_is_one_that_the_operations_declare_or_the_twins_own() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_Operations.html."""
    model = request_shapes.service_model()
    declared = {
        shape.name
        for operation in api.OPERATIONS
        for shape in model.operation_model(operation).error_shapes
    }
    ours = {kind.code for kind in GlobalAcceleratorError.__subclasses__()}

    assert ours - declared == {NotInTheTwin.code}


def test_every_operation_exists_in_the_service() -> None:
    assert set(api.OPERATIONS) <= set(request_shapes.service_model().operation_names)


def test_a_call_is_read() -> None:
    call = api.parse_call(PREFIX + "ListAccelerators", b'{"MaxResults": 5, "NextToken": null}')

    assert call == api.OperationCall("ListAccelerators", {"MaxResults": 5})
    assert not call.needs_health


@pytest.mark.parametrize(
    ("target", "body", "kind", "word"),
    [
        (PREFIX + "CreateCustomRoutingListener", b"{}", NotInTheTwin, "CreateCustomRouting"),
        (PREFIX + "ProvisionByoipCidr", b"{}", NotInTheTwin, "ProvisionByoipCidr"),
        (PREFIX + "ListCrossAccountAttachments", b"{}", NotInTheTwin, "cross-account"),
        (PREFIX + "Nonsense", b"{}", InvalidArgument, "Nonsense"),
        ("", b"{}", InvalidArgument, "''"),
        (PREFIX + "ListAccelerators", b"{", InvalidArgument, "not JSON"),
        (PREFIX + "ListAccelerators", b"[]", InvalidArgument, "not a JSON object"),
        (PREFIX + "ListAccelerators", b'{"MaxResults": 0}', InvalidArgument, "MaxResults: 0"),
        (PREFIX + "ListAccelerators", b'{"MaxResults": 101}', InvalidArgument, "101"),
    ],
)
def test_odd_calls_are_refused(
    target: str, body: bytes, kind: type[GlobalAcceleratorError], word: str
) -> None:
    with pytest.raises(kind) as caught:
        api.parse_call(target, body)

    assert word in caught.value.message


@pytest.mark.parametrize("region", ["eu-central-1", "us-east-1", None])
def test_other_regions_are_refused(region: str | None) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_CreateAccelerator.html."""
    with pytest.raises(AccessDenied, match="us-west-2"):
        api.check_region(region)


def test_errors_are_rendered_as_aws_json() -> None:
    body = json.loads(render_error(InvalidArgument("Name: bad")))

    assert body == {"__type": "InvalidArgumentException", "message": "Name: bad"}


def test_pages_are_ten_long_unless_told() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_ListAccelerators.html."""
    service = FakeService()
    arns = [service.create_accelerator(f"a{n}") for n in range(12)]

    first = service.call("ListAccelerators")
    second = service.call("ListAccelerators", NextToken=first["NextToken"])

    listed = [a["AcceleratorArn"] for page in (first, second) for a in page["Accelerators"]]
    assert listed == arns
    assert "NextToken" not in second


def test_a_token_is_good_for_its_own_list_only() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_ListListeners.html."""
    service = FakeService()
    one, other = service.create_accelerator("a"), service.create_accelerator("b")
    for owner in (one, other):
        for port in (1, 2):
            service.create_listener(owner, port)
    token = service.call("ListListeners", AcceleratorArn=one, MaxResults=1)["NextToken"]

    with pytest.raises(InvalidNextToken):
        service.call("ListListeners", AcceleratorArn=other, NextToken=token)
    for nonsense in ("x", "", "====", "ÿ"):
        with pytest.raises(InvalidNextToken):
            service.call("ListListeners", AcceleratorArn=one, NextToken=nonsense)


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


def test_health_comes_from_the_edge() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_EndpointDescription.html."""
    assert api.parse_call(
        PREFIX + "DescribeEndpointGroup", b'{"EndpointGroupArn": "x"}'
    ).needs_health
