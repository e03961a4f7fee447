"""The error of each refusal, in the words, codes and statuses of the service that is called. Pure.

Services of the JSON protocols name the errors differently from those of the query protocol; EC2 has
names of its own.
https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
"""

from dataclasses import dataclass
from enum import StrEnum

from twin.core.http.error_response import XML_SERVICES
from twin.iam.caller import CredentialProblem
from twin.iam.signature import SignatureProblemKind
from twin.moto.calls.aws_call import AwsCall, AwsResponse, aws_error_response


class RefusalKind(StrEnum):
    UNSIGNED = "unsigned"
    INCOMPLETE = "incomplete"
    MISMATCH = "mismatch"
    UNKNOWN_KEY = "unknown key"
    EXPIRED = "expired"
    DENIED = "denied"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refused call."""

    kind: RefusalKind
    message: str


OF_SIGNATURES = {
    SignatureProblemKind.MISSING: RefusalKind.UNSIGNED,
    SignatureProblemKind.INCOMPLETE: RefusalKind.INCOMPLETE,
    SignatureProblemKind.MISMATCH: RefusalKind.MISMATCH,
}
OF_CREDENTIALS = {
    CredentialProblem.UNKNOWN: Refusal(
        RefusalKind.UNKNOWN_KEY, "The security token included in the request is invalid."
    ),
    CredentialProblem.EXPIRED: Refusal(
        RefusalKind.EXPIRED, "The security token included in the request is expired"
    ),
}
_QUERY = {
    RefusalKind.UNSIGNED: (403, "MissingAuthenticationToken"),
    RefusalKind.INCOMPLETE: (400, "IncompleteSignature"),
    RefusalKind.MISMATCH: (403, "SignatureDoesNotMatch"),
    RefusalKind.UNKNOWN_KEY: (403, "InvalidClientTokenId"),
    RefusalKind.EXPIRED: (403, "ExpiredToken"),
    RefusalKind.DENIED: (403, "AccessDenied"),
}
_JSON = {
    RefusalKind.UNSIGNED: "MissingAuthenticationTokenException",
    RefusalKind.INCOMPLETE: "IncompleteSignatureException",
    RefusalKind.MISMATCH: "InvalidSignatureException",
    RefusalKind.UNKNOWN_KEY: "UnrecognizedClientException",
    RefusalKind.EXPIRED: "ExpiredTokenException",
    RefusalKind.DENIED: "AccessDeniedException",
}
_EC2 = {
    RefusalKind.UNKNOWN_KEY: (401, "AuthFailure"),
    RefusalKind.MISMATCH: (401, "AuthFailure"),
    RefusalKind.EXPIRED: (400, "RequestExpired"),
    RefusalKind.DENIED: (403, "UnauthorizedOperation"),
}
_DENIED_BY_EC2 = "You are not authorized to perform this operation. "


def respond_refusal(call: AwsCall, service: str, refusal: Refusal) -> AwsResponse:
    """The error response to a call of the service."""
    status, code = _status_and_code(call, service, refusal.kind)
    message = refusal.message
    if code == "AuthFailure":
        message = "AWS was not able to validate the provided access credentials"
    if service == "ec2" and refusal.kind is RefusalKind.DENIED:
        message = _DENIED_BY_EC2 + message
    return aws_error_response(call, status, code, message)


def _status_and_code(call: AwsCall, service: str, kind: RefusalKind) -> tuple[int, str]:
    speaks_json = call.is_cbor or "x-amz-target" in call.headers
    if service in XML_SERVICES and not speaks_json:
        own = _EC2 if service == "ec2" else {}
        return own.get(kind, _QUERY[kind])
    return (403 if service == "lambda" else 400), _JSON[kind]
