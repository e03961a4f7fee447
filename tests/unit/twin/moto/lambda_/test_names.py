"""The names of functions in calls, as moto gets them."""

import json

import pytest

from twin.moto.calls.aws_call import AwsCall, AwsResponse
from twin.moto.lambda_.names import use_plain_function_name

ARN = "arn%3Aaws%3Alambda%3Aus-west-2%3A123456789012%3Afunction%3Aapp"
START = "/2015-03-31/functions/"


def make_call(url: str, service: str = "lambda") -> AwsCall:
    scope = f"AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-west-2/{service}/aws4_request"
    return AwsCall(method="GET", url=url, headers={"authorization": scope})


@pytest.mark.parametrize(
    ("sent", "plain"),
    [
        ("app/configuration", "app/configuration"),
        ("app%3Alive/configuration", "app/configuration?Qualifier=live"),
        ("app%3Alive/configuration?Qualifier=live", "app/configuration?Qualifier=live"),
        ("app%3A%24LATEST", "app?Qualifier=%24LATEST"),
        (f"{ARN}/policy?Qualifier=1", "app/policy?Qualifier=1"),
        (f"{ARN}%3A7", "app?Qualifier=7"),
        ("123456789012%3Afunction%3Aapp/aliases/live", "app/aliases/live"),
        ("123456789012%3Aapp%3Alive/versions", "app/versions"),
        ("not%20a%20name/policy", "not%20a%20name/policy"),
    ],
)
def test_each_form_of_a_name_becomes_the_plain_one(sent: str, plain: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html#API_GetFunction_RequestParameters"""
    made = use_plain_function_name(make_call(START + sent))

    assert isinstance(made, AwsCall)
    assert made.url == START + plain


@pytest.mark.parametrize(
    ("sent", "status", "code", "message"),
    [
        (
            ARN.replace("us-west-2", "eu-west-3"),
            404,
            "ResourceNotFoundException",
            "Functions from 'eu-west-3' are not reachable in this region ('us-west-2')",
        ),
        (
            "app%3A1/policy?Qualifier=2",
            400,
            "InvalidParameterValueException",
            "The derived qualifier from the function name does not match the specified qualifier.",
        ),
    ],
)
def test_a_name_that_can_not_be_meant_is_an_error(
    sent: str, status: int, code: str, message: str
) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html#API_GetFunction_Errors"""
    made = use_plain_function_name(make_call(START + sent))

    assert isinstance(made, AwsResponse)
    assert made.status == status
    assert json.loads(made.body) == {"__type": code, "message": message}


@pytest.mark.parametrize(
    "call", [make_call("/2015-03-31/functions/"), make_call(START + "a%3Ab", "s3")]
)
def test_other_calls_stay_as_they_are(call: AwsCall) -> None:
    assert use_plain_function_name(call) is call
