"""Refusals as each protocol's own SDK reads them."""

import pytest
from botocore.model import OperationModel
from botocore.parsers import create_parser
from botocore.session import get_session

from twin.gateway.credential_scope import CredentialScope, MissingScope
from twin.gateway.error_responses import build_error_response
from twin.gateway.routing import Rejection

REFUSAL = Rejection(
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
def test_botocore_reads_code_and_message(
    protocol: str, service: str, name: str, headers: dict[str, str]
) -> None:
    """https://smithy.io/2.0/aws/protocols/index.html"""
    model = operation(service, name)
    assert model.output_shape is not None
    scope = CredentialScope(region="us-west-2", service=model.service_model.signing_name)

    found = build_error_response(REFUSAL, headers, scope, "req-1")
    parsed = create_parser(protocol).parse(
        {"status_code": found.status, "headers": found.headers, "body": found.body},
        model.output_shape,
    )

    assert parsed["Error"]["Code"] == "ServiceUnavailable"
    assert parsed["Error"]["Message"] == REFUSAL.message
    assert parsed["ResponseMetadata"]["HTTPStatusCode"] == 503


def test_json_keeps_the_version_that_the_caller_speaks() -> None:
    scope = CredentialScope(region="us-west-2", service="globalaccelerator")

    found = build_error_response(REFUSAL, json_target("1.1"), scope, "req-1")

    assert found.headers["Content-Type"] == "application/x-amz-json-1.1"
    assert found.headers["x-amzn-ErrorType"] == "ServiceUnavailable"


def test_an_unsigned_request_is_answered_in_json() -> None:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html"""
    found = build_error_response(REFUSAL, FORM, MissingScope.UNSIGNED, "req-1")

    assert found.headers["Content-Type"] == "application/json"


def test_what_xml_cannot_carry_is_left_out() -> None:
    odd = Rejection(status=400, code="Odd", message="a\x00b\x1b")

    found = build_error_response(
        odd, FORM, CredentialScope(region="us-west-2", service="sts"), "req-1"
    )

    assert b"<Message>a?b?</Message>" in found.body
