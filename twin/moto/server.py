"""moto as one function: an AWS call in, its answer out.

Called on the event loop, one call at a time, since moto has no locks. Every call is handed over
with its Region in the host's name, because moto trusts the URL before the signature. Calls whose
data plane lives elsewhere (Lambda's Invoke, DynamoDB) are refused by name, and so are those of a
protocol that moto does not speak.
"""

import io
import logging
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote, urlsplit

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from twin.moto.aws_call import AwsCall, AwsResponse, aws_error_response

log = logging.getLogger(__name__)

_INVOKE = re.compile(
    r"/20\d\d-\d\d-\d\d/functions/[^/]+/(invocations|response-streaming-invocations)"
)
_HOP_BY_HOP = frozenset(
    {"connection", "content-length", "transfer-encoding", "keep-alive", "date", "server"}
)
_LEFT_OUT = frozenset({"host", "content-length", "content-encoding", "user-agent", "expect"})
"""Request headers that moto must not see: it would take the Region out of the user agent, and
decompress once more."""


class _Dispatcher(DomainDispatcherApplication):
    """Finds a host's service once: moto looks through its own folder on the disk at every call."""

    def __init__(self) -> None:
        super().__init__(create_backend_app)
        self._backends: dict[str | None, Any] = {}

    def get_backend_for_host(self, host: str | None) -> Any:
        """Which backend answers for a host, by its name alone."""
        if host not in self._backends:
            self._backends[host] = super().get_backend_for_host(host)
        return self._backends[host]


class MotoServer:
    """moto's WSGI applications, one a service, each made at its first call."""

    def __init__(self) -> None:
        """No service yet; each is made at its first call."""
        self._application = _Dispatcher()

    def handle(self, call: AwsCall) -> AwsResponse:
        """Answer the call; a fault of moto's own is an answer too."""
        refusal = _refusal(call)
        if refusal is not None:
            return refusal
        try:
            return self._run(call)
        except NotImplementedError as exc:
            log.warning("%s is not implemented: %s", call.label, exc)
            return aws_error_response(
                call, 501, "NotImplemented", f"The twin does not have {call.label}."
            )
        except Exception as exc:
            log.exception("%s failed inside moto", call.label)
            message = f"The twin failed at {call.label}: {type(exc).__name__}: {exc}"
            return aws_error_response(call, 500, "InternalFailure", message)

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
        kept = tuple((k, v) for k, v in response["headers"] if k.lower() not in _HOP_BY_HOP)
        return AwsResponse(status=response["status"], headers=kept, body=body)


def wsgi_environ(call: AwsCall) -> dict[str, Any]:
    """The WSGI environment that moto gets for a call."""
    parts = urlsplit(call.url)
    host = f"{call.service or 'localhost'}.{call.region or 'us-east-1'}.amazonaws.com"
    values: dict[str, Any] = {
        "REQUEST_METHOD": call.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(parts.path, "latin-1"),
        "QUERY_STRING": parts.query,
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
    }
    for name, value in call.headers.items():
        if name == "content-type":
            values["CONTENT_TYPE"] = value
        elif name not in _LEFT_OUT:
            values[f"HTTP_{name.upper().replace('-', '_')}"] = value
    return values


def _refusal(call: AwsCall) -> AwsResponse | None:
    """Calls that control can't answer, and why."""
    if call.is_cbor:
        message = (
            f"The twin does not speak the protocol rpc-v2-cbor ({call.label}): have the client use "
            "AWS JSON or the query protocol, as boto3 and the AWS CLI do."
        )
        return aws_error_response(call, 501, "NotImplemented", message)
    if call.method == "POST" and _INVOKE.fullmatch(call.path):
        message = "Control runs no functions: call Invoke through the gateway, without streaming."
        return aws_error_response(call, 400, "InvalidRequestContentException", message)
    if call.service == "dynamodb":
        message = "Control has no tables: call DynamoDB through the gateway."
        return aws_error_response(call, 400, "ValidationException", message)
    return None
