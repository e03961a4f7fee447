"""Lambda's Invoke API, the one call of Lambda's that is a data plane.

Reads and answers HTTP as AWS does; who may call is not asked, since the twin has no identities.
https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

import base64
import json
import logging
from dataclasses import dataclass
from urllib.parse import unquote

from aiohttp import web

from common.clock import Clock
from twin.core.functions import LATEST, choose_version, parse_function_name
from twin.region.ids import IdGenerator
from twin.region.lambdas.async_retry import invoke_with_retries
from twin.region.lambdas.functions import HostedFunction, HostedFunctions
from twin.region.lambdas.invocation import (
    CodeUnusable,
    FunctionNotFound,
    InvocationResult,
    InvokeError,
    Throttled,
)
from twin.region.lambdas.pool import Spawn
from twin.runtime.instance import ACCOUNT
from twin.settings import TwinSettings

log = logging.getLogger(__name__)

LARGEST_EVENT = 6 * 1024 * 1024
LARGEST_ASYNC_EVENT = 1024 * 1024
"""Bytes: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""


class InvokeErrorResponse(Exception):
    """An error answer of the API."""

    def __init__(self, status: int, code: str, message: str, **more: str) -> None:
        """`code` is AWS's name of the error."""
        super().__init__(message)
        self.status = status
        self.code = code
        self.document = {"Type": "User", "message": message, "Message": message, **more}


@dataclass(frozen=True, slots=True, kw_only=True)
class InvokeApi:
    """The routes, and what they need."""

    region: str
    functions: HostedFunctions
    ids: IdGenerator
    clock: Clock
    settings: TwinSettings
    spawn: Spawn

    def add_routes(self, app: web.Application) -> None:
        """Serve Invoke."""
        app.router.add_post("/2015-03-31/functions/{name}/invocations", self._handle)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        request_id = self.ids.request_id()
        try:
            response = await self._invoke(request, request_id)
        except InvokeErrorResponse as exc:
            response = web.json_response(
                exc.document, status=exc.status, headers={"X-Amzn-ErrorType": exc.code}
            )
        except InvokeError as exc:
            refusal = _refusal(exc)
            response = web.json_response(
                refusal.document, status=refusal.status, headers={"X-Amzn-ErrorType": refusal.code}
            )
        response.headers["X-Amzn-RequestId"] = request_id
        return response

    async def _invoke(self, request: web.Request, request_id: str) -> web.Response:
        live, qualifier = self._find(request)
        kind = request.headers.get("X-Amz-Invocation-Type", "RequestResponse")
        event = await _event(request, asynchronous=kind == "Event")
        draw = self.ids.draw()
        if kind == "DryRun":
            _must_exist(live, qualifier)
            return web.Response(status=204)
        if kind == "Event":
            _must_exist(live, qualifier)
            self.spawn(self._run_later(live, qualifier, event))
            return web.Response(status=202)
        if kind != "RequestResponse":
            raise InvokeErrorResponse(
                400, "InvalidParameterValueException", f"'{kind}' is no InvocationType"
            )
        outcome = await live.submit(
            qualifier,
            event,
            client_context=_client_context(request),
            draw=draw,
            request_id=request_id,
        )
        return _answer(outcome, with_log=request.headers.get("X-Amz-Log-Type") == "Tail")

    def _find(self, request: web.Request) -> tuple[HostedFunction, str]:
        text = unquote(request.match_info["name"])
        named = parse_function_name(text)
        if named is None or named.region not in ("", self.region):
            raise InvokeErrorResponse(
                400,
                "InvalidParameterValueException",
                f"'{text}' is no function of {self.region}",
            )
        asked = request.query.get("Qualifier", "")
        if asked and named.qualifier and asked != named.qualifier:
            raise InvokeErrorResponse(
                400,
                "InvalidParameterValueException",
                "The derived qualifier from the function name does not match the specified "
                "qualifier.",
            )
        live = self.functions.get(named.name)
        if live is None:
            arn = f"arn:aws:lambda:{self.region}:{ACCOUNT}:function:{named.name}"
            raise FunctionNotFound(f"Function not found: {arn}")
        return live, asked or named.qualifier

    async def _run_later(self, live: HostedFunction, qualifier: str, event: bytes) -> None:
        async def invoke() -> InvocationResult:
            return await live.submit(qualifier, event, draw=self.ids.draw())

        await invoke_with_retries(live.function.name, invoke, self.clock, self.settings.scaled)


def _must_exist(live: HostedFunction, qualifier: str) -> None:
    if choose_version(live.function, qualifier, 0.0) is None:
        raise FunctionNotFound(f"Function not found: {live.arn(qualifier or LATEST)}")


async def _event(request: web.Request, *, asynchronous: bool) -> bytes:
    """The event. An empty one is `{}`, as Lambda's own default."""
    limit = LARGEST_ASYNC_EVENT if asynchronous else LARGEST_EVENT
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
        json.loads(event)
    except ValueError as exc:
        raise InvokeErrorResponse(
            400,
            "InvalidRequestContentException",
            f"Could not parse request body into json: {exc}",
        ) from exc
    return event


def _client_context(request: web.Request) -> str:
    """The caller's context as JSON on one line; it comes as base64."""
    sent = request.headers.get("X-Amz-Client-Context", "")
    if not sent:
        return ""
    try:
        return json.dumps(json.loads(base64.b64decode(sent, validate=True)))
    except ValueError as exc:
        raise InvokeErrorResponse(
            400,
            "InvalidRequestContentException",
            f"Client context must be a valid Base64-encoded JSON object: {exc}",
        ) from exc


def _answer(outcome: InvocationResult, *, with_log: bool) -> web.Response:
    headers = {"X-Amz-Executed-Version": outcome.version}
    if outcome.function_error:
        headers["X-Amz-Function-Error"] = outcome.function_error
    if with_log:
        headers["X-Amz-Log-Result"] = base64.b64encode(outcome.log_tail).decode("ascii")
    return web.Response(body=outcome.payload, headers=headers, content_type="application/json")


def _refusal(error: InvokeError) -> InvokeErrorResponse:
    """AWS's name and status for what stands in the way."""
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
