"""Tables, with the twin's own DynamoDB as AWS: the maximum throughput."""

import json

import pytest

from tests.unit.twin.dynamodb.engine_calls import NOW
from tests.unit.twin.provider.fakes import HOME, FakeAws, Program
from twin.dynamodb.engine import MemoryTableEngine
from twin.provider.errors import AwsCallFailed, PartialFailure
from twin.provider.values import Properties

BOTH = {"maxReadRequestUnits": 4000, "maxWriteRequestUnits": 1000}


class EngineAws(FakeAws):
    """One Region's DynamoDB."""

    def __init__(self) -> None:
        super().__init__()
        self.engine = MemoryTableEngine(HOME, "123456789012", lambda: NOW)

    def call(self, service: str, region: str, operation: str, params: Properties) -> Properties:
        assert (service, region) == ("dynamodb", HOME)
        self.calls.append((operation, region, params))
        result = self.engine.execute(operation, params)
        body: Properties = json.loads(result.body or b"{}")
        if result.status >= 400:
            raise AwsCallFailed(
                operation=operation,
                region=region,
                code=body["__type"].rpartition("#")[2],
                message=body["message"],
            )
        return body

    def limits(self) -> Properties | None:
        described = self.call("dynamodb", HOME, "DescribeTable", {"TableName": "items"})["Table"]
        found: Properties | None = described.get("OnDemandThroughput")
        return found


def args(**limits: int) -> Properties:
    return {
        "name": "items",
        "hashKey": "id",
        "attributes": [{"name": "id", "type": "S"}],
        "billingMode": "PAY_PER_REQUEST",
        **({"onDemandThroughput": limits} if limits else {}),
    }


def program(aws: EngineAws) -> Program:
    return Program(aws, "aws:dynamodb/table:Table")


def test_a_new_table_has_its_maximum_from_the_beginning() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html"""
    aws = EngineAws()
    one = program(aws)

    one.up(args(**BOTH))

    (created,) = aws.calls_of("CreateTable")
    assert created["OnDemandThroughput"] == aws.limits()
    assert aws.limits() == {"MaxReadRequestUnits": 4000, "MaxWriteRequestUnits": 1000}
    assert one.up(args(**BOTH)) == []
    assert one.refresh()
    assert one.up(args(**BOTH)) == []


def test_a_maximum_is_changed_in_place() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html"""
    aws = EngineAws()
    one = program(aws)
    one.up(args())

    one.up(args(**BOTH))
    changed = one.up(args(**{**BOTH, "maxReadRequestUnits": 8000}))

    assert changed == ["onDemandThroughput.maxReadRequestUnits"]
    assert aws.limits() == {"MaxReadRequestUnits": 8000, "MaxWriteRequestUnits": 1000}


def test_a_maximum_that_is_not_given_stays_as_it_is() -> None:
    """https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/dynamodb/table.go"""
    aws = EngineAws()
    one = program(aws)
    one.up(args(**BOTH))

    assert one.up(args(maxWriteRequestUnits=1000)) == []

    assert aws.limits() == {"MaxReadRequestUnits": 4000, "MaxWriteRequestUnits": 1000}


def test_minus_one_removes_a_maximum_and_is_no_difference_after() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_OnDemandThroughput.html"""
    aws = EngineAws()
    one = program(aws)
    one.up(args(**BOTH))
    wanted = args(**{**BOTH, "maxReadRequestUnits": -1})

    assert one.up(wanted) == ["onDemandThroughput.maxReadRequestUnits"]

    assert aws.limits() == {"MaxWriteRequestUnits": 1000}
    assert one.up(wanted) == []
    assert one.refresh()
    assert one.up(wanted) == []


def test_a_table_without_a_maximum_is_reached_by_minus_one_first() -> None:
    """https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/dynamodb/table.go"""
    aws = EngineAws()
    one = program(aws)
    one.up(args(**BOTH))

    with pytest.raises(PartialFailure, match="At least one of"):
        one.up(args())
    one.up(args(maxReadRequestUnits=-1, maxWriteRequestUnits=-1))
    assert aws.limits() is None
    assert one.refresh()

    assert one.up(args()) == []


def test_a_new_table_with_minus_one_is_refused() -> None:
    """https://github.com/hashicorp/terraform-provider-aws/issues/39760"""
    with pytest.raises(AwsCallFailed, match="outside of valid range"):
        program(EngineAws()).up(args(maxReadRequestUnits=-1, maxWriteRequestUnits=1000))
