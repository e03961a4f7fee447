"""Errors as the SDK of each protocol parses them."""

import pytest
from botocore.model import OperationModel
from botocore.parsers import create_parser
from botocore.session import get_session

from twin.core.http.error_response import AwsError, write_error_response

ERROR = AwsError(status=503, code="ServiceUnavailable", message="us-west-2 is <down> & out — 503")
FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
CBOR = {"content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}


def json_target(version: str) -> dict[str, str]:
    return {"content-type": f"application/x-amz-json-{version}", "x-amz-target": "Service.Call"}


def operation(service: str, name: str) -> OperationModel:
    return get_session().get_service_model(service).operation_model(name)


@pytest.mark.parametrize(
    ("protocol", "service", "name", "headers"),
    [
        ("json", "dynamodb", "GetItem", json_target("1.0")),
        ("json", "globalaccelerator", "ListAccelerators", json_target("1.1")),
        ("query", "iam", "ListRoles", FORM),
        ("query", "elbv2", "DescribeLoadBalancers", FORM),
        ("query", "sts", "GetCallerIdentity", {}),  # of a presigned URL
        ("ec2", "ec2", "DescribeVpcs", FORM),
        ("rest-json", "lambda", "ListFunctions", {}),
        ("rest-xml", "route53", "ListHostedZones", {}),
        ("rest-xml", "s3", "ListBuckets", {}),
        ("smithy-rpc-v2-cbor", "cloudwatch", "ListMetrics", CBOR),
    ],
)
def test_botocore_parses_code_and_message(
    protocol: str, service: str, name: str, headers: dict[str, str]
) -> None:
    """https://smithy.io/2.0/aws/protocols/index.html"""
    model = operation(service, name)
    assert model.output_shape is not None

    response = write_error_response(ERROR, headers, model.service_model.signing_name, "req-1")
    parsed = create_parser(protocol).parse(
        {"status_code": response.status, "headers": response.headers, "body": response.body},
        model.output_shape,
    )

    assert parsed["Error"]["Code"] == "ServiceUnavailable"
    assert parsed["Error"]["Message"] == ERROR.message
    assert parsed["ResponseMetadata"]["HTTPStatusCode"] == 503


def test_the_json_version_is_that_of_the_request() -> None:
    response = write_error_response(ERROR, json_target("1.1"), "globalaccelerator", "req-1")

    assert response.headers["Content-Type"] == "application/x-amz-json-1.1"
    assert response.headers["x-amzn-ErrorType"] == "ServiceUnavailable"


def test_an_unsigned_request_is_answered_in_json() -> None:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html"""
    response = write_error_response(ERROR, FORM, None, "req-1")

    assert response.headers["Content-Type"] == "application/json"


def test_characters_that_xml_does_not_allow_are_replaced() -> None:
    error = AwsError(status=400, code="Odd", message="a\x00b\x1b\ud800")

    response = write_error_response(error, FORM, "sts", "req-1")

    assert "<Message>a\ufffdb\ufffd\ufffd</Message>" in response.body.decode()
