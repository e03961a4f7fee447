"""Calls of each protocol, as SDKs send them, read back into their parameters."""

import random

import pytest

from tests.soak.calls.generator import CallGenerator
from twin.moto.calls.aws_call import AwsCall, MalformedRequest
from twin.moto.calls.request_parser import UnknownOperation, parse_call

SCOPE = "AWS4-HMAC-SHA256 Credential=A/20261129/us-west-2/{}/aws4_request, Signature=0"
FORM = "application/x-www-form-urlencoded"


def make_call(service: str, method: str = "POST", url: str = "/", **given: object) -> AwsCall:
    headers = {"authorization": SCOPE.format(service)} | dict(given.pop("headers", {}))  # type: ignore[call-overload]
    return AwsCall(
        method=method, url=url, headers=headers, body=str(given.get("body", "")).encode()
    )


def test_a_call_of_the_query_protocol_is_read() -> None:
    body = "Action=CreateListener&Version=2015-12-01&Port=80&DefaultActions.member.1.Type=forward"
    call = make_call("elasticloadbalancing", headers={"content-type": FORM}, body=body)

    parsed = parse_call(call)

    assert parsed.operation == "CreateListener"
    assert parsed.parameters == {"Port": 80, "DefaultActions": [{"Type": "forward"}]}


def test_a_call_of_the_json_protocol_is_read() -> None:
    headers = {
        "x-amz-target": "Logs_20140328.PutRetentionPolicy",
        "content-type": "application/x-amz-json-1.1",
    }
    call = make_call("logs", headers=headers, body='{"logGroupName": "a", "retentionInDays": 7}')

    assert parse_call(call).parameters == {"logGroupName": "a", "retentionInDays": 7}


def test_parameters_in_the_path_are_read() -> None:
    arn = "arn%3Aaws%3Alambda%3Aus-west-2%3A123456789012%3Afunction%3Aapp"
    call = make_call("lambda", "GET", f"/2015-03-31/functions/{arn}")

    parsed = parse_call(call)

    assert parsed.operation == "GetFunction"
    assert parsed.parameters["FunctionName"] == "arn:aws:lambda:us-west-2:123456789012:function:app"


@pytest.mark.parametrize(
    "call",
    [
        make_call("sqs", headers={"x-amz-target": "AmazonSQS.CreateQueue"}),
        make_call("lambda", "GET", "/no/such/path"),
        make_call("ec2", headers={"content-type": FORM}, body="Action=Nothing"),
        # What names its operation twice, or where its protocol does not look for it.
        make_call(
            "iam",
            "POST",
            "/?Action=ListUsers",
            headers={"content-type": FORM},
            body="Action=DeleteUser",
        ),
        make_call(
            "iam",
            headers={"content-type": FORM, "x-amz-target": "X.ListUsers"},
            body="Action=DeleteUser",
        ),
        make_call("lambda", "DELETE", "/2015-03-31/functions/f?Action=ListFunctions"),
    ],
)
def test_an_unknown_operation_is_told_apart(call: AwsCall) -> None:
    with pytest.raises(UnknownOperation):
        parse_call(call)


@pytest.mark.parametrize("service", ["ec2", "iam"])
@pytest.mark.parametrize("flag", ["1", "yes", "", " true", "\N{LATIN SMALL LETTER E WITH ACUTE}"])
def test_a_flag_of_a_form_that_is_neither_true_nor_false_is_malformed(
    service: str, flag: str
) -> None:
    bodies = {
        "ec2": f"Action=CreateVpc&CidrBlock=10.0.0.0/16&DryRun={flag}",
        "iam": f"Action=CreatePolicyVersion&PolicyArn=a&PolicyDocument=b&SetAsDefault={flag}",
    }
    call = make_call(service, headers={"content-type": FORM}, body=bodies[service])

    with pytest.raises(MalformedRequest, match="is neither true nor false"):
        parse_call(call)


@pytest.mark.parametrize(("flag", "value"), [("true", True), ("True", True), ("false", False)])
def test_a_flag_of_a_form_is_read(flag: str, value: bool) -> None:
    body = f"Action=CreateVpc&CidrBlock=10.0.0.0/16&DryRun={flag}"
    call = make_call("ec2", headers={"content-type": FORM}, body=body)

    assert parse_call(call).parameters["DryRun"] is value


def test_the_error_of_a_body_that_is_no_xml_has_the_place_and_not_the_body() -> None:
    call = make_call("route53", "POST", "/2013-04-01/hostedzone", body="<a>" + "secret" * 1000)

    with pytest.raises(MalformedRequest, match="no element found: line 1") as raised:
        parse_call(call)

    assert "secret" not in str(raised.value)
    assert "retries" not in str(raised.value)


def test_a_body_that_is_no_json_is_malformed() -> None:
    headers = {
        "x-amz-target": "CertificateManager.ListCertificates",
        "content-type": "application/x-amz-json-1.1",
    }

    for body in ("{", "[" * 100_000):
        with pytest.raises(MalformedRequest):
            parse_call(make_call("acm", headers=headers, body=body))


@pytest.mark.parametrize("body", [b"null", b"[]", b"1", b'{"MaxItems": NaN}', b"[" * 200_000])
@pytest.mark.parametrize(
    ("service", "method", "url", "target"),
    [
        ("acm", "POST", "/", "CertificateManager.ListCertificates"),
        ("logs", "POST", "/", "Logs_20140328.DescribeLogGroups"),
        ("lambda", "POST", "/2015-03-31/functions", None),
        ("apigateway", "POST", "/v2/apis", None),
    ],
)
def test_a_body_that_is_no_json_object_is_malformed(
    service: str, method: str, url: str, target: str | None, body: bytes
) -> None:
    """https://www.rfc-editor.org/rfc/rfc8259#section-6"""
    headers = {
        "authorization": f"AWS4-HMAC-SHA256 Credential=a/20260101/us-west-2/{service}/aws4_request",
        "content-type": "application/x-amz-json-1.1" if target else "application/json",
    } | ({"x-amz-target": target} if target else {})

    with pytest.raises(MalformedRequest):
        parse_call(AwsCall(method=method, url=url, headers=headers, body=body))


def test_parameters_without_a_content_type_are_of_no_protocol() -> None:
    """CloudWatch's first protocol is CBOR, which is translated before a call is parsed."""
    with pytest.raises(MalformedRequest, match="content type ''"):
        parse_call(make_call("monitoring", "GET", "/?Action=DescribeAlarms"))


@pytest.mark.parametrize("path", ["//[", "//host/2015-03-31/functions"])
def test_a_path_that_looks_like_a_host_is_of_no_operation(path: str) -> None:
    with pytest.raises(UnknownOperation):
        parse_call(make_call("lambda", "GET", path))


def test_whatever_an_sdk_sends_is_read_or_malformed() -> None:
    generator = CallGenerator(random.Random(5))
    understood = 0
    for _ in range(300):
        call, _, operation = generator.make_call()
        try:
            parsed = parse_call(call)
        except (MalformedRequest, UnknownOperation):  # the latter for an empty name in the path
            continue
        if call.path != "/" and call.path.endswith(
            "/"
        ):  # an empty name makes it another operation's path
            continue
        understood += 1
        assert parsed.operation == operation.name
    assert understood > 200
