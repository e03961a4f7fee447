"""Settings of access logs, for stages of both APIs.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
"""

import re

from twin.control.apigateway.errors import bad_request, unserved
from twin.control.apigateway.limits import LOG_FORMAT_BYTES

_LOG_GROUP = re.compile(r"arn:aws[\w-]*:logs:(?P<region>[\w-]+):\d{12}:log-group:(?P<name>[^:*]+)")
_IDS = ("$context.requestId", "$context.extendedRequestId")


def check_destination(arn: str, region: str) -> str:
    """The ARN as API Gateway shows it. Raises CallRefused."""
    if ":firehose:" in arn:
        raise unserved("access logs to Amazon Data Firehose (DestinationArn)")
    found = _LOG_GROUP.fullmatch(arn.removesuffix(":*"))
    if found is None or found["region"] != region:
        raise bad_request(
            f"Invalid ARN specified in the request: {arn}. It must name a log group in {region}."
        )
    return arn.removesuffix(":*")


def check_format(text: str) -> str:
    """One line that names the request. Raises CallRefused."""
    if "\n" in text.rstrip("\n") or not any(name in text for name in _IDS):
        raise bad_request(
            "Access Log format must be single line, new line character is allowed only at end of "
            f"the format, and it must contain {_IDS[0]} or {_IDS[1]}."
        )
    if len(text.encode(errors="replace")) > LOG_FORMAT_BYTES:
        raise bad_request(f"Access Log format must have at most {LOG_FORMAT_BYTES} bytes.")
    return text


def log_group_name(arn: str) -> str:
    """Of a checked destination; empty for none."""
    found = _LOG_GROUP.fullmatch(arn)
    return found["name"] if found else ""
