"""Time to live as a setting."""

from typing import Any

from tests.unit.twin.dynamodb.engine_calls import (
    NOT_FOUND,
    WRONG,
    expect_engine_error,
    response_of,
    run_operation,
)
from twin.dynamodb.engine import MemoryTableEngine


def specification(attribute: str, *, enabled: bool) -> dict[str, Any]:
    return {"TimeToLiveSpecification": {"Enabled": enabled, "AttributeName": attribute}}


def test_time_to_live_is_not_enabled_twice(engine: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTimeToLive.html"""
    on = specification("until", enabled=True)
    assert response_of(engine, "UpdateTimeToLive", TableName="tab", **on) == on

    again = expect_engine_error(engine, "UpdateTimeToLive", TableName="tab", **on)
    other = expect_engine_error(
        engine, "UpdateTimeToLive", TableName="tab", **specification("x", enabled=True)
    )
    assert again == (WRONG, "TimeToLive is already enabled")
    assert other == (
        WRONG,
        "TimeToLive is active on a different AttributeName: current AttributeName is until",
    )


def test_time_to_live_is_described(engine: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTimeToLive.html"""

    def described() -> Any:  # noqa: ANN401
        found = response_of(engine, "DescribeTimeToLive", TableName="tab")
        return found["TimeToLiveDescription"]

    assert described() == {"TimeToLiveStatus": "DISABLED"}
    run_operation(
        engine, "UpdateTimeToLive", TableName="tab", **specification("until", enabled=True)
    )
    assert described() == {"TimeToLiveStatus": "ENABLED", "AttributeName": "until"}
    run_operation(
        engine, "UpdateTimeToLive", TableName="tab", **specification("until", enabled=False)
    )
    assert described() == {"TimeToLiveStatus": "DISABLED"}
    assert expect_engine_error(engine, "DescribeTimeToLive", TableName="none")[0] == NOT_FOUND
