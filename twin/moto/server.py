"""moto as a function from an AWS call to its response, without a network.

Runs on the event loop, one call at a time, since moto has no locks. Each call gets its Region in
the host name, because moto trusts the URL before the signature. Calls whose data plane is elsewhere
(Lambda's Invoke, DynamoDB) are rejected with a message, and so are calls in a protocol that moto
does not support.
"""

import io
import logging
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from twin.moto.calls.aws_call import AwsCall, AwsResponse, aws_error_response
from twin.moto.calls.failure_answers import answer_failure
from twin.moto.lambda_.names import use_plain_function_name
from twin.moto.patches.request_reading import OPERATION

log = logging.getLogger(__name__)

_DROPPED_RESPONSE_HEADERS = frozenset(
    {"connection", "content-length", "transfer-encoding", "keep-alive", "date", "server"}
)
_DROPPED_HEADERS = frozenset({"host", "content-length", "content-encoding", "user-agent", "expect"})
"""Request headers that moto must not get: it would take the Region from the user agent, and
decompress the body again."""


class _Dispatcher(DomainDispatcherApplication):
    """Takes each call's service from its host alone.

    moto would look at the path first, which may name its own administration and the metadata of an
    instance, and at the Authorization header next: a presigned URL, which has none, would be a call
    of S3. Callers are judged by the service that they have signed for.

    Caches the service of each host: moto searches its folder on disk at every call.
    """

    def __init__(self) -> None:
        super().__init__(create_backend_app)
        self._backends: dict[str | None, Any] = {}

    def infer_service_region_host(self, environ: dict[str, Any], path: str) -> str | None:
        del path
        host: str = environ["HTTP_HOST"]
        return host

    def get_application(self, environ: dict[str, Any]) -> Any:
        return super().get_application({**environ, "PATH_INFO": "/"})

    def get_backend_for_host(self, host: str | None) -> Any:
        if host not in self._backends:
            self._backends[host] = super().get_backend_for_host(host)
        return self._backends[host]


class MotoServer:
    """moto's WSGI applications, one for each service, created at its first call."""

    def __init__(self) -> None:
        self._application = _Dispatcher()

    def handle(self, call: AwsCall) -> AwsResponse:
        """Answer the call; an exception inside moto becomes an error that SDKs don't retry."""
        named = use_plain_function_name(call)
        if isinstance(named, AwsResponse):
            return named
        try:
            response = self._run(named)
        except Exception as exc:  # noqa: BLE001 - moto raises anything for values that it lacks
            log.warning("moto can't answer %s: %s: %s", call.label, type(exc).__name__, exc)
            return answer_failure(call, exc)
        if 300 <= response.status < 400 or response.is_page:  # werkzeug's, for an unknown path
            return aws_error_response(
                call, 404, "UnknownOperationException", f"No operation has the path {call.path}."
            )
        return response

    def _run(self, call: AwsCall) -> AwsResponse:
        response: dict[str, Any] = {}

        def start_response(status: str, headers: list[tuple[str, str]], *_: object) -> None:
            response["status"] = int(status.split(" ", 1)[0])
            response["headers"] = headers

        chunks: Iterable[bytes] = self._application(wsgi_environ(call), start_response)
        try:
            body = b"".join(chunks)
        finally:
            if hasattr(chunks, "close"):
                chunks.close()
        kept = tuple(
            (k, v) for k, v in response["headers"] if k.lower() not in _DROPPED_RESPONSE_HEADERS
        )
        return AwsResponse(status=response["status"], headers=kept, body=body)


def wsgi_environ(call: AwsCall) -> dict[str, Any]:
    """The WSGI environment of a call."""
    host = f"{call.service or 'localhost'}.{call.region or 'us-east-1'}.amazonaws.com"
    values: dict[str, Any] = {
        "REQUEST_METHOD": call.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(call.path, "latin-1"),
        "QUERY_STRING": call.query,
        "RAW_URI": call.url,
        "REQUEST_URI": call.url,
        "SERVER_NAME": host,
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": host,
        "CONTENT_LENGTH": str(len(call.body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(call.body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        OPERATION: call.operation or "",
    }
    for name, value in call.headers.items():
        if name == "content-type":
            values["CONTENT_TYPE"] = value
        elif name not in _DROPPED_HEADERS:
            values[f"HTTP_{name.upper().replace('-', '_')}"] = value
    return values
