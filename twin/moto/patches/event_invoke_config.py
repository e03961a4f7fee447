"""Corrections of moto's settings of asynchronous invocations: a function has one of each.

moto appends each to the earlier ones, and shows the first.
"""

from collections.abc import Callable
from typing import Any

from moto.awslambda.models import LambdaBackend

from twin.moto.patches.patching import replace_method

Settings = dict[str, Any]


def patch_event_invoke_config() -> None:
    """Let the settings of a function be replaced and updated."""
    replace_method(LambdaBackend, "put_function_event_invoke_config", _put)
    replace_method(LambdaBackend, "update_function_event_invoke_config", _update)


def _put(original: Callable[..., Settings]) -> Callable[..., Settings]:
    """ "If any setting is not specified in the request, its current value is removed".

    https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html
    """

    def put(self: Any, function_name: str, config: Settings) -> Settings:
        response = original(self, function_name, config)
        function = self.get_function(function_name)
        function.event_invoke_config = function.event_invoke_config[-1:]
        return response

    return put


def _update(_original: Callable[..., Settings]) -> Callable[..., Settings]:
    """Keep what is not given; there must be settings to update.

    https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionEventInvokeConfig.html
    """

    def update(self: Any, function_name: str, config: Settings) -> Settings:
        self.get_function_event_invoke_config(function_name)
        (current,) = self.get_function(function_name).event_invoke_config
        merged: Settings = self.put_function_event_invoke_config(
            function_name, {**current.config, **config}
        )
        return merged

    return update
