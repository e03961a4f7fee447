"""An AWS call is understood from its outside."""

import pytest

from twin.moto.requests import AwsAnswer, AwsCall

FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
SIGNED = {
    "authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/eu-central-1/"
    "elasticloadbalancing/aws4_request, SignedHeaders=host, Signature=x"
}


def test_service_and_region_are_those_of_the_signature() -> None:
    call = AwsCall(method="POST", url="/", headers=SIGNED)

    assert (call.service, call.region) == ("elasticloadbalancing", "eu-central-1")
    assert "eu-central-1" in call.label


def test_an_unsigned_call_has_neither() -> None:
    call = AwsCall(method="GET", url="/x?y")

    assert (call.service, call.region, call.path) == (None, None, "/x")
    assert call.label == "unsigned GET /x (no Region)"


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
        (AwsCall(method="POST", url="/2015-03-31/functions"), None, True),
        (AwsCall(method="GET", url="/2015-03-31/functions"), None, False),
        (AwsCall(method="DELETE", url="/2015-03-31/functions/f"), None, True),
    ],
)
def test_a_change_is_told_from_a_read(call: AwsCall, operation: str | None, changes: bool) -> None:
    assert call.operation == operation
    assert call.changes_state is changes


def test_answers_below_400_succeeded() -> None:
    assert AwsAnswer(status=204).succeeded
    assert not AwsAnswer(status=400).succeeded
