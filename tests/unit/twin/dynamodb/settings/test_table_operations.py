"""Lists and descriptions of tables; point-in-time recovery as a setting."""

from tests.unit.twin.dynamodb.engine_calls import (
    NOT_FOUND,
    NOW,
    WRONG,
    expect_engine_error,
    response_of,
    run_operation,
    table_definition,
)
from twin.dynamodb.engine import MemoryTableEngine


def test_tables_are_listed_in_order_and_pages(engine: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListTables.html"""
    run_operation(engine, "CreateTable", **table_definition("another", "id"))

    first = response_of(engine, "ListTables", Limit=2)
    rest = response_of(engine, "ListTables", ExclusiveStartTableName="sorted")

    assert first == {"TableNames": ["another", "sorted"], "LastEvaluatedTableName": "sorted"}
    assert rest == {"TableNames": ["tab"]}
    assert expect_engine_error(engine, "ListTables", Limit=101)[0] == WRONG


def test_a_missing_table_is_named(engine: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTable.html"""
    found = expect_engine_error(engine, "DescribeTable", TableName="none")

    assert found == (NOT_FOUND, "Requested resource not found: Table: none not found")
    assert expect_engine_error(engine, "DescribeContinuousBackups", TableName="none") == (
        "TableNotFoundException",
        "Table not found: none",
    )


def test_recovery_is_switched_on_and_off(engine: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateContinuousBackups.html"""
    on = {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 7}
    run_operation(
        engine, "UpdateContinuousBackups", TableName="tab", PointInTimeRecoverySpecification=on
    )
    enabled = response_of(engine, "DescribeContinuousBackups", TableName="tab")
    disabled = response_of(
        engine,
        "UpdateContinuousBackups",
        TableName="tab",
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False},
    )

    assert enabled["ContinuousBackupsDescription"] == {
        "ContinuousBackupsStatus": "ENABLED",
        "PointInTimeRecoveryDescription": {
            "PointInTimeRecoveryStatus": "ENABLED",
            "EarliestRestorableDateTime": NOW,
            "LatestRestorableDateTime": NOW,
            "RecoveryPeriodInDays": 7,
        },
    }
    assert disabled["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"] == {
        "PointInTimeRecoveryStatus": "DISABLED"
    }


def test_limits_and_endpoints_are_described(engine: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeLimits.html"""
    assert response_of(engine, "DescribeLimits")["TableMaxReadCapacityUnits"] == 40_000
    (endpoint,) = response_of(engine, "DescribeEndpoints")["Endpoints"]
    assert endpoint["Address"] == "dynamodb.eu-central-1.amazonaws.com"
