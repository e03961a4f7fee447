"""Operations of the API, and how a call is parsed."""

import json

import pytest

from twin.control.globalaccelerator import documents, service
from twin.control.globalaccelerator.errors import (
    AccessDenied,
    GlobalAcceleratorError,
    InvalidArgument,
    NotInTheTwin,
    render_error,
)

PREFIX = "GlobalAccelerator_V20180706."


def test_every_error_code_is_one_that_the_operations_declare_or_the_twins_own() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_Operations.html."""
    model = documents.service_model()
    declared = {
        shape.name
        for operation in service.OPERATIONS
        for shape in model.operation_model(operation).error_shapes
    }
    ours = {kind.code for kind in GlobalAcceleratorError.__subclasses__()}

    assert ours - declared == {NotInTheTwin.code}


def test_every_operation_exists_in_the_service() -> None:
    assert set(service.OPERATIONS) <= set(documents.service_model().operation_names)


def test_a_call_is_read() -> None:
    call = service.parse_call(PREFIX + "ListAccelerators", b'{"MaxResults": 5, "NextToken": null}')

    assert call == service.OperationCall("ListAccelerators", {"MaxResults": 5})
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
        service.parse_call(target, body)

    assert word in caught.value.message


@pytest.mark.parametrize("region", ["eu-central-1", "us-east-1", None])
def test_other_regions_are_refused(region: str | None) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_CreateAccelerator.html."""
    with pytest.raises(AccessDenied, match="us-west-2"):
        service.check_region(region)


def test_errors_are_rendered_as_aws_json() -> None:
    body = json.loads(render_error(InvalidArgument("Name: bad")))

    assert body == {"__type": "InvalidArgumentException", "message": "Name: bad"}


def test_health_comes_from_the_edge() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_EndpointDescription.html."""
    assert service.parse_call(
        PREFIX + "DescribeEndpointGroup", b'{"EndpointGroupArn": "x"}'
    ).needs_health
