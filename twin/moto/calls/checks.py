"""Rejects calls before moto gets them, so that a rejected call has changed nothing.

Rejected are: calls of operations that the twin does not serve, calls that can't be read, and calls
whose parameters break botocore's model of the operation. The error is in the call's own protocol,
with the code that the service uses for invalid input, and SDKs don't retry it.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import islice

from twin.core.http.error_response import NOT_IN_XML
from twin.moto.calls.aws_call import (
    AwsCall,
    AwsResponse,
    MalformedRequest,
    aws_error_response,
)
from twin.moto.calls.failure_answers import invalid_code
from twin.moto.calls.parameter_validation import describe_violations, find_violations
from twin.moto.calls.request_parser import (
    ParsedCall,
    UnknownApi,
    UnknownOperation,
    parse_call,
    service_key,
)
from twin.moto.calls.served_operations import SERVED, is_served
from twin.moto.patches.ec2.filters import TOO_MANY, exceeds_limits

DOCS = "docs/services.md"
"""Lists what the twin serves."""
MAX_VIOLATIONS = 100
"""In one message: a list may have a hundred thousand wrong members."""
_INVOKE = re.compile(r"/20\d\d-\d\d-\d\d/functions/[^/]+/invocations")
_EXCLUSIVE = {
    ("ec2", "GroupId", "GroupName"): (
        "InvalidParameterCombination",
        "The parameter groupName cannot be used with the parameter groupId",
    ),
    ("ec2", "AllocationId", "PublicIp"): (
        "InvalidParameterCombination",
        "You may specify public IP or allocation id, but not both in the same call",
    ),
    ("logs", "logGroupName", "logGroupIdentifier"): (
        "InvalidParameterException",
        "Exactly one of logGroupName and logGroupIdentifier must be given.",
    ),
}
"""Service and two parameters -> the error of a call with both. IAM judges it by the first one.
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html"""


def reject_call(call: AwsCall) -> AwsResponse | None:
    """The error response to a call that moto must not get; None for the others."""
    if call.method == "POST" and _INVOKE.fullmatch(call.path):
        message = "Control runs no functions: call Invoke through the gateway."
        return aws_error_response(call, 400, "InvalidRequestContentException", message)
    if call.service == "dynamodb":
        message = "Control has no tables: call DynamoDB through the gateway."
        return aws_error_response(call, 400, "ValidationException", message)
    checked = check_call(call)
    return checked if isinstance(checked, AwsResponse) else None


def check_call(call: AwsCall) -> ParsedCall | AwsResponse:
    """The call's operation and parameters, or the error response to a call that nothing serves."""
    try:
        parsed = parse_call(call)
    except UnknownApi as exc:
        return _reject_unserved(call, f"the API version {exc} of ")
    except UnknownOperation:
        return _reject_path(call) if _is_path_unknown(call) else _reject_unserved(call)
    except MalformedRequest as exc:
        return _reject_invalid(call, f"The request can't be read: {exc}")
    if not is_served(service_key(call), parsed.operation):
        return _reject_unserved(call)
    return _reject_parameters(call, parsed) or parsed


def _reject_parameters(call: AwsCall, parsed: ParsedCall) -> AwsResponse | None:
    problem = _find_problem(parsed)
    if problem:
        return _reject_invalid(call, problem)
    if call.service == "ec2" and exceeds_limits(parsed.parameters):
        return aws_error_response(call, 400, "FilterLimitExceeded", TOO_MANY)
    return _reject_two_names(call, parsed.parameters)


def _reject_two_names(call: AwsCall, given: Mapping[str, object]) -> AwsResponse | None:
    """The error response to a call that names one thing in two ways, by which moto takes either."""
    for (service, one, other), (code, message) in _EXCLUSIVE.items():
        if call.service == service and given.get(one) and given.get(other):
            return aws_error_response(call, 400, code, message)
    return None


def _reject_invalid(call: AwsCall, problem: str) -> AwsResponse:
    return aws_error_response(call, 400, invalid_code(service_key(call)), problem)


def _find_problem(parsed: ParsedCall) -> str | None:
    found = next(filter(None, map(NOT_IN_XML.search, _texts(parsed.parameters))), None)
    if found:
        return f"The request contains {found[0]!r}, which no response in XML could show."
    if parsed.input_shape is None:
        return None
    found_violations = find_violations(parsed.input_shape, parsed.parameters)
    violations = list(islice(found_violations, MAX_VIOLATIONS))
    return describe_violations(violations) if violations else None


def _texts(value: object) -> Iterator[str]:
    """All texts among parameters."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, member in value.items():
            yield str(name)
            yield from _texts(member)
    elif isinstance(value, list):
        for member in value:
            yield from _texts(member)


def _is_path_unknown(call: AwsCall) -> bool:
    """Whether the service is there, and its protocol names operations by paths."""
    return service_key(call) in SERVED and call.operation is None


def _reject_path(call: AwsCall) -> AwsResponse:
    """As for a name that is missing in the path: no operation has such a path."""
    message = f"No operation of {call.service} is {call.method} {call.path}."
    return aws_error_response(call, 404, "UnknownOperationException", message)


def _reject_unserved(call: AwsCall, part: str = "") -> AwsResponse:
    message = f"The twin does not serve {part}{call.label}; {DOCS} lists what it serves."
    return aws_error_response(call, 501, "NotImplemented", message)
