"""moto in this process: what a call of the journal depends on."""

import re
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest

from common.clock import SystemClock
from tests.lambda_function import TRUST
from twin.moto.calls.aws_call import AwsCall
from twin.moto.services import MotoServices
from twin.runtime.instance import ACCOUNT

BORN = 1_800_000_000.0


@pytest.fixture(scope="module")
def services() -> MotoServices:
    """The one moto of this process."""
    return MotoServices(
        account=ACCOUNT,
        addresses=lambda _, number: f"127.0.0.{number}",
        clock=SystemClock(),
        created_at=BORN,
    )


def query_call(service: str, region: str, **parameters: str) -> AwsCall:
    """A call in the query protocol."""
    scope = f"AWS4-HMAC-SHA256 Credential=test/20260101/{region}/{service}/aws4_request, x"
    headers = {"authorization": scope, "content-type": "application/x-www-form-urlencoded"}
    return AwsCall(method="POST", url="/", headers=headers, body=urlencode(parameters).encode())


def create_network(services: MotoServices, number: int) -> str:
    """The new network's id."""
    call = query_call(
        "ec2", "eu-central-1", Action="CreateVpc", Version="2016-11-15", CidrBlock="10.0.0.0/16"
    )
    response = services.change(call, number, BORN + number)
    found = re.search(rb"<vpcId>(vpc-\w+)</vpcId>", response.body)
    assert found is not None, response
    return found[1].decode()


def test_the_ids_of_a_call_are_those_of_its_number_in_the_journal(services: MotoServices) -> None:
    first, second = create_network(services, 7), create_network(services, 8)

    assert create_network(services, 7) == first != second


def test_the_time_of_a_call_is_the_journals_and_not_the_clocks(services: MotoServices) -> None:
    call = query_call(
        "iam",
        "us-east-1",
        Action="CreateRole",
        Version="2010-05-08",
        RoleName="dated",
        AssumeRolePolicyDocument=TRUST,
    )

    response = services.change(call, 9, BORN + 3600)

    at = datetime.fromtimestamp(BORN + 3600, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    assert f"<CreateDate>{at}".encode() in response.body


def test_a_read_finds_what_a_change_made(services: MotoServices) -> None:
    network = create_network(services, 10)
    call = query_call("ec2", "eu-central-1", Action="DescribeVpcs", Version="2016-11-15")

    assert network.encode() in services.read(call).body
