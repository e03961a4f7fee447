"""Internet gateways: a deletion waits for what uses the gateway.

https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/ec2/vpc_internet_gateway.go
"""

import pytest

from tests.unit.twin.provider.fakes import FakeAws, Program, refuse
from twin.provider.errors import AwsCallFailed, StateNotReached
from twin.provider.values import Properties

IN_USE = refuse("DependencyViolation", "Network vpc-1 has some mapped public address(es).")


class FakeGateway(FakeAws):
    """One internet gateway of a VPC that a public load balancer leaves at the third call."""

    def __init__(self) -> None:
        super().__init__()
        shown = {"InternetGatewayId": "igw-1", "Attachments": [{"VpcId": "vpc-1"}]}
        self.handlers = {
            "CreateInternetGateway": lambda *_: {"InternetGateway": shown},
            "DescribeInternetGateways": lambda *_: {"InternetGateways": [shown]},
            "AttachInternetGateway": lambda *_: {},
            "DetachInternetGateway": self._detach,
            "DeleteInternetGateway": lambda *_: {},
        }

    def _detach(self, region: str, params: Properties) -> Properties:
        return IN_USE(region, params) if len(self.calls_of("DetachInternetGateway")) < 3 else {}


def made() -> tuple[FakeGateway, Program]:
    aws = FakeGateway()
    program = Program(aws, "aws:ec2/internetGateway:InternetGateway")
    program.up({"vpcId": "vpc-1"})
    aws.calls.clear()
    return aws, program


def test_a_gateway_is_detached_once_no_load_balancer_uses_it() -> None:
    aws, program = made()

    program.destroy()

    assert aws.operations() == [*["DetachInternetGateway"] * 3, "DeleteInternetGateway"]


def test_a_gateway_that_stays_in_use_is_told_with_the_reason() -> None:
    aws, program = made()
    aws.handlers["DetachInternetGateway"] = IN_USE

    with pytest.raises(StateNotReached, match=r"igw-1 to be detached.*mapped public address"):
        program.destroy()


def test_any_other_refusal_is_told_at_once() -> None:
    aws, program = made()
    aws.handlers["DetachInternetGateway"] = refuse("UnauthorizedOperation")

    with pytest.raises(AwsCallFailed):
        program.destroy()

    assert aws.operations() == ["DetachInternetGateway"]
