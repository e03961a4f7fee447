"""Tables, with the twin's own DynamoDB as AWS: throughput, indexes, the stream."""

import json

import pytest

from tests.unit.twin.dynamodb.engine_calls import NOW
from tests.unit.twin.provider.fakes import HOME, FakeAws, Program
from twin.dynamodb.engine import MemoryTableEngine
from twin.provider.errors import AwsCallFailed, PartialFailure
from twin.provider.operations.check import NamingRequest, check_arguments
from twin.provider.resources.registry import find_resource_type
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


def provisioned(read: int = 5, **more: object) -> Properties:
    index = {"name": "by-day", "hashKey": "day", "projectionType": "ALL"}
    return {
        **args(),
        "billingMode": "PROVISIONED",
        "readCapacity": 5,
        "writeCapacity": 5,
        "attributes": [{"name": "id", "type": "S"}, {"name": "day", "type": "S"}],
        "globalSecondaryIndexes": [{**index, "readCapacity": read, "writeCapacity": 5}],
        **more,
    }


def on_demand() -> Properties:
    (index,) = provisioned()["globalSecondaryIndexes"]
    bare = {name: index[name] for name in ("name", "hashKey", "projectionType")}
    named = provisioned(billingMode="PAY_PER_REQUEST", globalSecondaryIndexes=[bare])
    capacity = ("readCapacity", "writeCapacity")
    return {name: value for name, value in named.items() if name not in capacity}


def index_updates(aws: EngineAws) -> list[list[str]]:
    """What each call of UpdateTable did to indexes."""
    calls = aws.calls_of("UpdateTable")
    return [[*each] for call in calls for each in call.get("GlobalSecondaryIndexUpdates", [])]


def test_the_capacity_of_an_index_changes_in_its_place() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateGlobalSecondaryIndexAction.html"""
    aws = EngineAws()
    one = program(aws)
    one.up(provisioned())

    assert one.up(provisioned(7))

    assert index_updates(aws) == [["Update"]]
    assert one.refresh()
    assert one.up(provisioned(7)) == []


def test_a_table_becomes_provisioned_with_its_indexes() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html"""
    aws = EngineAws()
    one = program(aws)
    one.up(on_demand())

    one.up(provisioned(7))
    (both,) = aws.calls_of("UpdateTable")
    assert one.refresh()
    assert one.up(provisioned(7)) == []
    one.up(on_demand())

    assert both["BillingMode"] == "PROVISIONED"
    assert index_updates(aws) == [["Update"]]
    assert one.up(on_demand()) == []


def test_an_index_with_other_keys_is_made_anew() -> None:
    aws = EngineAws()
    one = program(aws)
    one.up(provisioned())
    (index,) = provisioned()["globalSecondaryIndexes"]

    one.up(provisioned(globalSecondaryIndexes=[{**index, "projectionType": "KEYS_ONLY"}]))

    assert index_updates(aws) == [["Delete"], ["Create"]]


def test_a_stream_is_disabled_before_it_gets_another_view() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_StreamSpecification.html"""
    aws = EngineAws()
    one = program(aws)
    stream = {**args(), "streamEnabled": True}
    one.up({**stream, "streamViewType": "NEW_IMAGE"})

    one.up({**stream, "streamViewType": "KEYS_ONLY"})
    sent = [call["StreamSpecification"]["StreamEnabled"] for call in aws.calls_of("UpdateTable")]
    one.up({**args(), "streamEnabled": False})

    assert sent == [False, True]
    assert len(aws.calls_of("UpdateTable")) == 3


def test_time_to_live_needs_its_attribute() -> None:
    found = check_arguments(
        find_resource_type("aws:dynamodb/table:Table"),
        olds={},
        news={**args(), "ttl": {"enabled": True}},
        names=NamingRequest(logical_name="x"),
    )

    assert [path for path, _ in found.failures] == ["ttl.attributeName"]
