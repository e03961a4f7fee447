"""An AWS call is understood from its outside."""

from urllib.parse import parse_qs

import pytest
from botocore.model import Shape
from botocore.parsers import create_parser

from twin.moto.calls.aws_call import (
    AwsCall,
    AwsResponse,
    aws_error_response,
    call_between_services,
)

FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
CBOR = {"smithy-protocol": "rpc-v2-cbor"}
RPC = "/service/GraniteServiceVersion20100801/operation"
SIGNED = {
    "authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/eu-central-1/"
    "elasticloadbalancing/aws4_request, SignedHeaders=host, Signature=x"
}


def test_service_and_region_are_those_of_the_signature() -> None:
    call = AwsCall(method="POST", url="/", headers=SIGNED)

    assert (call.service, call.region) == ("elasticloadbalancing", "eu-central-1")
    assert "eu-central-1" in call.label


def test_a_call_between_services_has_the_scope_and_the_operation_of_its_target() -> None:
    call = call_between_services("lambda", "ec2", "eu-west-3", FORM, b"Action=CreateVpc")

    assert (call.service, call.region) == ("ec2", "eu-west-3")
    assert (call.operation, call.changes_state) == ("CreateVpc", True)


def test_an_unsigned_call_has_neither() -> None:
    call = AwsCall(method="GET", url="/x?y")

    assert (call.service, call.region, call.path) == (None, None, "/x")
    assert call.label == "unsigned GET /x (no Region)"


@pytest.mark.parametrize("path", ["//[", "//host/x", "/a;b", "/%"])
def test_a_path_is_as_received(path: str) -> None:
    call = AwsCall(method="GET", url=f"{path}?a=1?b")

    assert (call.path, call.query) == (path, "a=1?b")
    assert path in call.label


def test_all_names_of_an_operation_are_seen() -> None:
    body = b"Action=CreateVpc&Action=DeleteVpc"
    call = AwsCall(method="POST", url="/?Action=ListRoles", headers=FORM, body=body)

    assert call.actions == ("ListRoles", "CreateVpc", "DeleteVpc")


@pytest.mark.parametrize(
    ("body", "actions"),
    [
        (b"A%63tion=Create+Vpc%41&x=%41", ("Create VpcA",)),
        (b"Action=&Action&=Action&action=a&ActionX=b", ()),
        (b"%41%63%74%69%6F%6e=ListUsers", ("ListUsers",)),
        (b"%41" * 1000 + b"=a&Action=b&" + b"%FF=1", ("b",)),
    ],
)
def test_an_operation_is_named_as_forms_are_written(body: bytes, actions: tuple[str, ...]) -> None:
    call = AwsCall(method="POST", url="/", headers=FORM, body=body)

    assert call.actions == actions
    assert call.actions == tuple(parse_qs(body.decode()).get("Action", ()))


@pytest.mark.parametrize(
    ("call", "operation", "changes"),
    [
        (
            AwsCall(method="POST", url="/", headers=FORM, body=b"Action=CreateVpc"),
            "CreateVpc",
            True,
        ),
        (
            AwsCall(method="POST", url="/", headers=FORM, body=b"Action=DescribeVpcs&A=%FF"),
            "DescribeVpcs",
            False,
        ),
        (AwsCall(method="GET", url="/?Action=ListRoles"), "ListRoles", False),
        (
            AwsCall(method="POST", url="/", headers={"x-amz-target": "Logs_1.CreateLogGroup"}),
            "CreateLogGroup",
            True,
        ),
        (
            AwsCall(method="POST", url="/", headers={"x-amz-target": "Logs_1.PutLogEvents"}),
            "PutLogEvents",
            False,
        ),
        (AwsCall(method="POST", url=f"{RPC}/GetMetricData", headers=CBOR), "GetMetricData", False),
        (AwsCall(method="POST", url=f"{RPC}/DeleteAlarms", headers=CBOR), "DeleteAlarms", True),
        (AwsCall(method="POST", url="/2015-03-31/functions"), None, True),
        (AwsCall(method="GET", url="/2015-03-31/functions"), None, False),
        (AwsCall(method="DELETE", url="/2015-03-31/functions/f"), None, True),
    ],
)
def test_changes_and_reads_are_distinguished(
    call: AwsCall, operation: str | None, changes: bool
) -> None:
    assert call.operation == operation
    assert call.changes_state is changes


def test_responses_below_400_succeeded() -> None:
    assert AwsResponse(status=204).succeeded
    assert not AwsResponse(status=400).succeeded


def test_a_client_that_speaks_cbor_reads_an_error() -> None:
    """https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html"""
    call = AwsCall(method="POST", url=f"{RPC}/ListMetrics", headers=SIGNED | CBOR)
    answer = aws_error_response(call, 501, "NotImplemented", "not this protocol: " + "x" * 300)

    read = create_parser("smithy-rpc-v2-cbor").parse(
        {"status_code": answer.status, "headers": dict(answer.headers), "body": answer.body},
        Shape("Anything", {"type": "structure"}),
    )

    assert read["Error"]["Code"] == "NotImplemented"
    assert read["Error"]["Message"] == "not this protocol: " + "x" * 300


@pytest.mark.parametrize("service", ["s3", "route53", "cloudfront"])
def test_a_client_of_a_rest_xml_service_reads_an_error(service: str) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"""
    signed = SIGNED["authorization"].replace("elasticloadbalancing", service)
    call = AwsCall(method="GET", url="/", headers={"authorization": signed})
    answer = aws_error_response(call, 501, "NotImplemented", "not <this> service")

    read = create_parser("rest-xml").parse(
        {"status_code": answer.status, "headers": dict(answer.headers), "body": answer.body},
        Shape("Anything", {"type": "structure"}),
    )

    assert read["Error"]["Code"] == "NotImplemented"
    assert read["Error"]["Message"] == "not <this> service"
