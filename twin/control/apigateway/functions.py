"""ARNs of functions in integrations: plain, or as the path of Lambda's Invoke.

https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-integrations.html
https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegration.html
"""

import re
from collections.abc import Mapping

from twin.control.apigateway.errors import bad_request

_INVOKE_PATH = re.compile(
    r"arn:aws[\w-]*:apigateway:(?P<region>[\w-]+):lambda:path/2015-03-31/functions/"
    r"(?P<function>.+)/invocations"
)
_VARIABLE = re.compile(r"\$\{stageVariables\.(\w+)\}")
_FUNCTION = re.compile(
    r"arn:aws[\w-]*:lambda:[\w-]+:\d{12}:function:[\w-]{1,140}(:(\$LATEST|[\w-]{1,128}))?"
)


def read_function_arn(uri: str) -> str:
    """The function that an integration's URI names, with its qualifier. Raises CallRefused."""
    path = _INVOKE_PATH.fullmatch(uri)
    arn = path["function"] if path else uri
    # A variable may be the whole name, or stand for the qualifier; any word shows the form.
    if not _FUNCTION.fullmatch(_VARIABLE.sub("variable", arn)):
        raise bad_request(f"Invalid function ARN or invalid uri: {uri}")
    return arn


def read_invocation_uri(uri: str) -> str:
    """The function of a REST API's integration, which is named by a path. Raises CallRefused."""
    if not uri.startswith("arn:"):
        raise bad_request("Invalid ARN specified in the request")
    if not _INVOKE_PATH.fullmatch(uri):
        raise bad_request("AWS ARN for integration must contain path or action")
    return read_function_arn(uri)


def fill_stage_variables(arn: str, variables: Mapping[str, str]) -> str:
    """The ARN with a stage's variables; a missing one leaves its place empty.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/stage-variables.html
    """
    return _VARIABLE.sub(lambda found: variables.get(found[1], ""), arn)
