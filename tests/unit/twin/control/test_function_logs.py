"""The call that makes a function's log group is one of CloudWatch Logs in the function's Region."""

from twin.control.function_logs import create_group_call


def test_the_call_is_one_that_the_journal_keeps() -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html"""
    call = create_group_call("eu-west-3", "/aws/lambda/app")

    assert (call.service, call.region) == ("logs", "eu-west-3")
    assert call.operation == "CreateLogGroup"
    assert call.changes_state
