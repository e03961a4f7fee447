"""Answers to calls on which moto fails with an exception of Python.

moto looks values up, or parses them, without a check: a filter or an id that does not exist, a
marker that no list has returned, a member that botocore's model calls optional and the service does
not. AWS answers such calls as the caller's mistakes, and so does the twin: with the service's own
code where the mistake is known, else with its code for invalid parameters.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
"""

from moto.ec2.exceptions import FilterNotImplementedError

from twin.moto.calls.aws_call import AwsCall, AwsResponse, aws_error_response

INVALID_CODES = {
    "acm": "ValidationException",
    "apigateway": "BadRequestException",
    "apigatewayv2": "BadRequestException",
    "ec2": "InvalidParameterValue",
    "elasticloadbalancing": "ValidationError",
    "iam": "ValidationError",
    "kms": "ValidationException",
    "lambda": "ValidationException",
    "logs": "InvalidParameterException",
    "monitoring": "ValidationError",
    "route53": "InvalidInput",
    "sts": "ValidationError",
    "tagging": "InvalidParameterException",
}
"""Signing name -> the service's error code for invalid parameters, from its list of common errors:
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/CommonErrors.html
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html"""

_NO_ENTRY = (
    "InvalidNetworkAclEntry.NotFound",
    "The specified entry does not exist in this network ACL.",
)
_KNOWN: dict[tuple[str, type[Exception]], tuple[str, str]] = {
    ("DeleteNetworkAclEntry", StopIteration): _NO_ENTRY,
    ("ReplaceNetworkAclEntry", StopIteration): _NO_ENTRY,
    ("ReplaceNetworkAclAssociation", StopIteration): (
        "InvalidAssociationID.NotFound",
        "The specified association of a network ACL does not exist.",
    ),
    ("RemoveRoleFromInstanceProfile", ValueError): (
        "NoSuchEntity",
        "The instance profile does not have this role.",
    ),
    ("CreateServiceLinkedRole", IndexError): (
        "InvalidInput",
        "AWSServiceName must be the name of a service principal, such as "
        "elasticloadbalancing.amazonaws.com.",
    ),
}
"""Operation and exception -> AWS's code, and a message."""


def invalid_code(service: str | None) -> str:
    """The service's error code for invalid parameters."""
    return INVALID_CODES.get(service or "", "ValidationException")


def answer_failure(call: AwsCall, failure: Exception) -> AwsResponse:
    """The error response to a call on which moto has raised `failure`."""
    if isinstance(failure, FilterNotImplementedError):
        return aws_error_response(call, 400, invalid_code(call.service), _filter_message(failure))
    if isinstance(failure, NotImplementedError):
        message = f"The twin does not support {call.label}."
        return aws_error_response(call, 501, "NotImplemented", message)
    known = _KNOWN.get((call.operation or "", type(failure)))
    if known is not None:
        status = 404 if call.service == "iam" else 400
        return aws_error_response(call, status, *known)
    message = (
        f"A value is missing or unknown: the twin can't answer {call.label} with these parameters "
        f"({type(failure).__name__}: {failure})."
    )
    return aws_error_response(call, 400, invalid_code(call.service), message)


def _filter_message(failure: FilterNotImplementedError) -> str:
    """Without the end of moto's text, "... has not been implemented in Moto yet. ..."."""
    return f"{failure}".partition(" has not been")[0] + " is invalid."
