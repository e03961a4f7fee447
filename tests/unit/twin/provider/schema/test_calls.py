"""The parameters that name a resource, and waiting for its state."""

import pytest

from tests.unit.twin.provider.fakes import FakeAws, make_context, refuse
from twin.provider.errors import AwsCallFailed, ProviderError, StateNotReached
from twin.provider.schema.calls import (
    arn_property,
    call_operation,
    id_parameters,
    tolerated,
    wait_for_state,
)
from twin.provider.schema.resource_type import (
    AwaitedState,
    AwsOperation,
    DescribedResource,
    IdParameter,
    ResourceRef,
)
from twin.provider.values import Properties

REF = ResourceRef(id="vpc-1", properties={"name": "n"})
DESCRIBE = AwsOperation(operation="DescribeVpcs", id_param="VpcIds[]", result="Vpcs[0]")
AVAILABLE = AwaitedState(
    call=DESCRIBE, state="State", wanted=frozenset({"available"}), failed=frozenset({"broken"})
)


@pytest.mark.parametrize(
    ("id_param", "params"),
    [
        ("VpcId", {"VpcId": "vpc-1"}),
        ("VpcIds[]", {"VpcIds": ["vpc-1"]}),
        ("", {}),
        (lambda ref: {"Name": ref.properties["name"]}, {"Name": "n"}),
    ],
)
def test_an_operation_names_its_resource_as_declared(
    id_param: IdParameter, params: Properties
) -> None:
    assert id_parameters(id_param, REF) == params


def test_the_id_and_extra_parameters_take_precedence_over_arguments() -> None:
    aws = FakeAws({"DescribeVpcs": lambda *_: {}})
    call = AwsOperation(
        operation="DescribeVpcs", id_param="VpcId", extra_params=lambda *_: {"Extra": 1}
    )

    call_operation(make_context(aws, "ec2"), call, REF, {"VpcId": "mine", "Extra": 0, "Other": 2})

    assert aws.calls_of("DescribeVpcs") == [{"VpcId": "vpc-1", "Extra": 1, "Other": 2}]


def test_the_description_is_taken_from_the_response_by_its_path() -> None:
    aws = FakeAws({"DescribeVpcs": lambda *_: {"Vpcs": [{"VpcId": "vpc-1"}]}})

    assert call_operation(make_context(aws, "ec2"), DESCRIBE, REF) == {"VpcId": "vpc-1"}


def states(*texts: str) -> FakeAws:
    """AWS that describes the VPC with these states in turn; the last one is repeated."""
    left = list(texts)

    def describe(_region: str, _params: Properties) -> Properties:
        return {"Vpcs": [{"State": left.pop(0) if len(left) > 1 else left[0]}]}

    return FakeAws({"DescribeVpcs": describe})


def test_a_wait_ends_at_a_wanted_state() -> None:
    aws = states("pending", "available")

    wait_for_state(make_context(aws, "ec2"), AVAILABLE, REF)

    assert len(aws.calls) == 2


def test_a_failed_state_ends_the_wait_with_an_error_about_the_subject() -> None:
    context = make_context(states("pending", "broken"), "ec2")

    with pytest.raises(ProviderError, match=r"^network n is broken$"):
        wait_for_state(context, AVAILABLE, REF, subject="network n")


def test_a_state_that_is_not_reached_in_time_is_an_error_with_the_last_one() -> None:
    context = make_context(states("pending"), "ec2")

    with pytest.raises(StateNotReached, match="vpc-1 to be available: still pending"):
        wait_for_state(context, AVAILABLE, REF)


def test_the_arn_of_an_ec2_resource_is_made_of_its_region_owner_and_id() -> None:
    prop = arn_property("vpc")
    found = DescribedResource(
        context=make_context(FakeAws(), "ec2", "us-west-2"),
        id="vpc-1",
        recorded={},
        description={},
        values={"ownerId": "123456789012"},
    )

    assert prop.derive is not None
    assert prop.derive(found) == "arn:aws:ec2:us-west-2:123456789012:vpc/vpc-1"


@pytest.mark.parametrize("code", ["Gone", "NotThere"])
def test_a_refusal_is_tolerated_by_its_code(code: str) -> None:
    context = make_context(FakeAws({"DeleteRoute": refuse(code)}), "ec2")

    with tolerated("Gone", "NotThere"):
        context.call("DeleteRoute", {})


def test_another_refusal_is_not_tolerated() -> None:
    context = make_context(FakeAws({"DeleteRoute": refuse("Throttling")}), "ec2")

    with pytest.raises(AwsCallFailed, match="Throttling"), tolerated("Gone"):
        context.call("DeleteRoute", {})
