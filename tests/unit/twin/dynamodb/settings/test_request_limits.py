"""The maximum throughput of tables on demand."""

from typing import Any

import pytest

from tests.unit.twin.dynamodb.engine_calls import (
    WRONG,
    expect_engine_error,
    response_of,
    run_operation,
    table_definition,
)
from twin.dynamodb.engine import MemoryTableEngine

BOTH = {"MaxReadRequestUnits": 20, "MaxWriteRequestUnits": 15}
UNITS = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 6}


@pytest.fixture
def limited(engine: MemoryTableEngine) -> MemoryTableEngine:
    """Adds the table `limited`."""
    run_operation(
        engine, "CreateTable", **table_definition("limited", "id"), OnDemandThroughput=BOTH
    )
    return engine


def limits(engine: MemoryTableEngine) -> dict[str, int] | None:
    described: dict[str, Any] = response_of(engine, "DescribeTable", TableName="limited")["Table"]
    return described.get("OnDemandThroughput")


def change(engine: MemoryTableEngine, **changes: object) -> None:
    run_operation(engine, "UpdateTable", TableName="limited", OnDemandThroughput=changes)


def test_an_update_leaves_the_maximum_alone_that_it_does_not_name(
    limited: MemoryTableEngine,
) -> None:
    """https://github.com/nubo-db/dynoxide/issues/159"""
    change(limited, MaxReadRequestUnits=40)

    assert limits(limited) == {"MaxReadRequestUnits": 40, "MaxWriteRequestUnits": 15}


def test_minus_one_removes_a_maximum(limited: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_OnDemandThroughput.html"""
    change(limited, MaxWriteRequestUnits=-1)
    assert limits(limited) == {"MaxReadRequestUnits": 20}

    change(limited, MaxReadRequestUnits=-1)
    assert limits(limited) is None


@pytest.mark.parametrize("units", [0, -2])
def test_a_maximum_is_one_or_more(limited: MemoryTableEngine, units: int) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_OnDemandThroughput.html"""
    code, message = expect_engine_error(
        limited,
        "UpdateTable",
        TableName="limited",
        OnDemandThroughput={"MaxWriteRequestUnits": units},
    )

    assert code == WRONG
    assert message.endswith(
        "Requested MaxWriteRequestUnits for OnDemandThroughput for table is outside of valid range"
    )
    assert limits(limited) == BOTH


def test_a_new_table_has_no_maximum_to_remove(engine: MemoryTableEngine) -> None:
    """https://github.com/hashicorp/terraform-provider-aws/issues/39760"""
    code, message = expect_engine_error(
        engine,
        "CreateTable",
        **table_definition("new", "id"),
        OnDemandThroughput={"MaxReadRequestUnits": 5, "MaxWriteRequestUnits": -1},
    )

    assert code == WRONG
    assert "Requested MaxWriteRequestUnits for OnDemandThroughput for table is outside" in message


def test_a_provisioned_table_takes_no_maximum(limited: MemoryTableEngine) -> None:
    """https://github.com/nubo-db/dynoxide/issues/159"""
    definition = {**table_definition("paid", "id"), "BillingMode": "PROVISIONED"}
    created = expect_engine_error(
        limited,
        "CreateTable",
        **definition,
        ProvisionedThroughput=UNITS,
        OnDemandThroughput={"MaxWriteRequestUnits": 1},
    )
    changed = expect_engine_error(
        limited,
        "UpdateTable",
        TableName="limited",
        BillingMode="PROVISIONED",
        ProvisionedThroughput=UNITS,
        OnDemandThroughput=BOTH,
    )

    words = "for OnDemandThroughput cannot be specified when"
    assert created[1].endswith(f"MaxWriteRequestUnits {words} table BillingMode is PROVISIONED.")
    assert changed[1].endswith(f"MaxReadRequestUnits {words} the table BillingMode is PROVISIONED")
