"""HTTP API of control: `/_twin/...` for the other processes, AWS calls on every other path."""

import zlib
from dataclasses import replace

from aiohttp import web

from twin.control.service import ControlService
from twin.control.topology_publisher import TopologyPublisher
from twin.internal_api.aws_errors import lower_headers
from twin.internal_api.server import json_response
from twin.moto.aws_call import AwsCall, AwsResponse, MalformedRequest
from twin.moto.rpc_cbor import malformed_response, to_cbor_response, to_json_call

LONG_POLL_S = 20.0
MAX_BODY_BYTES = 256 * 1024 * 1024
"""A zip of 50 MB in base64 is 67 MB; https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""


def build_application(control: ControlService, publisher: TopologyPublisher) -> web.Application:
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
        topology = await publisher.wait_for_newer(after, LONG_POLL_S)
        return web.Response(status=204) if topology is None else json_response(topology)

    async def answer_aws_call(request: web.Request) -> web.Response:
        received = await _read_call(request)
        try:
            response = await _answer(control, decompress_call(received), received)
        except MalformedRequest as exc:
            response = malformed_response(received, exc)
        return web.Response(
            status=response.status, headers=list(response.headers), body=response.body
        )

    app = web.Application(client_max_size=MAX_BODY_BYTES)
    app.router.add_get("/_twin/status", get_status)
    app.router.add_get("/_twin/topology", get_topology)
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
        body = decompressor.decompress(call.body, MAX_BODY_BYTES)
    except zlib.error as exc:
        raise MalformedRequest(f"the body is no gzip: {exc}") from exc
    if not decompressor.eof:
        raise MalformedRequest(f"the body is cut short, or larger than {MAX_BODY_BYTES} bytes")
    return replace(call, body=body)


async def _read_call(request: web.Request) -> AwsCall:
    return AwsCall(
        method=request.method,
        url=request.raw_path,
        headers=lower_headers(request),
        body=await request.read(),
    )
