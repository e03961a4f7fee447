"""Settings of asynchronous invocations over boto3."""

from tests.functional.twin.aws_errors import Client, expect_aws_error
from tests.functional.twin.control.control_process import FRANKFURT, ControlProcess
from tests.functional.twin.control.resources import create_function


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
