"""Settings of asynchronous invocations over boto3."""

import pytest

from tests.functional.twin.aws_errors import Client, error_message, expect_aws_error
from tests.functional.twin.control.control_process import FRANKFURT, ControlProcess
from tests.functional.twin.control.resources import create_function
from twin.topology.model import AsyncInvokeSettings

NAME = {"FunctionName": "events"}


@pytest.fixture(scope="module")
def arn(shared: ControlProcess) -> str:
    """A function with the alias `live`."""
    return create_function(shared, FRANKFURT, "events")[1]


def test_each_qualifier_has_its_own_settings(
    shared: ControlProcess, functions: Client, arn: str
) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html"""
    functions.put_function_event_invoke_config(**NAME, MaximumRetryAttempts=1)
    first = functions.put_function_event_invoke_config(**NAME, MaximumRetryAttempts=0)
    functions.put_function_event_invoke_config(
        **NAME, Qualifier="live", MaximumEventAgeInSeconds=60
    )
    functions.update_function_event_invoke_config(**NAME, Qualifier="live", MaximumRetryAttempts=2)

    latest = functions.get_function_event_invoke_config(**NAME)
    live = functions.get_function_event_invoke_config(**NAME, Qualifier="live")
    listed = functions.list_function_event_invoke_configs(**NAME)["FunctionEventInvokeConfigs"]
    published = {f.name: f for f in shared.topology().regions[FRANKFURT].functions}["events"]

    assert latest["LastModified"] == first["LastModified"]
    assert (latest["FunctionArn"], latest["MaximumRetryAttempts"]) == (f"{arn}:$LATEST", 0)
    assert "MaximumEventAgeInSeconds" not in latest
    assert latest["DestinationConfig"] == {"OnSuccess": {}, "OnFailure": {}}
    assert (live["MaximumEventAgeInSeconds"], live["MaximumRetryAttempts"]) == (60, 2)
    assert [one["FunctionArn"] for one in listed] == [f"{arn}:$LATEST", f"{arn}:live"]
    assert published.async_settings == {
        "$LATEST": AsyncInvokeSettings(max_retries=0),
        "live": AsyncInvokeSettings(max_retries=2, max_age_s=60.0),
    }


def test_settings_that_were_not_made_are_not_found(functions: Client, arn: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionEventInvokeConfig.html"""
    functions.put_function_event_invoke_config(**NAME, Qualifier="1", MaximumRetryAttempts=1)
    functions.delete_function_event_invoke_config(**NAME, Qualifier="1")

    for call in (
        functions.get_function_event_invoke_config,
        functions.delete_function_event_invoke_config,
    ):
        error = expect_aws_error("ResourceNotFoundException", call, **NAME, Qualifier="1")
        assert error_message(error) == f"The function {arn}:1 doesn't have an EventInvokeConfig"
    expect_aws_error(
        "ResourceNotFoundException",
        functions.put_function_event_invoke_config,
        **NAME,
        Qualifier="absent",
    )


def settings_of(functions: Client, name: str) -> dict[str, int]:
    found = functions.get_function_event_invoke_config(FunctionName=name)
    return {key: value for key, value in found.items() if key.startswith("Maximum")}


def test_settings_are_replaced_as_a_whole(shared: ControlProcess, functions: Client) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html"""
    create_function(shared, FRANKFURT, "replaced")
    functions.put_function_event_invoke_config(
        FunctionName="replaced", MaximumRetryAttempts=1, MaximumEventAgeInSeconds=60
    )

    functions.put_function_event_invoke_config(FunctionName="replaced", MaximumRetryAttempts=0)

    assert settings_of(functions, "replaced") == {"MaximumRetryAttempts": 0}


def test_an_update_keeps_what_is_not_given(shared: ControlProcess, functions: Client) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionEventInvokeConfig.html"""
    create_function(shared, FRANKFURT, "updated")
    update = functions.update_function_event_invoke_config
    expect_aws_error("ResourceNotFoundException", update, FunctionName="updated")
    functions.put_function_event_invoke_config(
        FunctionName="updated", MaximumRetryAttempts=1, MaximumEventAgeInSeconds=60
    )

    update(FunctionName="updated", MaximumRetryAttempts=2)

    assert settings_of(functions, "updated") == {
        "MaximumRetryAttempts": 2,
        "MaximumEventAgeInSeconds": 60,
    }
