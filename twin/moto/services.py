"""The AWS services that moto emulates for control: patched, deterministic, behind one class.

One instance a process, since moto keeps its state in module globals.

moto as a function from an AWS call to its response, without a network.

Runs on the event loop, one call at a time, since moto has no locks. Each call gets its Region in
the host name, because moto trusts the URL before the signature. Calls whose data plane is elsewhere
(Lambda's Invoke, DynamoDB) are rejected with a message, and so are calls in a protocol that moto
does not support.
"""

import io
import logging
import os
import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote, urlsplit

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from common.clock import Clock
from twin.moto.aws_call import AwsCall, AwsResponse, aws_error_response
from twin.topology.model import RegionTopology

log = logging.getLogger(__name__)

_INVOKE = re.compile(
    r"/20\d\d-\d\d-\d\d/functions/[^/]+/(invocations|response-streaming-invocations)"
)
_DROPPED_RESPONSE_HEADERS = frozenset(
    {"connection", "content-length", "transfer-encoding", "keep-alive", "date", "server"}
)
_DROPPED_HEADERS = frozenset({"host", "content-length", "content-encoding", "user-agent", "expect"})
"""Request headers that moto must not get: it would take the Region from the user agent, and
decompress the body again."""


class _Dispatcher(DomainDispatcherApplication):
    """Caches the service of each host: moto searches its folder on disk at every call."""

    def __init__(self) -> None:
        super().__init__(create_backend_app)
        self._backends: dict[str | None, Any] = {}

    def get_backend_for_host(self, host: str | None) -> Any:
        if host not in self._backends:
            self._backends[host] = super().get_backend_for_host(host)
        return self._backends[host]


class MotoServer:
    """moto's WSGI applications, one for each service, created at its first call."""

    def __init__(self) -> None:
        self._application = _Dispatcher()

    def handle(self, call: AwsCall) -> AwsResponse:
        """Answer the call; an exception inside moto becomes a 500 response."""
        rejection = _reject(call)
        if rejection is not None:
            return rejection
        try:
            return self._run(call)
        except NotImplementedError as exc:
            log.warning("%s is not implemented: %s", call.label, exc)
            return aws_error_response(
                call, 501, "NotImplemented", f"The twin does not support {call.label}."
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
        kept = tuple(
            (k, v) for k, v in response["headers"] if k.lower() not in _DROPPED_RESPONSE_HEADERS
        )
        return AwsResponse(status=response["status"], headers=kept, body=body)


def wsgi_environ(call: AwsCall) -> dict[str, Any]:
    """The WSGI environment of a call."""
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
        elif name not in _DROPPED_HEADERS:
            values[f"HTTP_{name.upper().replace('-', '_')}"] = value
    return values


def _reject(call: AwsCall) -> AwsResponse | None:
    """The error response to a call that control can't answer; None for the others."""
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


# moto reads these when it is imported or called.
_ENVIRONMENT = {
    # https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    "MOTO_LAMBDA_CONCURRENCY_QUOTA": "1000",
    "MOTO_ACM_VALIDATION_WAIT": "0",  # a certificate is issued at once, no DNS is looked at
    "MOTO_DISABLE_GLOBAL_CORS": "true",
}


class MotoServices:
    """The control planes of AWS, without Global Accelerator and DynamoDB."""

    def __init__(
        self,
        *,
        account: str,
        addresses: Callable[[str, int], str],
        clock: Clock,
        created_at: float,
        speed: float = 1.0,
    ) -> None:
        """Load and patch moto, which takes about a second.

        `addresses`: from the Region and number of a load balancer to its IP address. `created_at`:
        creation time of the call journal in seconds since 1970, the seed of all generated ids.
        `speed` divides the time between two datapoints of a metric.
        """
        os.environ |= _ENVIRONMENT | {"MOTO_ACCOUNT_ID": account}
        # These import moto, which reads the environment.
        from twin.moto.patches import (  # noqa: PLC0415
            accounts,
            cloudwatch,
            cloudwatch_alarms,
            determinism,
            elbv2,
            lambda_,
            targets,
        )

        self._account = account
        self._determinism = determinism.Determinism(clock, created_at)
        self._determinism.install()
        self.target_reports = targets.TargetHealthReports()
        self.metrics = cloudwatch.MetricStores(speed)
        self.alarms = cloudwatch_alarms.MotoAlarms(account)
        accounts.patch_caller_identity()
        accounts.patch_account_settings()
        cloudwatch.patch_metrics(self.metrics)
        cloudwatch_alarms.patch_alarms()
        elbv2.patch_elbv2(addresses)
        lambda_.patch_lambda()
        targets.patch_targets(self.target_reports)
        self._server = MotoServer()

    def read(self, call: AwsCall) -> AwsResponse:
        """Answer a call that changes no configuration."""
        return self._server.handle(call)

    def change(self, call: AwsCall, number: int, at: float) -> AwsResponse:
        """Answer call `number` of the journal, made at `at`.

        The response is the same whenever the same calls came before it.
        """
        with self._determinism.request(number, at):
            return self._server.handle(call)

    def region_topologies(self) -> dict[str, RegionTopology]:
        """Load balancers, target groups and functions by Region."""
        from twin.moto.topology_reader import read_region_topologies  # noqa: PLC0415 - as above

        return read_region_topologies(self._account)

    def code_archives(self) -> dict[str, bytes]:
        """The zips of all function versions, by hexadecimal SHA-256."""
        from twin.moto.topology_reader import read_code_archives  # noqa: PLC0415 - as above

        return read_code_archives(self._account)
