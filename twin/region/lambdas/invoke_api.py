"""Lambda's Invoke API over HTTP, the only data-plane call of Lambda.

Callers are not authorized, because the twin has no identities.
https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

import base64
import json
import re
from dataclasses import dataclass
from urllib.parse import unquote

from aiohttp import web

from twin.core.http.strict_json import parse_json
from twin.core.lambda_.functions import (
    LATEST,
    check_same_qualifier,
    choose_version,
    describe_other_region,
    parse_function_name,
)
from twin.region.ids import IdGenerator
from twin.region.lambdas.async_events import AsyncEvents
from twin.region.lambdas.functions import HostedFunction, HostedFunctions
from twin.region.lambdas.invocation import (
    CodeUnusable,
    FunctionNotFound,
    InvocationResult,
    InvokeError,
    Throttled,
)
from twin.runtime.instance import ACCOUNT

NAME_PATTERN = (
    r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?"
    r"(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?"
)
"""As Lambda's message quotes it."""
_TRACE_ROOT = re.compile(r"1-[0-9a-f]{8}-[0-9a-f]{24}")
MAX_EVENT_BYTES = 6 * 1024 * 1024
MAX_ASYNC_EVENT_BYTES = 1024 * 1024
"""https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""


class InvokeErrorResponse(Exception):
    """An error response of the API; `code` is AWS's name of the error."""

    def __init__(self, status: int, code: str, message: str, **fields: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.document = {"Type": "User", "message": message, "Message": message, **fields}


@dataclass(frozen=True, slots=True, kw_only=True)
class InvokeApi:
    region: str
    functions: HostedFunctions
    ids: IdGenerator
    events: AsyncEvents

    def add_routes(self, app: web.Application) -> None:
        app.router.add_post("/2015-03-31/functions/{name}/invocations", self._handle)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        request_id = self.ids.request_id()
        try:
            response = await self._invoke(request, request_id)
        except (InvokeErrorResponse, InvokeError) as exc:
            error = exc if isinstance(exc, InvokeErrorResponse) else _error_response(exc)
            response = web.json_response(
                error.document, status=error.status, headers={"X-Amzn-ErrorType": error.code}
            )
        response.headers["X-Amzn-RequestId"] = request_id
        return response

    async def _invoke(self, request: web.Request, request_id: str) -> web.Response:
        function, qualifier = self._find_function(request)
        kind = request.headers.get("X-Amz-Invocation-Type", "RequestResponse")
        event = await _read_event(request, asynchronous=kind == "Event")
        draw = self.ids.draw()
        if kind == "DryRun":
            _check_exists(function, qualifier)
            return web.Response(status=204)
        if kind == "Event":
            _check_exists(function, qualifier)
            self.events.accept(function, qualifier, event)
            return web.Response(status=202)
        if kind != "RequestResponse":
            raise InvokeErrorResponse(
                400,
                "ValidationException",
                f"1 validation error detected: Value '{kind}' at 'invocationType' failed to satisfy"
                " constraint: Member must satisfy enum value set: [Event, RequestResponse, DryRun]",
            )
        trace_root = _trace_root(request) or self.ids.trace_id()
        result = await function.submit(
            qualifier,
            event,
            trace_root=trace_root,
            client_context=_client_context(request),
            draw=draw,
            request_id=request_id,
        )
        response = _build_response(result, with_log=request.headers.get("X-Amz-Log-Type") == "Tail")
        response.headers["X-Amzn-Trace-Id"] = f"Root={trace_root};Sampled=0"
        return response

    def _find_function(self, request: web.Request) -> tuple[HostedFunction, str]:
        text = unquote(request.match_info["name"])
        named = parse_function_name(text)
        if named is None:
            raise InvokeErrorResponse(
                400,
                "ValidationException",
                f"1 validation error detected: Value '{text}' at 'functionName' failed to satisfy"
                f" constraint: Member must satisfy regular expression pattern: {NAME_PATTERN}",
            )
        if named.region not in ("", self.region):
            raise FunctionNotFound(describe_other_region(named.region, self.region))
        qualifier = request.query.get("Qualifier", "")
        if problem := check_same_qualifier(named.qualifier, qualifier):
            raise InvokeErrorResponse(400, "InvalidParameterValueException", problem)
        function = self.functions.get(named.name)
        if function is None:
            arn = f"arn:aws:lambda:{self.region}:{ACCOUNT}:function:{named.name}"
            raise FunctionNotFound(f"Function not found: {arn}")
        return function, qualifier or named.qualifier


def _check_exists(function: HostedFunction, qualifier: str) -> None:
    if choose_version(function.config, qualifier, 0.0) is None:
        raise FunctionNotFound(f"Function not found: {function.arn(qualifier or LATEST)}")


async def _read_event(request: web.Request, *, asynchronous: bool) -> bytes:
    """The request's body; an empty one is `{}`, as in Lambda."""
    limit = MAX_ASYNC_EVENT_BYTES if asynchronous else MAX_EVENT_BYTES
    event = await request.read()
    if len(event) > limit:
        raise InvokeErrorResponse(
            413,
            "RequestTooLargeException",
            f"Request must be smaller than {limit} bytes for the InvokeFunction operation",
        )
    if not event:
        return b"{}"
    try:
        read_json(event)
    except ValueError as exc:
        raise InvokeErrorResponse(
            400,
            "InvalidRequestContentException",
            f"Could not parse request body into json: {exc}",
        ) from exc
    return event


def read_json(text: bytes) -> object:
    """The value of JSON in UTF-8, its numbers as texts. Raises ValueError."""
    return parse_json(text.decode("utf-8-sig"), parse_number=str)


def _trace_root(request: web.Request) -> str:
    """The root of the caller's trace; empty without one."""
    fields = request.headers.get("X-Amzn-Trace-Id", "").split(";")
    roots = [field.removeprefix("Root=") for field in fields if field.startswith("Root=")]
    return roots[0] if roots and _TRACE_ROOT.fullmatch(roots[0]) else ""


def _client_context(request: web.Request) -> str:
    """The caller's context, decoded from base64, as JSON on one line."""
    encoded = request.headers.get("X-Amz-Client-Context", "")
    if not encoded:
        return ""
    try:
        context = base64.b64decode(encoded, validate=True)
        read_json(context)
        return json.dumps(json.loads(context))
    except ValueError as exc:
        raise InvokeErrorResponse(
            400,
            "InvalidRequestContentException",
            f"Client context must be a valid Base64-encoded JSON object: {exc}",
        ) from exc


def _build_response(result: InvocationResult, *, with_log: bool) -> web.Response:
    headers = {"X-Amz-Executed-Version": result.version}
    if result.function_error:
        headers["X-Amz-Function-Error"] = result.function_error
    if with_log:
        headers["X-Amz-Log-Result"] = base64.b64encode(result.log_tail).decode("ascii")
    return web.Response(body=result.payload, headers=headers, content_type="application/json")


def _error_response(error: InvokeError) -> InvokeErrorResponse:
    """AWS's code and status for the error."""
    match error:
        case Throttled():
            return InvokeErrorResponse(
                429, "TooManyRequestsException", str(error), Reason=error.reason.value
            )
        case FunctionNotFound():
            return InvokeErrorResponse(404, "ResourceNotFoundException", str(error))
        case CodeUnusable():
            return InvokeErrorResponse(502, "InvalidZipFileException", str(error))
    return InvokeErrorResponse(500, "ServiceException", str(error))
