"""How Lambda's API may name a function: name, partial ARN or ARN, each with a qualifier or without.

moto reads some of them, each operation others. So each call gets the plain name, and the qualifier
as its parameter, before moto sees it.
https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html#API_GetFunction_RequestParameters
"""

import re
from dataclasses import replace
from urllib.parse import parse_qs, quote, unquote, urlencode

from twin.core.lambda_.functions import (
    check_same_qualifier,
    describe_other_region,
    parse_function_name,
)
from twin.moto.calls.aws_call import AwsCall, AwsResponse, aws_error_response

_FUNCTION_PATH = re.compile(r"(?P<start>/\d{4}-\d\d-\d\d/functions/)(?P<name>[^/]+)(?P<rest>.*)")
_WITHOUT_QUALIFIER = ("/aliases", "/versions", "/concurrency", "/code-signing-config", "/code")
"""Ends of the paths of operations that have no parameter Qualifier."""


def use_plain_function_name(call: AwsCall) -> AwsCall | AwsResponse:
    """The call with the plain name; an error response for a name that can't be meant here."""
    found = _FUNCTION_PATH.fullmatch(call.path)
    if call.service != "lambda" or found is None:
        return call
    text = unquote(found["name"])
    named = parse_function_name(text)
    if named is None or named.name == text:
        return call
    if named.region not in ("", call.region):
        return aws_error_response(
            call,
            404,
            "ResourceNotFoundException",
            describe_other_region(named.region, call.region or ""),
        )
    query = parse_qs(call.query, keep_blank_values=True)
    given = query.get("Qualifier", [""])[0]
    if problem := check_same_qualifier(named.qualifier, given):
        return aws_error_response(call, 400, "InvalidParameterValueException", problem)
    if named.qualifier and not found["rest"].startswith(_WITHOUT_QUALIFIER):
        query["Qualifier"] = [named.qualifier]
    path = f"{found['start']}{quote(named.name, safe='')}{found['rest']}"
    return replace(call, url=f"{path}?{urlencode(query, doseq=True)}".removesuffix("?"))
