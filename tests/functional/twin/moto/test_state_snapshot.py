"""Snapshots of moto's state bring all of it back, in the same process and in a new one."""

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from common.clock import SystemClock
from tests.lambda_function import make_zip
from tests.soak.calls.state_digest import digest_state
from tests.unit.twin.control.journal.test_journaled_services import (
    ROLE,
    creation,
    put_concurrency,
    signed,
)
from tests.unit.twin.moto.test_services import query_call
from twin.moto.calls.aws_call import AwsCall
from twin.moto.services import MotoServices
from twin.moto.state_snapshot import SnapshotFailed
from twin.runtime.instance import ACCOUNT

FRANKFURT = "eu-central-1"
BORN = 1_800_000_000.0
VPC = query_call(
    "ec2", FRANKFURT, Action="CreateVpc", Version="2016-11-15", CidrBlock="10.0.0.0/16"
)
TAG = (
    b"&TagSpecification.1.ResourceType=vpc&TagSpecification.1.Tag.1.Key=team"
    b"&TagSpecification.1.Tag.1.Value=edge"
)
ALIAS = signed(
    "POST",
    "/2015-03-31/functions/a/aliases",
    body={"Name": "live", "FunctionVersion": "$LATEST"},
)


@pytest.fixture
def moto() -> Iterator[MotoServices]:
    """The one moto of this process, with resources of several services."""
    services = MotoServices(
        account=ACCOUNT,
        addresses=lambda _, number: f"127.0.0.{number}",
        clock=SystemClock(),
        created_at=BORN,
    )
    services.reset()
    for number, call in enumerate((ROLE, creation("a", FRANKFURT), ALIAS, VPC), 1):
        response = services.change(call, number, BORN + number)
        assert response.succeeded, response
    yield services
    services.reset()


def test_a_restored_state_is_the_one_of_the_snapshot(moto: MotoServices) -> None:
    before, snapshot = digest_state(ACCOUNT), moto.take_snapshot()
    moto.change(VPC, 9, BORN + 9)
    moto.change(put_concurrency("a", 3), 10, BORN + 10)
    moto.change(signed("DELETE", "/2015-03-31/functions/a"), 11, BORN + 11)
    assert digest_state(ACCOUNT) != before

    moto.restore_snapshot(snapshot)

    assert digest_state(ACCOUNT) == before


def test_a_snapshot_can_be_taken_after_a_look_at_awss_own_key(moto: MotoServices) -> None:
    call = signed("POST", "/", service="kms", body={"KeyId": "alias/aws/dynamodb"})
    target = {
        "x-amz-target": "TrentService.DescribeKey",
        "content-type": "application/x-amz-json-1.1",
    }

    assert moto.read(replace(call, headers={**call.headers, **target})).succeeded

    assert moto.take_snapshot().content


def test_a_snapshot_can_be_taken_between_the_pages_of_tagged_resources(moto: MotoServices) -> None:
    for number in (9, 10):
        tagged = replace(VPC, body=VPC.body + TAG)
        assert moto.change(tagged, number, BORN + number).succeeded
    call = signed("POST", "/", service="tagging", body={"ResourcesPerPage": 1})
    target = {
        "x-amz-target": "ResourceGroupsTaggingAPI_20170126.GetResources",
        "content-type": "application/x-amz-json-1.1",
    }

    page = json.loads(moto.read(replace(call, headers={**call.headers, **target})).body)

    assert page["PaginationToken"]
    assert moto.take_snapshot().content


def test_calls_go_on_after_a_restored_state(moto: MotoServices) -> None:
    moto.restore_snapshot(moto.take_snapshot())

    assert moto.change(put_concurrency("a", 3), 9, BORN + 9).succeeded
    assert moto.change(signed("DELETE", "/2015-03-31/functions/a"), 10, BORN + 10).succeeded


def test_a_process_without_resources_takes_a_snapshot_over(moto: MotoServices) -> None:
    before, snapshot = digest_state(ACCOUNT), moto.take_snapshot()
    vpcs = re.findall(rb"vpc-\w{17}", moto.read(_describe_vpcs()).body)

    moto.reset()
    moto.restore_snapshot(snapshot)

    assert digest_state(ACCOUNT) == before
    assert re.findall(rb"vpc-\w{17}", moto.read(_describe_vpcs()).body) == vpcs


def _describe_vpcs() -> AwsCall:
    return query_call("ec2", FRANKFURT, Action="DescribeVpcs", Version="2016-11-15")


def test_a_backend_that_the_snapshot_lacks_is_created_anew(moto: MotoServices) -> None:
    snapshot = moto.take_snapshot()
    oregon = query_call(
        "ec2", "us-west-2", Action="CreateVpc", Version="2016-11-15", CidrBlock="10.0.0.0/16"
    )
    moto.change(oregon, 9, BORN + 9)

    moto.restore_snapshot(snapshot)

    found = query_call("ec2", "us-west-2", Action="DescribeVpcs", Version="2016-11-15")
    assert moto.read(found).body.count(b"<vpcId>") == 1  # the default one


def test_a_snapshot_holds_a_functions_zip_without_a_copy(moto: MotoServices) -> None:
    first, second = moto.take_snapshot(), moto.take_snapshot()

    assert first.zips == (make_zip(),)
    assert first.zips[0] is second.zips[0]
    assert make_zip() not in first.content


def test_a_state_that_can_not_be_pickled_is_an_error_of_its_own(moto: MotoServices) -> None:
    from moto.ec2.models import ec2_backends

    ec2_backends[ACCOUNT][FRANKFURT].vpcs["x"] = threading.Lock()  # type: ignore[assignment]

    with pytest.raises(SnapshotFailed, match="can't be pickled"):
        moto.take_snapshot()
