"""Where moto finds the operation of a call, and the parameters of it.

moto looks for both in whatever it can take for a form: a body in JSON in which a text has an `&`,
the parts of a multipart body, the query of a JSON protocol, the headers. A call would be judged and
journaled as one operation, and done as another one; a line of a log with `&Action=` in it would be
lost. Here the operation is the one that the twin has read, and parameters are where the service's
protocol has them.
https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from moto.core.responses import BaseResponse
from moto.core.utils import get_service_model

from twin.moto.patches.patching import replace_method

OPERATION = "twin.operation"
"""Variable of the WSGI environment: the operation that the call names; empty with REST."""


def patch_request_reading() -> None:
    replace_method(BaseResponse, "_get_action", _get_action)
    replace_method(BaseResponse, "setup_class", _setup_class)


def _get_action(_original: Any) -> Callable[[Any], str | None]:
    def get_action(self: Any) -> str | None:
        request = self.normalized_request
        named: str | None = request.environ.get(OPERATION)
        return named or self._get_action_from_method_and_request_uri(request)

    return get_action


def _setup_class(original: Any) -> Callable[..., None]:
    def setup_class(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        if self.automated_parameter_parsing:
            return  # by the model of the operation, as the twin reads them
        is_rpc = get_service_model(self.boto3_service_name).protocol == "json"
        found = {} if is_rpc else parse_qs(self.parsed_url.query, keep_blank_values=True)
        self.querystring = self.data = found

    return setup_class
