"""Lambda's settings of asynchronous invocations, by qualifier; moto keeps the first of a function.

https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html
"""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from moto.awslambda.exceptions import UnknownEventConfig
from moto.awslambda.responses import LambdaResponse
from moto.core.utils import unix_time

from twin.core.lambda_.functions import LATEST
from twin.moto.patches.patching import replace_method

Settings = dict[str, Any]
_SETTINGS = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")


def patch_lambda_events() -> None:
    for name, answer in (
        ("put_function_event_invoke_config", _put),
        ("update_function_event_invoke_config", _update),
        ("get_function_event_invoke_config", _get),
        ("delete_function_event_invoke_config", _delete),
        ("list_function_event_invoke_configs", _list),
    ):
        replace_method(LambdaResponse, name, _answering(answer))


def event_invoke_settings(function: Any) -> dict[str, Settings]:
    """Qualifier -> settings of a function; they may be changed."""
    settings: dict[str, Settings] = function.__dict__.setdefault("twin_event_invoke", {})
    return settings


def _answering(answer: Callable[[Any, str, str, Settings], Any]) -> Callable[[Any], Any]:
    """A method of moto's that calls `answer` with the function, ARN, qualifier and body."""

    def make(_original: Any) -> Any:
        def method(self: Any) -> Any:
            name = unquote(self.path.split("/functions/")[1].split("/")[0])
            qualifier = self.querystring.get("Qualifier", [LATEST])[0]
            function = self.backend.get_function(name)
            if qualifier != LATEST:
                self.backend.get_function(name, qualifier)  # raises if there is none
            body = json.loads(self.body) if self.body else {}
            return answer(function, f"{function.function_arn}:{qualifier}", qualifier, body)

        return method

    return make


def _put(function: Any, arn: str, qualifier: str, body: Settings) -> str:
    settings = {
        "FunctionArn": arn,
        "LastModified": unix_time(),
        "DestinationConfig": {"OnSuccess": {}, "OnFailure": {}},
        **{name: body[name] for name in _SETTINGS if name in body},
    }
    event_invoke_settings(function)[qualifier] = settings
    return json.dumps(settings)


def _update(function: Any, arn: str, qualifier: str, body: Settings) -> str:
    """https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionEventInvokeConfig.html"""
    return _put(function, arn, qualifier, _find(function, arn, qualifier) | body)


def _get(function: Any, arn: str, qualifier: str, _body: Settings) -> str:
    return json.dumps(_find(function, arn, qualifier))


def _delete(function: Any, arn: str, qualifier: str, _body: Settings) -> Any:
    _find(function, arn, qualifier)
    del event_invoke_settings(function)[qualifier]
    return 204, {"status": 204}, ""


def _list(function: Any, _arn: str, _qualifier: str, _body: Settings) -> str:
    found = [settings for _, settings in sorted(event_invoke_settings(function).items())]
    return json.dumps({"FunctionEventInvokeConfigs": found})


def _find(function: Any, arn: str, qualifier: str) -> Settings:
    settings = event_invoke_settings(function).get(qualifier)
    if settings is None:
        raise UnknownEventConfig(arn)
    return settings
