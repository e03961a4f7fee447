"""Operations of the API, and how a call is parsed."""

import asyncio
import json
from pathlib import Path

import pytest

from tests.unit.twin.control.globalaccelerator.fake_service import FakeService
from twin.control.globalaccelerator import documents, service
from twin.control.globalaccelerator.call_context import HealthByEndpoint
from twin.control.globalaccelerator.errors import (
    AccessDenied,
    GlobalAcceleratorError,
    InvalidArgument,
    NotInTheTwin,
)

PREFIX = "GlobalAccelerator_V20180706."


def test_every_operation_exists_in_the_service() -> None:
    assert set(service.OPERATIONS) <= set(documents.service_model().operation_names)


def test_a_call_is_read() -> None:
    call = service.parse_call(PREFIX + "ListAccelerators", b'{"MaxResults": 5, "NextToken": null}')

    assert call == service.OperationCall("ListAccelerators", {"MaxResults": 5})
    assert not call.needs_health


def test_a_member_that_is_null_is_absent_at_any_depth() -> None:
    ranges = [{"FromPort": 80, "ToPort": None}]
    named = {"AcceleratorArn": "a", "Protocol": "TCP", "IdempotencyToken": "t"}
    given = {**named, "PortRanges": ranges}

    call = service.parse_call(PREFIX + "CreateListener", json.dumps(given).encode())

    assert call.params["PortRanges"] == [{"FromPort": 80}]


@pytest.mark.parametrize(
    ("target", "body", "kind", "word"),
    [
        (PREFIX + "CreateCustomRoutingListener", b"{}", NotInTheTwin, "CreateCustomRouting"),
        (PREFIX + "ProvisionByoipCidr", b"{}", NotInTheTwin, "ProvisionByoipCidr"),
        (PREFIX + "Nonsense", b"{}", InvalidArgument, "Nonsense"),
        ("", b"{}", InvalidArgument, "''"),
        (PREFIX + "ListAccelerators", b"{", InvalidArgument, "not JSON"),
        (PREFIX + "ListAccelerators", b"[]", InvalidArgument, "not a JSON object"),
        (
            PREFIX + "ListAccelerators",
            b'{"MaxResults": 0}',
            InvalidArgument,
            "Value '0' at 'maxResults'",
        ),
        (PREFIX + "ListAccelerators", b'{"MaxResults": 101}', InvalidArgument, "101"),
        (
            PREFIX + "TagResource",
            b'{"ResourceArn": "a", "Tags": [null]}',
            InvalidArgument,
            "'tags.1.member'",
        ),
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


def test_health_comes_from_the_edge() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_EndpointDescription.html."""
    assert service.parse_call(
        PREFIX + "DescribeEndpointGroup", b'{"EndpointGroupArn": "x"}'
    ).needs_health


def test_a_change_that_can_not_be_written_is_not_made(tmp_path: Path) -> None:
    async def no_health() -> HealthByEndpoint:
        return {}

    api = service.GlobalAccelerator(
        tmp_path / "control" / "globalaccelerator.json",
        make_context=lambda _: FakeService().make_context(),
        fetch_health=no_health,
        on_change=lambda before, after: pytest.fail("nothing has changed"),
    )
    (tmp_path / "control").touch()
    body = b'{"Name": "a", "IdempotencyToken": "b"}'

    status, answer = asyncio.run(api.handle("us-west-2", PREFIX + "CreateAccelerator", body))

    assert status == 500
    assert json.loads(answer) == {
        "__type": "InternalServiceErrorException",
        "message": "control can't write its state: File exists",
    }
    assert not api.state.accelerators
