"""HTTP API of control: `/_twin/...` for the other processes, AWS calls on every other path."""

import zlib
from dataclasses import replace

from aiohttp import web

from twin.control.journal.journaled_services import fail_to_save
from twin.control.metrics.metric_checks import MetricChecks
from twin.control.service import ControlService
from twin.control.topology_publisher import TopologyPublisher
from twin.internal_api.aws_errors import lower_headers
from twin.internal_api.request_memory import MAX_CALL_BYTES
from twin.internal_api.schemas import MetricCheckStates
from twin.internal_api.server import json_response, json_text_response
from twin.moto.calls.aws_call import (
    AwsCall,
    AwsResponse,
    MalformedRequest,
    aws_error_response,
)
from twin.moto.calls.rpc_cbor import malformed_response, to_cbor_response, to_json_call

LONG_POLL_S = 20.0
MAX_LAMBDA_BODY_BYTES = 70_167_211
"""A zip of 50 MB in base64; https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
MAX_BODY_BYTES = 2 * 1024 * 1024
"""Control answers one call at a time, and reads this in less than a second. The largest call of the
other services is PutLogEvents with 1 MiB of messages:
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html"""
MAX_XML_TAGS = 100_000
"""Of a call of Route 53: a thousand changes, the most of one call, have a fifth of it."""
MAX_FORM_FIELDS = 10_000
"""Of a call of the query protocol; so many take about a second."""
MAX_FORM_ESCAPES = 200_000
"""The same, of signs that are written as %41; a dashboard of half a megabyte has so many."""


def build_application(
    control: ControlService, publisher: TopologyPublisher, metric_checks: MetricChecks
) -> web.Application:
    """All of control's routes (twin.internal_api.schemas describes the internal ones)."""

    async def get_status(_: web.Request) -> web.Response:
        return json_response(control.status())

    async def get_topology(request: web.Request) -> web.Response:
        try:
            after = int(request.query.get("after", "0"))
        except ValueError:
            text = f"after '{request.query['after']}': not a number"
            return web.Response(status=400, text=text)
        publisher.acknowledge(request.query.get("role", "unnamed"), after)
        newer = await publisher.wait_for_newer(after, LONG_POLL_S)
        return web.Response(status=204) if newer is None else json_text_response(publisher.text)

    async def get_metric_checks(_: web.Request) -> web.Response:
        states = {id_: str(state) for id_, state in metric_checks.states().items()}
        return json_response(MetricCheckStates(states=states))

    async def answer_aws_call(request: web.Request) -> web.Response:
        received = await _read_call(request)
        try:
            call = decompress_call(received)
            response = reject_large_call(call) or await _answer(control, call, received)
        except MalformedRequest as exc:
            response = malformed_response(received, exc)
        except OSError as exc:
            response = fail_to_save(received, exc)
        return web.Response(
            status=response.status, headers=list(response.headers), body=response.body
        )

    app = web.Application(client_max_size=MAX_CALL_BYTES)
    app.router.add_get("/_twin/status", get_status)
    app.router.add_get("/_twin/topology", get_topology)
    app.router.add_get("/_twin/metric_checks", get_metric_checks)
    app.router.add_route("*", "/{path:.*}", answer_aws_call)
    return app


async def _answer(control: ControlService, call: AwsCall, received: AwsCall) -> AwsResponse:
    """Raises MalformedRequest."""
    if not call.is_cbor:
        return await control.answer(call, received)
    return to_cbor_response(call, await control.answer(to_json_call(call), received))


def decompress_call(call: AwsCall) -> AwsCall:
    """The call without its compression, which its signature includes. Raises MalformedRequest.

    SDKs compress large requests: https://docs.aws.amazon.com/sdkref/latest/guide/feature-compression.html
    """
    encoding = call.headers.get("content-encoding", "")
    if encoding != "gzip":
        return call
    decompressor = zlib.decompressobj(wbits=31)
    try:
        body = decompressor.decompress(call.body, _max_body_bytes(call) + 1)
    except zlib.error as exc:
        raise MalformedRequest(f"the body is no gzip: {exc}") from exc
    if not decompressor.eof and len(body) <= _max_body_bytes(call):
        raise MalformedRequest("the body is a gzip that is cut short")
    return replace(call, body=body)


def reject_large_call(call: AwsCall) -> AwsResponse | None:
    """The error response to a call that would hold up all others for seconds."""
    limit = _max_body_bytes(call)
    if len(call.body) > limit:
        code = "RequestEntityTooLarge" + ("Exception" if call.service == "lambda" else "")
        return aws_error_response(call, 413, code, f"Request must be smaller than {limit} bytes")
    elements = call.body.count(b"<") if call.service == "route53" else 0
    if elements > MAX_XML_TAGS:
        message = f"The request has {elements} XML tags; the twin takes up to {MAX_XML_TAGS}."
        return aws_error_response(call, 413, "RequestEntityTooLarge", message)
    return _reject_large_form(call) if call.is_form else None


def _reject_large_form(call: AwsCall) -> AwsResponse | None:
    for count, limit, noun in (
        (call.body.count(b"&") + 1, MAX_FORM_FIELDS, "parameters"),
        (call.body.count(b"%"), MAX_FORM_ESCAPES, "escaped signs"),
    ):
        if count > limit:
            message = f"The request has {count} {noun}; the twin takes up to {limit}."
            return aws_error_response(call, 413, "RequestEntityTooLarge", message)
    return None


def _max_body_bytes(call: AwsCall) -> int:
    return MAX_LAMBDA_BODY_BYTES if call.service == "lambda" else MAX_BODY_BYTES


async def _read_call(request: web.Request) -> AwsCall:
    return AwsCall(
        method=request.method,
        url=request.raw_path,
        headers=lower_headers(request),
        body=await request.read(),
    )
