"""Rejections as the SDK of each protocol parses them."""

import pytest
from botocore.model import OperationModel
from botocore.parsers import create_parser
from botocore.session import get_session

from twin.gateway.error_responses import build_error_response
from twin.gateway.routing import CredentialScope, MissingScope, Rejection

REJECTION = Rejection(
    status=503, code="ServiceUnavailable", message="us-west-2 is <down> & out — 503"
)
FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
CBOR = {"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}


def json_target(version: str) -> dict[str, str]:
    return {"Content-Type": f"application/x-amz-json-{version}", "X-Amz-Target": "Service.Call"}


def operation(service: str, name: str) -> OperationModel:
    return get_session().get_service_model(service).operation_model(name)


@pytest.mark.parametrize(
    ("protocol", "service", "name", "headers"),
    [
        ("json", "dynamodb", "GetItem", json_target("1.0")),
        ("json", "globalaccelerator", "ListAccelerators", json_target("1.1")),
        ("query", "iam", "ListRoles", FORM),
        ("query", "elbv2", "DescribeLoadBalancers", FORM),
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
    scope = CredentialScope(region="us-west-2", service=model.service_model.signing_name)

    response = build_error_response(REJECTION, headers, scope, "req-1")
    parsed = create_parser(protocol).parse(
        {"status_code": response.status, "headers": response.headers, "body": response.body},
        model.output_shape,
    )

    assert parsed["Error"]["Code"] == "ServiceUnavailable"
    assert parsed["Error"]["Message"] == REJECTION.message
    assert parsed["ResponseMetadata"]["HTTPStatusCode"] == 503


def test_the_json_version_is_that_of_the_request() -> None:
    scope = CredentialScope(region="us-west-2", service="globalaccelerator")

    response = build_error_response(REJECTION, json_target("1.1"), scope, "req-1")

    assert response.headers["Content-Type"] == "application/x-amz-json-1.1"
    assert response.headers["x-amzn-ErrorType"] == "ServiceUnavailable"


def test_an_unsigned_request_is_answered_in_json() -> None:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html"""
    response = build_error_response(REJECTION, FORM, MissingScope.UNSIGNED, "req-1")

    assert response.headers["Content-Type"] == "application/json"


def test_characters_that_xml_does_not_allow_are_replaced() -> None:
    rejection = Rejection(status=400, code="Odd", message="a\x00b\x1b")

    response = build_error_response(
        rejection, FORM, CredentialScope(region="us-west-2", service="sts"), "req-1"
    )

    assert b"<Message>a?b?</Message>" in response.body
