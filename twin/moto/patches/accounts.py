"""Lambda's account settings.

moto lacks Lambda's GetAccountSettings. The limit is AWS's default of 1,000 concurrent executions;
a new account's may be lower:
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

import json
from typing import Any

from moto.awslambda import urls
from moto.awslambda.responses import LambdaResponse

from twin.moto.patches.patching import set_attribute

CONCURRENT_EXECUTIONS = 1000
CODE_SIZE_LIMITS = {
    "TotalCodeSize": 75 * 1024**3,
    "CodeSizeUnzipped": 250 * 1024**2,
    "CodeSizeZipped": 50 * 1024**2,
}


def patch_account_settings() -> None:
    """Add Lambda's GetAccountSettings."""
    # moto finds the method by the operation's name once the path leads to `dispatch`.
    urls.url_paths["{0}/(?P<api_version>[^/]+)/account-settings/?$"] = LambdaResponse.dispatch
    set_attribute(LambdaResponse, "get_account_settings", _get_account_settings)


def _get_account_settings(self: Any) -> tuple[int, dict[str, str], str]:
    """https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html"""
    functions = list(self.backend.list_functions())
    reserved = sum(int(function.reserved_concurrency or 0) for function in functions)
    document = {
        "AccountLimit": {
            **CODE_SIZE_LIMITS,
            "ConcurrentExecutions": CONCURRENT_EXECUTIONS,
            "UnreservedConcurrentExecutions": CONCURRENT_EXECUTIONS - reserved,
        },
        "AccountUsage": {
            "TotalCodeSize": sum(function.code_size for function in functions),
            "FunctionCount": len(functions),
        },
    }
    return 200, {}, json.dumps(document)
