"""Provisioned and on-demand throughput, and the change from one to the other."""

from typing import Any

import pytest

from tests.unit.twin.dynamodb.engine_calls import (
    WRONG,
    expect_engine_error,
    index_definition,
    response_of,
    run_operation,
    table_definition,
)
from twin.dynamodb.engine import MemoryTableEngine

UNITS = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 6}
MORE = {"ReadCapacityUnits": 7, "WriteCapacityUnits": 8}


@pytest.fixture
def provisioned(engine: MemoryTableEngine) -> MemoryTableEngine:
    """Adds the table `paid` with an index."""
    definition = {**table_definition("paid", "id", g="S"), "BillingMode": "PROVISIONED"}
    definition["KeySchema"] = [{"AttributeName": "id", "KeyType": "HASH"}]
    run_operation(
        engine,
        "CreateTable",
        **definition,
        ProvisionedThroughput=UNITS,
        GlobalSecondaryIndexes=[{**index_definition("by-g"), "ProvisionedThroughput": UNITS}],
    )
    return engine


def describe(engine: MemoryTableEngine) -> Any:  # noqa: ANN401
    return response_of(engine, "DescribeTable", TableName="paid")["Table"]


def test_units_are_changed(provisioned: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html"""
    run_operation(
        provisioned,
        "UpdateTable",
        TableName="paid",
        ProvisionedThroughput=MORE,
        GlobalSecondaryIndexUpdates=[
            {"Update": {"IndexName": "by-g", "ProvisionedThroughput": MORE}}
        ],
    )

    table = describe(provisioned)
    (index,) = table["GlobalSecondaryIndexes"]
    assert MORE.items() <= table["ProvisionedThroughput"].items()
    assert MORE.items() <= index["ProvisionedThroughput"].items()


def test_a_table_is_billed_on_demand_and_back(provisioned: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/capacity-mode.html"""
    run_operation(provisioned, "UpdateTable", TableName="paid", BillingMode="PAY_PER_REQUEST")
    on_demand = describe(provisioned)
    back = {"TableName": "paid", "BillingMode": "PROVISIONED", "ProvisionedThroughput": UNITS}
    incomplete = expect_engine_error(provisioned, "UpdateTable", **back)
    update = {"Update": {"IndexName": "by-g", "ProvisionedThroughput": MORE}}
    run_operation(provisioned, "UpdateTable", **back, GlobalSecondaryIndexUpdates=[update])

    assert on_demand["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert on_demand["ProvisionedThroughput"]["ReadCapacityUnits"] == 0
    assert incomplete[1].endswith("ProvisionedThroughput must be specified for index: by-g")
    table = describe(provisioned)
    assert table["BillingModeSummary"]["BillingMode"] == "PROVISIONED"
    assert MORE.items() <= table["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"].items()


def test_a_table_tells_when_it_was_last_set_to_on_demand() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BillingModeSummary.html"""
    time = [100.0]
    engine = MemoryTableEngine("eu-central-1", "123456789012", lambda: time[0])

    def set_mode(mode: str, operation: str = "UpdateTable", **more: object) -> object:
        units = {"ProvisionedThroughput": UNITS} if mode == "PROVISIONED" else {}
        run_operation(engine, operation, TableName="paid", BillingMode=mode, **units, **more)
        time[0] += 50.0
        return describe(engine)["BillingModeSummary"].get("LastUpdateToPayPerRequestDateTime")

    definition = table_definition("paid", "id")
    del definition["TableName"], definition["BillingMode"]
    assert set_mode("PAY_PER_REQUEST", "CreateTable", **definition) == 100.0
    assert set_mode("PROVISIONED") == 100.0
    assert set_mode("PAY_PER_REQUEST") == 200.0
    assert set_mode("PROVISIONED") == 200.0


@pytest.mark.parametrize(
    ("table", "changes", "words"),
    [
        ("paid", {"ProvisionedThroughput": UNITS}, "The requested value equals the current value"),
        ("tab", {"ProvisionedThroughput": UNITS}, "Neither ReadCapacityUnits nor WriteCapacity"),
        ("tab", {"BillingMode": "PROVISIONED"}, "must be specified when BillingMode is PROVISION"),
        ("paid", {"ProvisionedThroughput": {**UNITS, "ReadCapacityUnits": 0}}, "or equal to 1"),
        (
            "paid",
            {"ProvisionedThroughput": {**UNITS, "WriteCapacityUnits": 10**13}},
            "Given value 10000000000000 for WriteCapacityUnits is out of bounds",
        ),
        (
            "paid",
            {
                "AttributeDefinitions": [{"AttributeName": "h", "AttributeType": "S"}],
                "GlobalSecondaryIndexUpdates": [{"Create": index_definition("by-h", "h")}],
            },
            "ProvisionedThroughput must be specified for index: by-h",
        ),
    ],
)
def test_wrong_throughput_is_refused(
    provisioned: MemoryTableEngine, table: str, changes: dict[str, Any], words: str
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/provisioned-capacity-mode.html"""
    code, message = expect_engine_error(provisioned, "UpdateTable", TableName=table, **changes)

    assert code == WRONG
    assert words in message


def test_the_mode_that_a_table_has_is_no_mistake(engine: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html"""
    run_operation(engine, "UpdateTable", TableName="tab", BillingMode="PAY_PER_REQUEST")


def test_limits_of_a_table_on_demand_end_with_that_mode(engine: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode-max-throughput.html"""
    limits = {"MaxReadRequestUnits": 5, "MaxWriteRequestUnits": 5}
    definition = table_definition("limited", "id", g="S")
    definition["KeySchema"] = [{"AttributeName": "id", "KeyType": "HASH"}]
    run_operation(
        engine,
        "CreateTable",
        **definition,
        OnDemandThroughput=limits,
        GlobalSecondaryIndexes=[{**index_definition("by-g"), "OnDemandThroughput": limits}],
    )

    run_operation(
        engine,
        "UpdateTable",
        TableName="limited",
        BillingMode="PROVISIONED",
        ProvisionedThroughput=UNITS,
        GlobalSecondaryIndexUpdates=[
            {"Update": {"IndexName": "by-g", "ProvisionedThroughput": UNITS}}
        ],
    )

    table = response_of(engine, "DescribeTable", TableName="limited")["Table"]
    assert "OnDemandThroughput" not in table
    assert "OnDemandThroughput" not in table["GlobalSecondaryIndexes"][0]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"BillingMode": "PAY_PER_REQUEST"}, {"ProvisionedThroughput": UNITS}),
        ({"ProvisionedThroughput": UNITS}, {"BillingMode": "PAY_PER_REQUEST"}),
    ],
)
def test_the_last_index_goes_with_a_change_of_the_mode(
    engine: MemoryTableEngine, before: dict[str, Any], after: dict[str, Any]
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html"""
    definition = table_definition("changed", "id", g="S")
    definition["KeySchema"] = [{"AttributeName": "id", "KeyType": "HASH"}]
    index = index_definition("by-g") | (before if "ProvisionedThroughput" in before else {})
    run_operation(
        engine,
        "CreateTable",
        **{**definition, "BillingMode": "PROVISIONED", **before},
        GlobalSecondaryIndexes=[index],
    )

    run_operation(
        engine,
        "UpdateTable",
        TableName="changed",
        **{"BillingMode": "PROVISIONED", **after},
        GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by-g"}}],
    )

    table = response_of(engine, "DescribeTable", TableName="changed")["Table"]
    assert "GlobalSecondaryIndexes" not in table
    assert table["AttributeDefinitions"] == [{"AttributeName": "id", "AttributeType": "S"}]
