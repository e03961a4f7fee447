"""The code, the status and the words of a refusal, service by service.

https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html
"""

import json

import pytest

from twin.iam.refusals import Refusal, RefusalKind, respond_refusal
from twin.moto.calls.aws_call import AwsCall

JSON = {"content-type": "application/x-amz-json-1.0", "x-amz-target": "X.Y"}
FORM = {"content-type": "application/x-www-form-urlencoded"}


def call(service: str, headers: dict[str, str]) -> AwsCall:
    scope = f"AWS4-HMAC-SHA256 Credential=k/20260101/eu-central-1/{service}/aws4_request"
    return AwsCall(method="POST", url="/", headers={**headers, "authorization": scope})


def respond(service: str, headers: dict[str, str], kind: RefusalKind) -> tuple[int, str]:
    response = respond_refusal(call(service, headers), service, Refusal(kind, "because <so>"))
    return response.status, response.body.decode()


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (RefusalKind.UNSIGNED, "MissingAuthenticationTokenException"),
        (RefusalKind.INCOMPLETE, "IncompleteSignatureException"),
        (RefusalKind.MISMATCH, "InvalidSignatureException"),
        (RefusalKind.UNKNOWN_KEY, "UnrecognizedClientException"),
        (RefusalKind.EXPIRED, "ExpiredTokenException"),
        (RefusalKind.DENIED, "AccessDeniedException"),
    ],
)
@pytest.mark.parametrize(
    ("service", "headers", "status"),
    [
        ("dynamodb", JSON, 400),
        ("globalaccelerator", JSON, 400),
        ("logs", JSON, 400),
        ("monitoring", JSON, 400),
        ("lambda", {}, 403),
    ],
)
def test_json_services_have_exceptions(
    service: str, headers: dict[str, str], status: int, kind: RefusalKind, code: str
) -> None:
    found, body = respond(service, headers, kind)

    assert found == status
    assert json.loads(body) == {"__type": code, "message": "because <so>"}


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        (RefusalKind.UNSIGNED, 403, "MissingAuthenticationToken"),
        (RefusalKind.INCOMPLETE, 400, "IncompleteSignature"),
        (RefusalKind.MISMATCH, 403, "SignatureDoesNotMatch"),
        (RefusalKind.UNKNOWN_KEY, 403, "InvalidClientTokenId"),
        (RefusalKind.EXPIRED, 403, "ExpiredToken"),
        (RefusalKind.DENIED, 403, "AccessDenied"),
    ],
)
@pytest.mark.parametrize("service", ["iam", "sts", "elasticloadbalancing", "monitoring", "route53"])
def test_query_services_have_codes(service: str, kind: RefusalKind, status: int, code: str) -> None:
    headers = {} if service == "route53" else FORM

    found, body = respond(service, headers, kind)

    assert found == status
    assert f"<Code>{code}</Code><Message>because &lt;so&gt;</Message>" in body


@pytest.mark.parametrize(
    ("kind", "status", "text"),
    [
        (
            RefusalKind.DENIED,
            403,
            "<Code>UnauthorizedOperation</Code><Message>You are not authorized to perform this "
            "operation. because",
        ),
        (
            RefusalKind.MISMATCH,
            401,
            "<Code>AuthFailure</Code><Message>AWS was not able to validate the provided access "
            "credentials</Message>",
        ),
        (RefusalKind.EXPIRED, 400, "<Code>RequestExpired</Code>"),
    ],
)
def test_ec2_has_codes_of_its_own(kind: RefusalKind, status: int, text: str) -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html"""
    found, body = respond("ec2", FORM, kind)

    assert found == status
    assert text in body
