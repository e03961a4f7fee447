"""ARNs of functions in integrations."""

import pytest

from tests.unit.twin.control.apigateway.calls import FUNCTION
from twin.control.apigateway.functions import (
    fill_stage_variables,
    read_function_arn,
    read_invocation_uri,
)
from twin.control.document_service import CallRefused

PATH = "arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/{}/invocations"
VARIABLE = FUNCTION.replace("kv:live", "${stageVariables.function}")


@pytest.mark.parametrize("arn", [FUNCTION, FUNCTION.removesuffix(":live"), VARIABLE])
def test_both_forms_name_the_function(arn: str) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegration.html"""
    assert read_function_arn(arn) == arn
    assert read_function_arn(PATH.format(arn)) == arn


@pytest.mark.parametrize(
    "uri", ["", "https://a.test", "arn:aws:sqs:eu-central-1:123456789012:q", PATH.format("x")]
)
def test_others_are_refused(uri: str) -> None:
    with pytest.raises(CallRefused, match="Invalid function ARN"):
        read_function_arn(uri)


def test_a_rest_api_names_a_function_by_a_path() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegration.html"""
    assert read_invocation_uri(PATH.format(FUNCTION)) == FUNCTION
    with pytest.raises(CallRefused, match="must contain path or action"):
        read_invocation_uri(FUNCTION)
    with pytest.raises(CallRefused, match="Invalid ARN"):
        read_invocation_uri("https://a.test")


def test_a_variable_stands_for_its_value() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/stage-variables.html"""
    assert fill_stage_variables(VARIABLE, {"function": "kv:live"}) == FUNCTION
    assert fill_stage_variables(VARIABLE, {}).endswith(":function:")
