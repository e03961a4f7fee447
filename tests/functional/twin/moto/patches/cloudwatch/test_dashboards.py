"""CloudWatch's dashboards over boto3."""

import pytest
from botocore.exceptions import ClientError
from mypy_boto3_cloudwatch import CloudWatchClient


def error_names(caught: pytest.ExceptionInfo[ClientError]) -> tuple[object, object, int]:
    """Code, type and status; SDKs with typed errors, such as Go's, go by the type."""
    answer = caught.value.response
    error: dict[str, object] = {**answer["Error"]}
    return error["Code"], error["QueryErrorCode"], answer["ResponseMetadata"]["HTTPStatusCode"]


def test_a_missing_dashboard_has_an_error_of_its_own(cloudwatch: CloudWatchClient) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetDashboard.html"""
    with pytest.raises(ClientError) as got:
        cloudwatch.get_dashboard(DashboardName="none")
    with pytest.raises(ClientError) as deleted:
        cloudwatch.delete_dashboards(DashboardNames=["none"])

    assert error_names(got) == ("ResourceNotFound", "DashboardNotFoundError", 404)
    assert error_names(deleted) == ("ResourceNotFound", "DashboardNotFoundError", 404)


def test_a_missing_alarm_keeps_its_error(cloudwatch: CloudWatchClient) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html"""
    with pytest.raises(ClientError) as caught:
        cloudwatch.set_alarm_state(AlarmName="none", StateValue="OK", StateReason="a test")

    assert error_names(caught) == ("ResourceNotFound", "ResourceNotFound", 404)
